#!/usr/bin/env bash
# Runs the commands of every example's README in a copy of its folder, and says how long each took.
# With --pictures DIR it also draws: each .gp of a folder through gnuplot and each out/*.dot through
# graphviz becomes DIR/<example>.<name>.svg; what is missing of the two is installed first.
set -euo pipefail

usage() {
  cat <<'USAGE'
usage: examples/run_all.sh [--full] [--pictures DIR] [EXAMPLE]...
  --full          the long trainings as well
  --pictures DIR  draw into DIR
  EXAMPLE         a folder, as in networks/xor; all by default
USAGE
}

pictures='' full='' examples=()
while (($#)); do
  case $1 in
    --pictures) (($# > 1)) || { usage >&2; exit 2; }; pictures=$2; shift 2 ;;
    --full) full=' full'; shift ;;
    -h | --help) usage; exit 0 ;;
    -*) usage >&2; exit 2 ;;
    *) examples+=("${1%/}"); shift ;;
  esac
done

# shellcheck source-path=SCRIPTDIR source=../.ci/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/../.ci/setup.sh"
source_folder=$nnc_root/examples
# Some have a host program in C++.
for program in nnc "$source_folder"/*/*/*.cpp; do
  [[ -x $nnc_root/build/$(basename "$program" .cpp) ]] && continue
  setup_packages
  setup_build release nnc example_programs
  break
done
export PATH=$nnc_root/build:$PATH

if [[ -n $pictures ]]; then
  mkdir -p "$pictures"
  pictures=$(cd "$pictures" && pwd)
  mapfile -t missing < <(missing_packages gnuplot-nox graphviz)
  ((${#missing[@]} == 0)) || install_packages "${missing[@]}"
fi

# Every folder whose model and README are there.
if ((${#examples[@]} == 0)); then
  for readme in "$source_folder"/*/*/README.md; do
    folder=${readme%/README.md}
    [[ -f $folder/${folder##*/}.json ]] && examples+=("${folder#"$source_folder"/}")
  done
fi

# The commands in the console blocks of a README, one a line, continued lines joined.
commands_of() {
  awk -v full="\`\`\`console$full" '
    /^```/ { inside = /^```console$/ || $0 == full; next }
    inside && (typed || /^\$ /) {
      line = typed ? line $0 : substr($0, 3)
      typed = sub(/\\$/, "", line)
      if (!typed) print line
    }' "$1"
}

draw() {
  local name=$1 file picture
  for file in *.gp; do
    [[ -e $file ]] || continue
    picture=$pictures/${name//\//.}.$(basename "$file" .gp).svg
    gnuplot -e "set terminal svg size 900,650 background rgb 'white'" \
      -e "set output '$picture'" "$file"
  done
  for file in out/*.dot; do
    [[ -e $file ]] || continue
    dot -Tsvg "$file" -o "$pictures/${name//\//.}.graph.$(basename "$file" .dot).svg"
  done
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/examples"
ln -s "$source_folder/data" "$scratch/examples/data"
for name in "${examples[@]}"; do
  [[ -d $source_folder/$name ]] || die "there is no example $name"
  mkdir -p "$scratch/examples/${name%/*}"
  cp -r "$source_folder/$name" "$scratch/examples/$name"
  cd "$scratch/examples/$name"
  start=$(date +%s%N)
  while IFS= read -r command; do
    sh -c "$command" >run.out 2>&1 </dev/null || { cat run.out >&2; die "$name: failed: $command"; }
  done < <(commands_of README.md)
  [[ -z $pictures ]] || draw "$name"
  printf '%-34s %6d ms\n' "$name" $((($(date +%s%N) - start) / 1000000))
done

#!/usr/bin/env bash
# Runs the commands of every example's README in a copy of its folder, holds the numbers that they
# print against what is known of them, and prints a line for each example with a checked result.
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

pictures='' examples=()
while (($#)); do
  case $1 in
    --pictures) (($# > 1)) || { usage >&2; exit 2; }; pictures=$2; shift 2 ;;
    --full) export NNC_FULL=1; shift ;;
    -h | --help) usage; exit 0 ;;
    -*) usage >&2; exit 2 ;;
    *) examples+=("${1%/}"); shift ;;
  esac
done

# shellcheck source-path=SCRIPTDIR source=../.ci/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/../.ci/setup.sh"
# Some have a host program in C++.
for program in nnc run_examples "$nnc_root"/examples/*/*/*.cpp; do
  [[ -x $nnc_root/build/$(basename "$program" .cpp) ]] && continue
  setup_packages
  setup_build release nnc example_programs run_examples
  break
done

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

if [[ -z $pictures ]]; then exec "$nnc_root/build/run_examples" "${examples[@]}"; fi

mkdir -p "$pictures"
pictures=$(cd "$pictures" && pwd)
mapfile -t missing < <(missing_packages gnuplot-nox graphviz)
((${#missing[@]} == 0)) || install_packages "${missing[@]}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
status=0
"$nnc_root/build/run_examples" --keep "$scratch" "${examples[@]}" || status=$?
for folder in "$scratch"/*/*/; do
  cd "$folder"
  name=${folder#"$scratch"/}
  draw "${name%/}"
done
exit "$status"

# Set-up that tests/run.sh and examples/quickstart.sh share, sourced by both: the Debian packages
# nnc is built from, and the build. What is there already is skipped; a second run takes seconds.
# shellcheck shell=bash

nnc_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

nnc_packages=(
  g++ cmake ninja-build ccache git pkg-config
  libfmt-dev nlohmann-json3-dev libcli11-dev libzip-dev zlib1g-dev
  libgtest-dev librapidcheck-dev
)
# The first of these that is installed is used, otherwise the first that apt offers.
nnc_llvm_packages=(llvm-22-dev llvm-19-dev)

say() { printf '%s\n' "nnc: $*"; }

die() {
  printf '%s\n' "nnc: $*" >&2
  exit 1
}

# Those of the named packages that are installed, one per line.
installed_packages() {
  dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^ii *//p' || true
}

# Those of the named packages that are not installed, one per line.
missing_packages() {
  comm -23 <(printf '%s\n' "$@" | sort -u) <(installed_packages "$@" | sort -u)
}

# True when apt knows a version of every named package.
apt_offers() {
  local package
  for package in "$@"; do
    [[ $(apt-cache policy "$package" 2>/dev/null) =~ 'Candidate: '[^\(] ]] || return 1
  done
}

# Runs apt-get as root without questions; what it printed is shown only when it failed.
apt_quietly() {
  local become=() log
  if [[ $(id -u) != 0 ]]; then
    become=(sudo)
    command -v sudo >/dev/null || die "not root and no sudo; run as root: apt-get $*"
  fi
  log=$(mktemp)
  if "${become[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
      -o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1 </dev/null; then
    rm -f "$log"
    return 0
  fi
  tail -n 20 "$log" >&2
  rm -f "$log"
  return 1
}

# The LLVM package to build with, given that none is installed.
choose_llvm() {
  local package
  for package in "${nnc_llvm_packages[@]}"; do
    if apt_offers "$package"; then
      [[ $package == "${nnc_llvm_packages[0]}" ]] ||
        say "apt offers no ${nnc_llvm_packages[0]}; taking $package" >&2
      printf '%s\n' "$package"
      return 0
    fi
  done
  return 1
}

# Installs what is missing of the packages nnc is built from.
setup_packages() {
  local missing llvm=()
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "no Debian packages here; expecting ${nnc_packages[*]} and LLVM 19 to 22"
    return 0
  fi
  mapfile -t missing < <(missing_packages "${nnc_packages[@]}")
  [[ -n $(installed_packages "${nnc_llvm_packages[@]}") ]] || llvm=("${nnc_llvm_packages[0]}")
  if ((${#missing[@]} + ${#llvm[@]} == 0)); then return 0; fi

  if ! apt_offers "${missing[@]}" "${llvm[@]}"; then
    say "updating apt's lists"
    apt_quietly update || die "apt-get update failed"
  fi
  if ((${#llvm[@]})); then
    mapfile -t llvm < <(choose_llvm)
    ((${#llvm[@]})) || die "apt offers none of ${nnc_llvm_packages[*]}"
  fi
  missing+=("${llvm[@]}")
  say "installing ${missing[*]}"
  install_packages "${missing[@]}"
}

# Lists that have grown old name files that are gone: hence the second try.
install_packages() {
  apt_quietly install --no-install-recommends "$@" && return 0
  say "updating apt's lists and trying again"
  apt_quietly update || die "apt-get update failed"
  apt_quietly install --no-install-recommends "$@" || die "apt-get install failed"
}

# setup_build PRESET [NINJA ARGUMENT]...: configures where needed and builds on every core. The
# tool is then at the preset's folder (`release`: build) under the name nnc.
setup_build() {
  local preset=$1 folder log fresh=()
  # What was compiled in one checkout serves another.
  export CCACHE_BASEDIR=$nnc_root CCACHE_NOHASHDIR=1
  folder=$(build_folder "$preset")
  # A build folder that came along with a copied tree belongs to another place.
  if [[ -f $folder/CMakeCache.txt ]] &&
      ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$nnc_root" "$folder/CMakeCache.txt"; then
    fresh=(--fresh)
  fi
  log=$(mktemp)
  if ! (cd "$nnc_root" && cmake "${fresh[@]}" --preset "$preset") >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    rm -f "$log"
    die "cmake --preset $preset failed"
  fi
  rm -f "$log"
  ninja -C "$folder" -j "$(nproc)" "${@:2}" </dev/null || die "the build failed"
}

# Where CMakePresets.json puts a preset's build.
build_folder() {
  if [[ $1 == release ]]; then
    printf '%s\n' "$nnc_root/build"
  else
    printf '%s\n' "$nnc_root/build-$1"
  fi
}

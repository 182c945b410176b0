#!/usr/bin/env bash
# From a bare Debian 12 to tested: packages, build, every test. Ends with ctest's summary; the exit
# status is ctest's.
set -euo pipefail

usage() {
  cat <<'USAGE'
usage: tests/run.sh [--preset NAME] [--] [CTEST OPTION]...
  --preset NAME   release (default), dev, asan or tsan
example: tests/run.sh --preset asan -- -R Types
USAGE
}

preset=release
while (($#)); do
  case $1 in
    --preset)
      (($# > 1)) || { usage >&2; exit 2; }
      preset=$2
      shift 2
      ;;
    --preset=*) preset=${1#*=}; shift ;;
    -h | --help) usage; exit 0 ;;
    --) shift; break ;;
    *) usage >&2; exit 2 ;;
  esac
done
case $preset in
  release | dev | asan | tsan) ;;
  *) usage >&2; exit 2 ;;
esac

# shellcheck source-path=SCRIPTDIR source=../.ci/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/../.ci/setup.sh"
setup_packages
setup_build "$preset"
# A suite that lost its tests must not pass.
exec ctest --test-dir "$(build_folder "$preset")" --output-on-failure --parallel "$(nproc)" \
  --no-tests=error "$@" </dev/null

#!/usr/bin/env bash
# Breaks every rule of nnc in every way that the tests of the tests know, one at a time, on every
# core. Prints what became of the mutants by kind, and names those that survived. The exit status
# is 0 when every mutant of a gradient or batch rule was killed or is listed as equivalent, and at
# least 95 % of those of rewrites were killed.
set -euo pipefail

usage() {
  cat <<'USAGE'
usage: tests/mutation/run.sh [OUTPUT]
  OUTPUT   a file for one line a mutant: rule, kind, fate, what is wrong, and who found it
example: tests/mutation/run.sh build/mutants.tsv
USAGE
}

if (($# > 1)) || [[ ${1-} == -* ]]; then
  usage >&2
  exit 2
fi

# shellcheck source-path=SCRIPTDIR source=../../.ci/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../.ci/setup.sh"
setup_packages
setup_build release mutation_test
program=$(build_folder release)/mutation_test

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
shares=$(nproc)
started=()
for ((i = 0; i < shares; ++i)); do
  NNC_MUTANTS=$i/$shares "$program" --gtest_filter=Mutants.AllOfAShare >"$work/$i" 2>&1 </dev/null &
  started+=("$!")
done
# A share also fails when something survived, which the table tells apart.
for ((i = 0; i < shares; ++i)); do
  wait "${started[i]}" || true
  if ! grep -q '^\[==========\].* ran' "$work/$i"; then
    tail -n 20 "$work/$i" >&2
    die "a share of the mutants did not come to its end"
  fi
done
cat "$work"/[0-9]* | sed -n 's/^mutant\t//p' | sort >"$work/all"
[[ $# == 0 ]] || cp "$work/all" "$1"
awk -F '\t' -f "$nnc_root/tests/mutation/summary.awk" "$work/all"

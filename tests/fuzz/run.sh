#!/usr/bin/env bash
# Builds the fuzzers (clang, address and undefined-behaviour sanitizers) and runs one after the
# other, each from the tests' own files. One line a target; an input that breaks one is left in
# build-fuzz/found, and the exit status is then 1.
set -euo pipefail

usage() {
  cat <<'USAGE'
usage: tests/fuzz/run.sh [SECONDS [TARGET]...]
  SECONDS   for each target (60)
  TARGET    model expression graph kernel npy npz csv idx safetensors tensor (all)
example: tests/fuzz/run.sh 600 graph kernel
USAGE
}

seconds=${1:-60}
if [[ ! $seconds =~ ^[0-9]+$ ]]; then
  usage
  [[ $seconds == -h || $seconds == --help ]] && exit 0
  exit 2
fi
targets=("${@:2}")
if ((${#targets[@]} == 0)); then
  targets=(model expression graph kernel npy npz csv idx safetensors tensor)
fi

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$root/build-fuzz
mkdir -p "$build/corpus" "$build/found"

# One line of the tests' models each; the fuzzer takes whole files as seeds.
expression_seeds() {
  local folder=$build/corpus/expression.seeds
  mkdir -p "$folder"
  # shellcheck disable=SC2038
  find "$root/tests" "$root/examples" -name '*.json' -size -64k |
    xargs grep -ohE '"[A-Za-z_, 0-9]+ = [^"]+"' | tr -d '"' | sort -u | head -n 1000 |
    (cd "$folder" && split --lines=1 --suffix-length=4)
  find "$folder" -type f
}

# The C++ tests hold kernel text as literals; goldens hold whole programs.
seeds() {
  case $1 in
    model) find "$root/tests" "$root/examples" -name '*.json' -size -16k ;;
    expression) expression_seeds ;;
    graph | kernel) find "$root/tests" -name '*.nnir' ;;
    csv) find "$root/tests/data" "$root/examples/data" -name '*.csv' -size -128k ;;
    tensor) printf '%s\n' "$root/tests/fuzz/words.dict" ;;
    *) find "$root/tests/data" -name "*.$1" ;;
  esac
}

dictionary() {
  cat "$root/tests/fuzz/words.dict"
  sed -n 's/^| `\([a-z_0-9]*\)` .*/"\1"/p' "$root/docs/ops.md"
}

fuzz() {
  local target=$1 log=$build/$1.log list=$build/corpus/$1.list status=0 runs
  mkdir -p "$build/corpus/$target"
  seeds "$target" | paste -sd, | tr -d '\n' >"$list"
  "$build/${target}_fuzz" "$build/corpus/$target" -seed_inputs="@$list" \
    -dict="$build/words.dict" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    -malloc_limit_mb=1024 -max_len=8192 -print_final_stats=1 \
    -artifact_prefix="$build/found/$target." >"$log" 2>&1 || status=$?
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  if ((status == 0)); then
    printf '%-12s %9s runs  ok\n' "$target" "$runs"
  else
    printf '%-12s %9s runs  FAULT %s\n' "$target" "${runs:-?}" \
      "$(grep -m1 -oE 'ERROR: .*|SUMMARY: .*|runtime error: .*' "$log" || echo "see $log")"
  fi
  return "$status"
}

(cd "$root" && cmake --preset fuzz >/dev/null)
ninja -C "$build" "${targets[@]/%/_fuzz}" >/dev/null
dictionary >"$build/words.dict"
failed=0
for target in "${targets[@]}"; do fuzz "$target" || failed=1; done
exit "$failed"

#!/usr/bin/env bash
# Measures the training step of mlp_step.json with `nnc bench` and JAX, in turns on one core, and
# writes benchmarks/results/mlp_step.md. JAX comes from PyPI into a virtual environment that is
# kept outside the repository: NNC_BENCH_VENV, else the user's cache folder.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
venv=${NNC_BENCH_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/nnc/bench-venv}
rounds=${1:-5}
seconds=${2:-3}

if [[ ! -x $venv/bin/python ]]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet jax
fi

core() { taskset -c 0 "$@"; }
median() { sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

nnc_times=() jax_times=()
for ((round = 1; round <= rounds; ++round)); do
  result=$(core build/nnc bench benchmarks/mlp_step.json -f step --seconds "$seconds" --json)
  nnc_times+=("$(sed 's/.*"median_us": \([0-9.]*\).*/\1/' <<<"$result")")
  gflops=$(sed 's/.*"gflop_per_s": \([0-9.]*\).*/\1/' <<<"$result")
  read -r time version < <(XLA_FLAGS=--xla_cpu_multi_thread_eigen=false OMP_NUM_THREADS=1 \
    JAX_PLATFORMS=cpu core "$venv/bin/python" benchmarks/jax_mlp_step.py "$seconds")
  jax_times+=("$time")
  echo "round $round: nnc ${nnc_times[-1]} us ($gflops GFLOP/s), JAX $time us" >&2
done

nnc=$(printf '%s\n' "${nnc_times[@]}" | median)
jax=$(printf '%s\n' "${jax_times[@]}" | median)
cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
mkdir -p benchmarks/results
cat >benchmarks/results/mlp_step.md <<END
# Training step, 784-512-512-10, relu, batch 128, f32, sgd

$(date -u +%F), $cpu, one core, $rounds rounds in turns of $seconds s.
Load average at the end, of a machine with $(nproc) cores: $(cut -d' ' -f1 /proc/loadavg).

| | median of the rounds' medians, us | all rounds, us |
|---|---|---|
| nnc ($(git rev-parse --short HEAD)) | $nnc | ${nnc_times[*]} |
| JAX $version | $jax | ${jax_times[*]} |

nnc runs at $(awk "BEGIN { printf \"%.0f\", 100 * $jax / $nnc }") % of the speed of JAX:
$gflops GFLOP/s in the last round.
Written by \`benchmarks/run.sh $rounds $seconds\`.
END
cat benchmarks/results/mlp_step.md

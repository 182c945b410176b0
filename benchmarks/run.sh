#!/usr/bin/env bash
# Measures nnc beside JAX, PyTorch and ONNX Runtime: `benchmarks/run.sh [ROW...] [--rounds N]
# [--seconds S]` writes benchmarks/results/table.md, with `--threads 2` threads.md; `--check` only
# compares what they compute, `--quick` measures nnc alone beside the table that was kept; `--help`
# tells the rest. The peers come from PyPI into a virtual environment outside the repository:
# NNC_BENCH_VENV, else in the user's cache folder. PyTorch takes some gigabytes there;
# `--peers jax` does without it.
set -euo pipefail

folder=$(dirname "${BASH_SOURCE[0]}")
venv=${NNC_BENCH_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/nnc/bench-venv}

if [[ " $* " == *" --quick "* || " $* " == *" --help "* ]]; then
  exec python3 "$folder/table.py" "$@"
fi
[[ -x $venv/bin/python ]] || python3 -m venv "$venv"
packages=(jax)
[[ " $* " == *" --peers jax "* ]] || packages+=(torch onnx onnxruntime)
for package in "${packages[@]}"; do
  compgen -G "$venv/lib/python*/site-packages/$package" >/dev/null ||
    "$venv/bin/pip" install --quiet "$package"
done
exec "$venv/bin/python" "$folder/table.py" "$@"

#!/usr/bin/env bash
# From a bare Debian 12 to a trained network inside a C program: packages, build, training on
# handwritten digits, one prediction, an object file with a C header, and a program linked to it.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=../.ci/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/../.ci/setup.sh"
cd "$nnc_root"
out=build/quickstart
model=examples/digits/digits_mlp.json

# Prints a command as one would type it, then runs it.
show() {
  printf '$'
  printf ' %s' "${@/#"$pixels_input"/x=1x64xf32=...}"
  printf '\n'
  "$@"
}

setup_packages
say "building build/nnc (minutes the first time, seconds later)"
if [[ -t 1 ]]; then setup_build release nnc; else setup_build release --quiet nnc; fi

# The last row of the data never reaches the training: it is what the network has to read later.
mkdir -p "$out"
head -n -1 examples/data/digits.csv >"$out/train.csv"
row=$(tail -n 1 examples/data/digits.csv)
pixels=${row%,*}
pixels_input="x=1x64xf32=${pixels//,/ }"

say "train on 90 % of the rows, validate on the others"
start=$(date +%s%N)
show build/nnc train "$model" --data "$out/train.csv" --label-column -1 --validation 0.1 \
  --epochs 30 --batch 64 --seed 1 --checkpoint "$out/digits.safetensors" --log "$out/digits.csv"
say "$((($(date +%s%N) - start) / 1000000)) ms from model file to weights"

say "predict the row that was held back; its label is ${row##*,}"
show build/nnc run "$model" -f predict --params "$out/digits.safetensors" \
  --input "$pixels_input" --output-dir "$out"

say "compile to an object file with a C header, the weights inside, and link a C program to it"
show build/nnc compile "$model" --params "$out/digits.safetensors" --embed -o "$out/"
show cc -std=c99 -O2 -Wall -Wextra -I "$out" examples/quickstart/main.c "$out/digits_mlp.o" \
  -o "$out/digits"
printf '$ %s\n' "$out/digits < pixels"
"$out/digits" "$out/digits.f32" <<<"$pixels"

# The last 40 bytes of the .npy file are the ten floats that `nnc run` computed.
cmp <(tail -c 40 "$out/logits.npy") "$out/digits.f32" ||
  die "the C program and nnc run differ"
say "the C program and nnc run agree bit for bit"

accuracy=$(awk -F, 'NR == 1 { for (i = 1; i <= NF; ++i) if ($i == "valid_accuracy") column = i }
                    END { if (column) print $column }' "$out/digits.csv")
say "validation accuracy ${accuracy:-unknown}"
awk -v accuracy="${accuracy:-0}" 'BEGIN { exit !(accuracy >= 0.96) }' ||
  die "expected at least 0.96"

#!/bin/sh
# Measures the gradient of gradient_cost.json either way for growing W, and writes a table: W, then
# microseconds and floating-point operations backwards and by differences. Prints the powers of W
# with which the operations grow.
set -eu

# measure FUNCTION W: its shortest call in us, and its operations
measure() {
  nnc bench gradient_cost.json -f "$1" --size "W=$2" --seconds 0.1 --warm-up 0.05 --json |
    sed 's/.*"min_us": \([0-9.]*\),.*"flop": \([0-9]*\), "gflop.*/\1,\2/'
}

mkdir -p out
echo w,us_backwards,us_differences,flop_backwards,flop_differences >out/cost.csv
for w in 128 256 512 1024; do
  backwards=$(measure backwards "$w")
  differences=$(measure differences "$w")
  echo "$w,${backwards%,*},${differences%,*},${backwards#*,},${differences#*,}" >>out/cost.csv
done
nnc run gradient_cost.json -f growth \
  --input "table=4x3xf64=$(tail -n 4 out/cost.csv | cut -d, -f1,4,5 | tr ',\n' '  ')"

# The cost over the first thousand steps.
set datafile separator ','
set key off
set logscale y
set xlabel 'step'
set ylabel 'cost'
plot 'out/way.csv' using (25 * $0):'cost' with lines lw 2

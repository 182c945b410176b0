# Operations (lines) and time (points) of a gradient over the number of weights.
set datafile separator ','
set logscale xy
set key outside below
set xrange [110:1200]
set xtics (128, 256, 512, 1024)
set xlabel 'weights W'
set ylabel 'us'
set y2label 'operations'
set logscale y2
set ytics nomirror
set y2tics
plot 'out/cost.csv' using 'w':'us_backwards' with linespoints pt 7 title 'reverse mode, us', \
     '' using 'w':'us_differences' with linespoints pt 7 title 'differences, us', \
     '' using 'w':'flop_backwards' axes x1y2 with lines dt 2 title 'reverse mode, operations', \
     '' using 'w':'flop_differences' axes x1y2 with lines dt 2 title 'differences, operations'

# The loss of the training rows, with half of the units left out.
set datafile separator ','
set key off
set xlabel 'epoch'
set ylabel 'loss'
set yrange [0:*]
plot 'out/log.csv' using 'epoch':'loss' with linespoints lw 2 pt 7

# The curve and what 2, 8, 32 and 128 neurons draw; errors over the number of neurons.
set datafile separator ','
set multiplot layout 1,2
set key right top
set yrange [-1:2.5]
plot 'out/fit_8.csv' using 'x':'y' with lines lw 3 lc rgb '#bbbbbb' title 'curve', \
     for [h in '2 8 32 128'] 'out/fit_'.h.'.csv' using 'x':'yhat' with lines title h
set logscale xy
set yrange [*:*]
set format y '10^{%L}'
set xlabel 'neurons'
plot 'out/errors.csv' using 'units':'loss' with linespoints pt 7 title 'mean square error', \
     '' using 'units':'largest' with linespoints pt 7 title 'largest error'
unset multiplot

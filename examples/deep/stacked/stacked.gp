# The length of the gradient of each block's weights.
set datafile separator ','
set key off
set xlabel 'block'
set ylabel 'gradient'
set yrange [0:*]
plot 'out/layers.csv' using 'layer':'gradient_of_layer' with linespoints lw 2 pt 7 ps 0.5

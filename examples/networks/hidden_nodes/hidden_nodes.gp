# The output of each hidden node over the plane, then that of the output node with the samples.
set datafile separator ','
set multiplot layout 2,3
set size ratio -1
set key off
set xrange [-2:2]
set yrange [-2:2]
set palette defined (0 '#d1600a', 0.5 '#ffffff', 1 '#1f5fa8')
set cbrange [0:1]
unset colorbox
do for [i = 0:3] {
  set title sprintf('hidden node %d', i + 1)
  plot 'out/plane.csv' using 'at_0':'at_1':(column(sprintf('node_%d', i))) with image
}
set title 'output'
plot 'out/plane.csv' using 'at_0':'at_1':'output' with image
set title 'output and samples'
plot 'out/plane.csv' using 'at_0':'at_1':'output' with image, \
     'out/samples.csv' using 'x_0':'x_1' with points pt 7 ps 0.5 lc rgb 'black', \
     '' using 'x_0':'x_1':'y' with points pt 7 ps 0.35 lc palette
unset multiplot

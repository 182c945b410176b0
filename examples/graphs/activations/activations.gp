# Nine activations: the function, its derivative by hand as a line, the compiled gradient as points.
set datafile separator ','
set multiplot layout 3,3
set key off
set yrange [-1.5:4]
set xrange [-6:6]
names = 'identity step sigmoid tanh ReLU leaky-ReLU maxout softmax sparsemax'
set label 'blue: the function; line: its derivative by hand; points: the compiled gradient' \
    at screen 0.5, 0.985 center
do for [i = 0:8] {
  set title word(names, i + 1)
  plot 'out/lines.csv' using 'x':(column(sprintf('y_%d', i))) with lines lw 2 lc rgb '#1f5fa8', \
       '' using 'x':(column(sprintf('by_hand_%d', i))) with lines lc rgb '#d1600a', \
       '' using 'x':(column(sprintf('gradient_%d', i))) with points pt 7 ps 0.25 lc rgb '#d1600a'
  unset label # one plot draws it
}
unset multiplot

# The filters of the first layer, and the losses on the way there.
set datafile separator ','
set multiplot
set key off
set size ratio -1
set palette defined (-1 '#d1600a', 0 '#ffffff', 1 '#1f5fa8')
set cbrange [-1:1]
unset colorbox
unset tics
set label 'filters of the first layer' at screen 0.02, 0.985
set yrange [2.5:-0.5]
set xrange [-0.5:2.5]
do for [i = 0:23] {
  set lmargin at screen 0.02 + (i % 4) * 0.12
  set rmargin at screen 0.13 + (i % 4) * 0.12
  set tmargin at screen 0.96 - (i / 4) * 0.16
  set bmargin at screen 0.82 - (i / 4) * 0.16
  plot 'out/filters.csv' using 'column':'row':'weight' every ::(9 * i)::(9 * i + 8) \
       with image pixels
  unset label # one plot draws it
}
set lmargin at screen 0.6
set rmargin at screen 0.97
set tmargin at screen 0.93
set bmargin at screen 0.1
set size noratio
set tics
set key top
set xrange [*:*]
set yrange [0:*]
set xlabel 'epoch'
set title 'loss'
plot 'out/log.csv' using 'epoch':'loss' with linespoints lw 2 title 'training, moved', \
     '' using 'epoch':'valid_loss' with linespoints lw 2 title 'validation'
unset multiplot

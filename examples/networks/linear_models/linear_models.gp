# Above the three regressions, below where the three classifiers say inside (blue) and outside.
set datafile separator ','
set multiplot layout 2,3
set key off
do for [name in 'line cubic radial'] {
  set title name
  plot 'out/data.csv' using 'x':'t' with points pt 7 ps 0.4 lc rgb 'black', \
       'out/curves.csv' using 'at':name with lines lw 2 lc rgb '#1f5fa8'
}
set size ratio -1
set xrange [-1:1]
set yrange [-1:1]
set palette defined (0 '#d1600a', 0.5 '#ffffff', 1 '#1f5fa8')
set cbrange [0:1]
unset colorbox
do for [name in 'line powers radial'] {
  set title name
  plot 'out/planes.csv' using 'place_0':'place_1':'p_'.name with image, \
       'out/classes.csv' using 'points_0':'points_1' with points pt 7 ps 0.5 lc rgb 'black', \
       '' using 'points_0':'points_1':'label' with points pt 7 ps 0.35 lc palette
}
unset multiplot

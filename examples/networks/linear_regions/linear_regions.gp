# The three networks for D = 4 along the line, and their pieces over depth.
set datafile separator ','
set multiplot layout 2,2
set key off
do for [name in 'folded deep shallow'] {
  set title name
  plot 'out/lines.csv' using 'x':name with lines lw 2 lc rgb '#1f5fa8'
}
set title 'pieces'
set key left top
set logscale y
set xlabel 'D'
plot for [name in 'folded deep shallow'] 'out/regions.csv' using 'depth':name.'_regions' \
     with linespoints pt 7 title name
unset multiplot

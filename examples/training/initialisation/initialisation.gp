# Shares of the outputs of each layer in each twentieth of [-1, 1].
set datafile separator ','
set multiplot layout 4,5 margins 0.06,0.98,0.05,0.95 spacing 0.03,0.07
set key off
set style fill solid
set boxwidth 0.1
set xrange [-1:1]
set yrange [0:0.5]
set xtics (-1, 1)
set ytics (0, 0.5)
set format y ''
do for [kind in 'glorot large small equal'] {
  do for [i = 1:5] {
    set title sprintf('%s, layer %d', kind, i)
    plot 'out/histograms.csv' using 'centre':(column('layer') == i ? column(kind.'_share') : 1/0) \
         with boxes lc rgb '#1f5fa8'
  }
}
unset multiplot

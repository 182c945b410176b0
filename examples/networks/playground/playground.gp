# Four sets of points, from top to bottom, and networks of one, two and four hidden layers.
set datafile separator ','
set multiplot layout 4,3 margins 0.02,0.98,0.02,0.93 spacing 0.01,0.06
set size ratio -1
set key off
set xrange [-6:6]
set yrange [-6:6]
set palette defined (0 '#d1600a', 0.5 '#ffffff', 1 '#1f5fa8')
set cbrange [0:1]
unset colorbox
unset tics
do for [i = 0:3] {
  do for [layers in '1 2 4'] {
    set title sprintf('%s, %s hidden', word('circle XOR Gaussians spirals', i + 1), layers)
    plot sprintf('out/plane_%d_%s.csv', i, layers) using 'at_0':'at_1':'p_'.layers with image, \
         sprintf('out/points_%d.csv', i) using 'points_0':'points_1' with points pt 7 ps 0.35 \
         lc rgb 'black', \
         '' using 'points_0':'points_1':'class' with points pt 7 ps 0.22 lc palette
  }
}
unset multiplot

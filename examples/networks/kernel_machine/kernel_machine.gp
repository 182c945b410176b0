# f over the plane with its lines -1, 0 and 1, the samples, and rings around support vectors.
set datafile separator ','
set size ratio -1
set xrange [-1.5:2.5]
set yrange [-1.75:2.25]
set palette defined (-2 '#d1600a', 0 '#ffffff', 2 '#1f5fa8')
set cbrange [-2:2]
set table $surface
set contour base
set cntrparam levels discrete -1, 0, 1
set dgrid3d 61,61
splot 'out/plane.csv' using 'at_0':'at_1':'value'
unset table
unset dgrid3d
# Points of contours have three words in a table, those of the surface four.
set print $lines
do for [i = 1:|$surface|] {
  text = $surface[i]
  print words(text) == 3 ? word(text, 1).','.word(text, 2) : ''
}
unset print
set key outside below
plot 'out/plane.csv' using 'at_0':'at_1':'value' with image notitle, \
     $lines using 1:2 with lines lc rgb '#666666' title 'f = -1, 0, 1', \
     'out/samples.csv' using 'x_0':'x_1' with points pt 7 ps 0.7 lc rgb 'black' notitle, \
     '' using 'x_0':'x_1':'y' with points pt 7 ps 0.5 lc palette notitle, \
     '' using 'x_0':(column('a') > 0 ? column('x_1') : NaN) with points pt 6 ps 1.4 lc rgb 'black' \
     title 'support vectors'

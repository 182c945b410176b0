# The output of the network over the plane, and the four rows of the truth table.
set datafile separator ','
set size ratio -1
set key off
set xrange [-0.5:1.5]
set yrange [-0.5:1.5]
set palette defined (0 '#d1600a', 0.5 '#ffffff', 1 '#1f5fa8')
set cbrange [0:1]
set xlabel 'x1'
set ylabel 'x2'
$rows << END
0,0,0
0,1,1
1,0,1
1,1,0
END
plot 'out/plane.csv' using 'at_0':'at_1':'output' with image, \
     $rows using 1:2:3 with points pt 7 ps 1.6 lc rgb 'black', \
     $rows using 1:2:3 with points pt 7 ps 1.2 lc palette

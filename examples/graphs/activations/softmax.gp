# The first of three outputs over a plane: softmax is smooth, sparsemax has flat parts at 0 and 1.
set datafile separator ','
set multiplot layout 1,2
set key off
set dgrid3d 31,31
set hidden3d
set xlabel 'x'
set ylabel 'y'
set zrange [0:1]
set xyplane 0
set view 60,60
set title 'softmax(x, y, 0)'
splot 'out/plane.csv' using 'place_0':'place_1':'soft_0' with lines lc rgb '#1f5fa8'
set title 'sparsemax(x, y, 0)'
splot 'out/plane.csv' using 'place_0':'place_1':'sparse_0' with lines lc rgb '#d1600a'
unset multiplot

# The chance to pass, and those who took the class before: blue passed, orange failed.
set datafile separator ','
set key off
set xlabel 'lectures'
set ylabel 'hours'
set xrange [-0.5:15.5]
set yrange [-0.5:40.5]
set palette defined (0 '#d1600a', 0.5 '#ffffff', 1 '#1f5fa8')
set cbrange [0:1]
plot 'out/plane.csv' using 'x_0':'x_1':'chance' with image, \
     'out/students.csv' using 'lectures':'hours' with points pt 7 ps 0.6 lc rgb 'black', \
     '' using 'lectures':'hours':'passed' with points pt 7 ps 0.4 lc palette

# Where each place of the result looks in the sequence.
set datafile separator ','
set key off
set size ratio -1
set xrange [-0.5:9.5]
set yrange [9.5:-0.5]
set palette defined (0 '#ffffff', 1 '#1f5fa8')
set cbrange [0:1]
set xlabel 'looks at'
set ylabel 'place'
plot 'out/map.csv' using 'looks_at':'at':'look' with image pixels

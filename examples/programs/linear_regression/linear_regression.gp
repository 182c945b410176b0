# The points and the line on its way to them; how far weight and bias are away.
set datafile separator ','
set multiplot layout 1,2
set key bottom
set xrange [0:1]
set xlabel 'x'
plot 'out/points.csv' using 'x':'y_data' with points pt 7 ps 0.5 lc rgb 'black' title 'points', \
     for [i = 0:2] 'out/steps.csv' using (0):'b':(1):'W' every ::i::i with vectors nohead lw 2 \
     title sprintf('after step %d', 20 * i)
set key top
set xrange [*:*]
set xlabel 'step'
set logscale y
set format y '10^{%L}'
plot 'out/steps.csv' using 'step':(abs(column('W') - 0.1)) with linespoints lw 2 title '|W - 0.1|', \
     '' using 'step':(abs(column('b') - 0.3)) with linespoints lw 2 title '|b - 0.3|'
unset multiplot

# Four losses over t = z1 - z2, the step that they all stand for, and their derivatives.
set datafile separator ','
set multiplot layout 1,2
set xlabel 't'
set yrange [0:4]
set title 'loss'
plot for [name in 'logistic hinged sparse squared'] \
     'out/losses.csv' using 't':name with lines lw 2 title name, \
     '' using 't':'wrong' with lines lc rgb '#999999' title 'wrong'
set yrange [-2.5:2.5]
set title 'derivative'
plot for [name in 'logistic hinged sparse squared'] \
     'out/derivatives.csv' using 't':name.'_t' with lines lw 2 title name
unset multiplot

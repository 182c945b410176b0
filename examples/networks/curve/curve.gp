# The curve, the network, and its two hidden neurons.
set datafile separator ','
set key left top
plot 'out/fit.csv' using 'x':'y' with points pt 7 ps 0.6 lc rgb 'black' title 'curve', \
     '' using 'x':'yhat' with lines lw 2 lc rgb '#1f5fa8' title 'network', \
     '' using 'x':'h_0' with lines lc rgb '#d1600a' title 'neuron 1', \
     '' using 'x':'h_1' with lines lc rgb '#3a8a3a' title 'neuron 2'

# Mistakes of the perceptron in each epoch.
set datafile separator ','
set xlabel 'epoch'
set ylabel 'mistakes'
set yrange [0:4.5]
plot for [name in 'and or xor'] 'out/history.csv' using 'epoch':'mistakes_'.name \
     with linespoints pt 7 title name

# Losses of training and validation rows; the weights of the least validation loss are left.
set datafile separator ','
set logscale y
set xlabel 'epoch'
set ylabel 'loss'
plot 'out/log.csv' using 'epoch':'loss' with lines lw 2 title 'training', \
     '' using 'epoch':'valid_loss' with lines lw 2 title 'validation'

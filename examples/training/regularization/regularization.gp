# Losses with early stopping: of the training rows, and of those that judge.
set datafile separator ','
set logscale y
set xlabel 'epoch'
set ylabel 'loss'
plot 'out/log.csv' using 'epoch':'loss' with lines lw 2 title 'training', \
     '' using 'epoch':'valid_loss' with lines lw 2 title 'validation'

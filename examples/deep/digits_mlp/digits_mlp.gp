# Losses of training rows, with units left out, and of validation rows, with all; three seeds.
set datafile separator ','
set logscale y
set xlabel 'epoch'
set ylabel 'loss'
plot for [s = 1:3] 'out/'.s.'.csv' using 'epoch':'loss' with lines lw 2 dt 2 lc s \
     title 'training, seed '.s, \
     for [s = 1:3] 'out/'.s.'.csv' using 'epoch':'valid_loss' with lines lw 2 lc s title 'validation, seed '.s

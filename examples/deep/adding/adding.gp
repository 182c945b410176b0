# What comes back to each step of the gradient of the loss, over what comes to the last one.
set datafile separator ','
set multiplot layout 1,2
set logscale y
set format y '10^{%L}'
set yrange [1e-11:100]
set xlabel 'step'
set ylabel 'gradient that comes back, relative'
set key bottom
do for [when in 'before after'] {
  set title when.' training'
  plot for [net in 'rnn gru lstm'] 'out/'.when.'_'.net.'.csv' using 't':net.'_back' \
       with lines lw 2 title net
}
unset multiplot

# How far the loss is above its minimum, epoch by epoch.
set datafile separator ','
set logscale y
set format y '10^{%L}'
set yrange [1e-13:1]
set xlabel 'epoch'
set ylabel 'loss - minimum'
set key center right
plot for [o in 'sgd adam conjugate_gradient newton lbfgs'] 'out/'.o.'.csv' \
     using 'epoch':(column('loss') - 0.0680828231391191) with lines lw 2 title o noenhanced

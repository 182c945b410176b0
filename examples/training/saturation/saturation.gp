# The first layer's gradient, epoch by epoch, and the share of its units that are saturated.
set datafile separator ','
set multiplot layout 1,2
set xlabel 'epoch'
set logscale y
set format y '10^{%L}'
set ylabel 'gradient of the first layer'
set key outside top horizontal
plot for [b in 'glorot large small equal'] '< grep -e epoch -e w1_ out/'.b.'.csv' \
     using 'epoch':'gradient_norm' with lines lw 2 title b
unset logscale
set format y '%g'
set ylabel 'saturated'
set yrange [0:1]
plot for [b in 'glorot large small equal'] '< grep -e epoch -e h1_ out/'.b.'.csv' \
     using 'epoch':'saturated' with lines lw 2 title b
unset multiplot

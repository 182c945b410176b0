# Above ten unseen digits, then by eight numbers of a linear net and of a deep one; below the
# first-layer weights of 36 units with a decay of weights, and of those that are seldom active too.
set datafile separator ','
set multiplot
set key off
set size ratio -1
unset colorbox
unset tics
set yrange [7.5:-0.5]
set xrange [-0.5:7.5]
set label 1 'unseen digits, and below them what is left by eight numbers of a linear and a deep net' \
    at screen 0.02, 0.975
set label 2 'first-layer weights, with a decay' at screen 0.02, 0.535
set label 3 'with sparse hidden outputs besides' at screen 0.52, 0.535
set palette defined (0 '#ffffff', 1 '#000000')
set cbrange [0:1]
do for [i = 0:9] {
  do for [k = 0:2] {
    set lmargin at screen 0.02 + i * 0.097
    set rmargin at screen 0.11 + i * 0.097
    set tmargin at screen 0.95 - k * 0.125
    set bmargin at screen 0.835 - k * 0.125
    name = word('original linear_image deep_image', k + 1)
    plot (k == 1 ? 'out/linear.csv' : 'out/deep.csv') using 'column':'row':name \
         every ::(64 * i)::(64 * i + 63) with image pixels
    unset label # one plot draws them
  }
}
set palette defined (-1 '#d1600a', 0 '#ffffff', 1 '#1f5fa8')
set cbrange [-1.5:1.5]
do for [i = 0:35] {
  do for [k = 0:1] {
    set lmargin at screen 0.02 + k * 0.5 + (i % 9) * 0.052
    set rmargin at screen 0.07 + k * 0.5 + (i % 9) * 0.052
    set tmargin at screen 0.51 - (i / 9) * 0.125
    set bmargin at screen 0.40 - (i / 9) * 0.125
    name = word('decayed sparse', k + 1)
    plot 'out/'.name.'_weights.csv' using 'unit_column':'unit_row':name.'_weight' \
         every ::(64 * i)::(64 * i + 63) with image pixels
  }
}
unset multiplot

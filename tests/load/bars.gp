# Clustered bars from a tab-separated file with a heading line; the first column names the
# clusters. gnuplot -e "data='x.tsv'; out='x.svg'; unit='requests/s'; heading='...'; n=3"
set terminal svg size 800,340 font 'sans,11' background '#ffffff' name 'souk'
set output out
set datafile separator "\t"
set title heading
set ylabel unit
set yrange [0:*]
set grid ytics lc rgb '#dddddd'
set border 3 lc rgb '#666666'
set tics nomirror
set xtics rotate by -12 left
set key above
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.9 noborder
array colour[4] = ['#9fb4c0', '#b4552d', '#2f6f62', '#d9a441']
plot for [i=2:n] data using i:xtic(1) title columnheader(i) lc rgb colour[i-1]

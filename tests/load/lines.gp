# Lines over size, both axes by powers of ten, from a tab-separated file with a heading line.
# gnuplot -e "data='x.tsv'; out='x.svg'; unit='ms'; heading='...'; n=3"
set terminal svg size 800,420 font 'sans,11' background '#ffffff' name 'souk'
set output out
set datafile separator "\t"
set title heading
set ylabel unit
set xlabel 'products and customers; orders are five times as many'
set logscale xy
set format x '10^{%L}'
set grid ytics lc rgb '#dddddd'
set border 3 lc rgb '#666666'
set tics nomirror
set key outside right
plot for [i=2:n] data using 1:i with linespoints lw 2 pt 7 ps 0.5 title columnheader(i)

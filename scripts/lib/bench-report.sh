# The report of scripts/bench, from the lines that bench-measure.sh left below $OUT. Names no
# path and no host of this machine.
# shellcheck shell=bash

# Rounds put together: mean rate, mean p50, worst p99, all failures; in the order first seen.
reads_mean() {
    awk -F'\t' -v OFS='\t' '
        !($1 in n) { order[++k] = $1 }
        { n[$1]++; rps[$1] += $2; p50[$1] += $3; if ($4 > p99[$1]) p99[$1] = $4; bad[$1] += $5 }
        END { for (i = 1; i <= k; i++) { x = order[i]
            print x, rps[x] / n[x], p50[x] / n[x], p99[x], bad[x] } }' "$OUT/reads.tsv" >"$OUT/mean.tsv"
}

# A line for each thing that both a file and the shop answered: name, bytes, then both figures.
read_pairs() {
    awk -F'\t' -v OFS='\t' '
        sub(/^static /, "", $1) { r[$1] = $2; p[$1] = $4; b[$1] = $5; next }
        sub(/^souk /, "", $1) { print $1, $2, $3, $4, $5 + b[$1], r[$1], p[$1] }' "$OUT/mean.tsv"
}
bytes_of() {
    local f
    case $1 in
    *304) echo 0; return ;;
    "product JSON"*) f=product.json ;;
    "product page") f=product.html ;;
    "list JSON") f=list.json ;;
    "category page") f=category.html ;;
    *) f=home.html ;;
    esac
    stat -c %s "$STATE/files/$f"
}

machine_table() {
    local memory
    memory=$(awk '/^MemTotal:/ {printf "%.0f", $2 / 1048576}' /proc/meminfo)
    say "| | |"
    say "| --- | --- |"
    say "| date | $(date -u +'%F %H:%M') UTC |"
    say "| processor | $(nproc) cores, $(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -1) |"
    say "| memory | $memory GiB |"
    say "| kernel | Linux $(uname -r | sed 's/-.*//'), $(. /etc/os-release && echo "$PRETTY_NAME") |"
    say "| nginx | $(nginx -v 2>&1 | sed 's|.*/||') |"
    say "| MariaDB | $(mariadbd --version | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -1), innodb_flush_log_at_trx_commit=1 |"
    say "| Redis | $(redis-server --version | grep -oE 'v=[0-9.]+' | cut -c3-) |"
    say "| shop | $WORKERS workers of $THREADS threads, ${CATALOG_NAME}, no rate limit |"
    say "| other load | $LOAD_BEFORE runnable tasks on average in the minute before |"
    say ""
    say "Clients, servers and database share these cores, and everything runs on loopback. The"
    say "figures are of worth beside each other, not beside another machine's."
}

reads_section() {
    [ -e "$OUT/mean.tsv" ] || return 0
    say ""
    say "## Reads"
    say ""
    say "$CLIENTS keep-alive clients (but where it says 512), $EACH_S s a run, $ROUNDS rounds, file and shop by"
    say "turns. \"static\" is nginx with the shop's settings and headers, sending the same bytes from a"
    say "file (for 304: refusing to send them again). Mean rate, worst p99."
    say ""
    say "| answer | bytes | requests/s | p50 ms | p99 ms | static requests/s | static p99 ms | of static | failed |"
    say "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    read_pairs | while IFS=$'\t' read -r name rps p50 p99 bad srps sp99; do
        awk -v n="$name" -v b="$(bytes_of "$name")" -v r="$rps" -v p="$p50" -v q="$p99" \
            -v e="$bad" -v s="$srps" -v t="$sp99" 'BEGIN {
            printf "| %s | %d | %.0f | %.2f | %.2f | %.0f | %.2f | %.2f | %d |\n", n, b, r, p, q, s, t, r / s, e }'
    done
    say ""
    say "![Requests a second](reads.svg)"
    say ""
    say "![p99](latency.svg)"
    say ""
    say "| ceiling | requests/s | p50 ms | p99 ms | failed |"
    say "| --- | ---: | ---: | ---: | ---: |"
    awk -F'\t' '$1 == "return 200" {$1 = "nginx `return 200`"} $1 == "bare FastCGI hello" {
        $1 = "bare FastCGI hello: same front, same pool, the product JSON'"'"'s bytes" }
        $1 == "Redis GET" {$1 = "Redis GET over its unix socket (redis-benchmark)"}
        !/^(static|souk|warm-up)/ {printf "| %s | %.0f | %.2f | %.2f | %d |\n", $1, $2, $3, $4, $5}' "$OUT/mean.tsv"
    ab_lines
}

ab_lines() {
    [ -e "$OUT/ab.tsv" ] || return 0
    say ""
    awk -F'\t' -v c="$CLIENTS" '{printf "`ab -k -c %d -t %d` on the product JSON: %d requests (%d on kept connections), **%d failed**, %d/s, p50 %d ms, p99 %d ms.\n",
        c, $1, $2, $3, $4, $5, $6, $7}' "$OUT/ab.tsv"
}

orders_section() {
    [ -e "$OUT/orders.tsv" ] || return 0
    say ""
    say "## Orders"
    say ""
    say "Each is a POST /api/v1/orders of one unit through nginx, with an account's token and an"
    say "Idempotency-Key of its own, answered after a durable commit."
    say ""
    say "| orders | orders/s | p50 ms | p99 ms | placed | refused | failed |"
    say "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    awk -F'\t' '{printf "| %s | %d | %.2f | %.2f | %d | %d | %d |\n", $1, $2, $3, $4, $5, $6, $7}' "$OUT/orders.tsv"
    say ""
    say "![Orders a second](orders.svg)"
    say ""
    awk -F'\t' '{printf "%d buyers at once for %d units, %d times: **%d sold** of %d, %d left, %d unexpected answers; p50 %s ms, p99 %s ms.\n",
        $2, $1, $3, $4, $1 * $3, $5, $6, $7, $8}' "$OUT/fight.tsv"
    say ""
    say "\`souk verify\` afterwards:"
    say ""
    say '```'
    cat "$OUT/verify.txt"
    say '```'
}

# In-process: times the naive way with as many connections, and with the number that suits it best.
engine_section() {
    [ -e "$OUT/engine.tsv" ] || return 0
    say ""
    say "### The engine alone"
    say ""
    say "In one process without nginx, every COMMIT on the disk: group commit beside the naive"
    say "way, the same rows in one transaction an order. Clients are threads."
    say ""
    say "| SKUs | clients | group commit, orders/s | p50 ms | p99 ms | orders a batch | naive, as many connections | times | naive, at its best | times |"
    say "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    awk -F'\t' '
        $1 == "naive" { if ($5 > best[$2]) { best[$2] = $5; conn[$2] = $4 } same[$2, $4] = $5 }
        $1 == "committer" { line[++n] = $0 }
        END { for (i = 1; i <= n; i++) { split(line[i], f, "\t")
            printf "| %d | %d | **%d** | %.2f | %.2f | %.1f | %d | **%.1f** | %d (%d connections) | %.1f |\n", f[2], f[3],
                f[5], f[6], f[7], f[8], same[f[2], f[4]], f[5] / same[f[2], f[4]], best[f[2]], conn[f[2]], f[5] / best[f[2]] } }' "$OUT/engine.tsv"
}

footprint_section() {
    [ -e "$OUT/footprint.tsv" ] || return 0
    say ""
    say "## Memory"
    say ""
    say "From \`/proc/PID/smaps_rollup\`, in MB (10^6 bytes). PSS counts shared pages once; RSS once a process."
    say ""
    say "| when | part | processes | PSS | RSS |"
    say "| --- | --- | ---: | ---: | ---: |"
    awk -F'\t' '
        function total() { if (w != "") printf "| %s | **all** | %d | **%.1f** | %.1f |\n", w, n, p, r }
        $1 != w { total(); w = $1; n = p = r = 0 }
        { printf "| %s | %s | %d | %.1f | %.1f |\n", $1, $2, $3, $4 * 1.024e-3, $5 * 1.024e-3
          n += $3; p += $4 * 1.024e-3; r += $5 * 1.024e-3 }
        END { total() }' "$OUT/footprint.tsv"
    say ""
    awk -F'\t' '$1 == "after the load" {p += $4 * 1.024e-3} END {if (p) printf "After the load the whole shop takes %.1f MB (bar: 200; %s), MariaDB with a buffer pool of '"${SOUK_DB_BUFFER_MB:-40}"' MB.\n", p, p < 200 ? "met" : "missed"}' "$OUT/footprint.tsv"
    flat_lines
    programs_lines
    say ""
    say "![Memory](footprint.svg)"
}

# Bars: the whole shop under 200 MB after the load, workers flat within 1 %.
flat_lines() {
    [ -e tests/load/flat.tsv ] || return 0
    say ""
    awk -F'\t' '/^#/ {d = $0; next} !first {first = $2} {n = $1; kb = $2}
        END { g = (kb / first - 1) * 100
            printf "Workers over %d requests (`scripts/bench flat`, %s): %.1f MB, then %.1f MB, %+.2f %% (bar: under 1 %%, over ten million; %s).\n",
                n, substr(d, 3), first * 1.024e-3, kb * 1.024e-3, g, g < 1 ? (n < 1e7 ? "met so far" : "met") : "missed" }' tests/load/flat.tsv
}

# What is installed, and how long a shop with data takes until it answers.
programs_lines() {
    say ""
    say "| program | bytes | stripped |"
    say "| --- | ---: | ---: |"
    local p
    for p in souk-worker souk-jobs souk-pay souk; do
        strip -o "$OUT/stripped" "$BUILD/$p"
        say "| $p | $(stat -c %s "$BUILD/$p") | $(stat -c %s "$OUT/stripped") |"
    done
    [ ! -e "$OUT/start.txt" ] || { say ""; say "$(cat "$OUT/start.txt")"; }
}

import_section() {
    [ -e "$OUT/import.tsv" ] || return 0
    say ""
    say "## Import"
    say ""
    say "\`souk import\` of $(wc -l <"$WORK/catalog.jsonl") products ($(($(stat -c %s "$WORK/catalog.jsonl") / 1000000)) MB of JSON Lines)"
    say "into the running shop, by \`/usr/bin/time -v\`."
    say ""
    say "| run | seconds | peak RSS MB | its own words |"
    say "| --- | ---: | ---: | --- |"
    awk -F'\t' '{printf "| %s | %s | %.1f | %s |\n", $1, $2, $3 * 1.024e-3, $4}' "$OUT/import.tsv"
}

commands_section() {
    say ""
    say "## Commands"
    say ""
    say "\`scripts/bench\` runs it all again. It uses, with the addresses of a shop of its own:"
    say ""
    say '```'
    say "scripts/run --detach --state STATE --port PORT --workers $WORKERS --threads $THREADS --no-rate-limit"
    say "wrk -t$WRK_THREADS -c$CLIENTS -d${EACH_S}s --timeout 5s --latency URL        (304: -H 'If-None-Match: ETAG')"
    say "ab -q -k -c $CLIENTS -t $((EACH_S * 10)) -n 5000000 URL"
    say "redis-benchmark -s SOCKET -c $CLIENTS -n 100000 -t get --csv"
    say "node tests/load/buyers.mjs setup|fight URL STATE/admin.json OUT"
    say "wrk -t$WRK_THREADS -c$CLIENTS -d${EACH_S}s --timeout 10s --latency -s tests/load/orders.lua URL -- OUT/tokens OUT/sku-hot RUN"
    say "SOUK_IT_DURABLE=1 SOUK_IT_ARGS='--skus=1 --clients=64' tests/it/run-it build it_bench_orders"
    say "/usr/bin/time -v souk import --state STATE catalog.jsonl"
    say "souk verify --state STATE"
    say '```'
}

faults_section() {
    local f
    [ ${#FAULTS[@]} = 0 ] && return 0
    say ""
    say "## What went wrong"
    say ""
    for f in "${FAULTS[@]}"; do say "- $f"; done
}

write_report() {
    say "# Load report"
    say ""
    say "Written by \`scripts/bench\`; do not edit."
    say ""
    machine_table
    reads_section
    orders_section
    engine_section
    footprint_section
    import_section
    data_section
    commands_section
    faults_section
}

# --- charts ---
chart() { # FILE UNIT HEADING COLUMNS, its table on standard input
    cat >"$OUT/chart.tsv"
    gnuplot -e "data='$OUT/chart.tsv'; out='$CHARTS/$1'; unit='$2'; heading='$3'; n=$4" tests/load/bars.gp ||
        die "gnuplot could not draw $1"
}

write_charts() {
    if [ -e "$OUT/mean.tsv" ]; then
        { printf 'answer\tnginx, the same bytes from a file\tSouk\n'; read_pairs | awk -F'\t' -v OFS='\t' '{print $1, $6, $2}'; } |
            chart reads.svg requests/s "Requests a second, $CLIENTS keep-alive clients" 3
        { printf 'answer\tnginx, the same bytes from a file\tSouk\n'; read_pairs | awk -F'\t' -v OFS='\t' '{print $1, $7, $4}'; } |
            chart latency.svg 'p99, ms' "Slowest hundredth, $CLIENTS keep-alive clients" 3
    fi
    if [ -e "$OUT/orders.tsv" ]; then
        { printf 'orders\tSouk\n'; cut -f1,2 "$OUT/orders.tsv"; } |
            chart orders.svg orders/s "Durable orders a second" 2
    fi
    [ -e "$OUT/footprint.tsv" ] || return 0
    awk -F'\t' '
        !($1 in w) { w[$1]; when[++k] = $1 } !($2 in p) { p[$2]; part[++m] = $2 } { v[$1, $2] = $4 * 1.024e-3 }
        END { printf "part"; for (i = 1; i <= k; i++) printf "\t%s", when[i]; print ""
            for (j = 1; j <= m; j++) { printf "%s", part[j]
                for (i = 1; i <= k; i++) printf "\t%.2f", v[when[i], part[j]]; print "" } }' "$OUT/footprint.tsv" |
        chart footprint.svg 'PSS, MB' 'Memory by part' $(($(cut -f1 "$OUT/footprint.tsv" | sort -u | wc -l) + 1))
}

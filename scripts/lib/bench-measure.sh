# The measuring of scripts/bench: each function runs one bounded measurement and leaves lines
# of tab-separated figures below $OUT, from which bench-report.sh makes the report.
# shellcheck shell=bash

CLIENTS=64
ROUNDS=2
WRK_THREADS=$(($(nproc) < 4 ? $(nproc) : 4))

# wrk's report as "requests/s p50 p99 failed", times in ms. What was not answered, or neither
# 2xx nor 3xx, has failed.
wrk_figures() {
    awk '
        function ms(s) { return s ~ /us$/ ? s / 1000 : s ~ /ms$/ ? s + 0 : s ~ /m$/ ? s * 60000 : s * 1000 }
        $1 == "50%" { p50 = ms($2) }
        $1 == "99%" { p99 = ms($2) }
        /^Requests\/sec:/ { rps = $2; seen = 1 }
        /Socket errors:/ { gsub(/,/, ""); bad += $4 + $6 + $8 + $10 }
        /Non-2xx or 3xx/ { bad += $NF }
        END { if (!seen) exit 1; printf "%.1f\t%.3f\t%.3f\t%d\n", rps, p50, p99, bad }'
}

# load NAME CLIENTS URL [HEADER]: one wrk run; a line "NAME rps p50 p99 failed" in reads.tsv.
load() {
    local out=$OUT/wrk.txt why with=()
    [ -z "${4:-}" ] || with=(-H "$4")
    timeout $((EACH_S + 15)) wrk -t"$WRK_THREADS" -c"$2" -d"${EACH_S}s" --timeout 5s --latency \
        "${with[@]}" "$3" >"$out" 2>&1 || { tail -3 "$out" >&2; die "wrk failed on $1"; }
    printf '%s\t%s\n' "$1" "$(wrk_figures <"$out")" >>"$OUT/reads.tsv"
    say "  $(tail -1 "$OUT/reads.tsv" | awk -F'\t' '{printf "%-22s %9.0f/s  p99 %8.2f ms  failed %d", $1, $2, $4, $5}')"
    # In wrk's own words: a refusal and an answer later than 5 s are not the same.
    while read -r why; do FAULTS+=("wrk on $1: $why"); done \
        < <(grep -E 'Socket errors:|Non-2xx or 3xx' "$out")
    empty_logs
}

# A line a request at tens of thousands a second fills disks. They are open for appending, so
# they may be cut.
empty_logs() {
    local f
    for f in "$SHOP"/log/{workers,access}.log "$STATE"/log/{workers,access}.log; do
        [ ! -e "$f" ] || : >"$f"
    done
}

# fetch STATUS FILE URL [HEADER]: the answer is what is to be measured, or nothing is.
fetch() {
    local status with=()
    [ -z "${4:-}" ] || with=(-H "$4")
    status=$(curl -s --max-time 10 -o "$2" -w '%{http_code}' "${with[@]}" "$3")
    [ "$status" = "$1" ] || die "$3 answered $status, not $1"
}
etag_of() { curl -s --max-time 10 -o /dev/null -D - "$1" | tr -d '\r' | sed -n 's/^[Ee][Tt]ag: //p'; }

# --- the ceilings: a second nginx with the shop's own settings, and a worker pool of hello ---
build_hello() {
    local libs
    # shellcheck disable=SC2016 # make expands it
    libs=$(printf 'include Makefile\nbench-libs: ; @echo $(deps_libs)\n' |
        make -s --no-print-directory -C "$BUILD" -f - bench-libs) || die "the build's libraries are not known"
    mkdir -p "$STATE/bin"
    # Named as the shop's, so that the shop's own start_workers makes the same pool of it.
    # shellcheck disable=SC2086 # libs are several words
    gcc -std=c11 -D_GNU_SOURCE -O2 -pthread -I lib tests/load/hello.c "$BUILD/libsouk.a" \
        -Wl,--as-needed $libs -o "$STATE/bin/souk-worker" || die "tests/load/hello.c does not build"
}

start_ceilings() {
    mkdir -p "$RUN" "$LOG" "$STATE/nginx" "$STATE/files"
    build_hello
    cp nginx/*.conf "$STATE/nginx/"
    # All of the shop's settings up to its server, then ours.
    { sed '/^    server {/,$d' nginx/souk.conf; cat tests/load/ceilings.conf; } >"$STATE/nginx/souk.conf"
    export HELLO_FILE=$STATE/files/product.json HELLO_THREADS=$THREADS
    start_workers
    wait_for 10 ready_workers || die "the hello workers did not start"
    start_nginx
    wait_for 10 curl -sf -o /dev/null --max-time 2 "$CEILINGS/hello" || die "the ceilings' nginx did not start"
}

# --- reads ---
# read_pair NAME FILE STATUS URL [HEADER]: the same answer from a file and from the shop.
read_pair() {
    local name=$1 file=$2 status=$3 url=$4 header=${5:-} static_header=
    [ "$status" = 200 ] || static_header="If-None-Match: $(etag_of "$CEILINGS/$file")"
    fetch "$status" /dev/null "$url" "$header"
    fetch "$status" /dev/null "$CEILINGS/$file" "$static_header"
    load "static $name" "$CLIENTS" "$CEILINGS/$file" "$static_header"
    load "souk $name" "$CLIENTS" "$url" "$header"
}

choose_pages() {
    local one
    one=$(curl -sf --max-time 10 "$URL/api/v1/products?sort=name&per_page=1") || die "the shop lists no product"
    PRODUCT_API=$URL/api/v1/products/$(jq -re '.items[0].id' <<<"$one")
    PRODUCT_PAGE=$URL/products/$(jq -re '.items[0].slug' <<<"$one")
    LIST_API="$URL/api/v1/products?per_page=20"
    CATEGORY_PAGE=$URL/categories/$(curl -sf --max-time 10 "$URL/api/v1/categories" |
        jq -re '[.. | objects | select(has("path")) | .path][0]') || die "the shop has no category"
    mkdir -p "$STATE/files"
    fetch 200 "$STATE/files/product.json" "$PRODUCT_API"
    fetch 200 "$STATE/files/product.html" "$PRODUCT_PAGE"
    fetch 200 "$STATE/files/list.json" "$LIST_API"
    fetch 200 "$STATE/files/category.html" "$CATEGORY_PAGE"
    fetch 200 "$STATE/files/home.html" "$URL/"
}

measure_reads() {
    local round tag
    tag=$(etag_of "$PRODUCT_API")
    [ -n "$tag" ] || die "a product has no ETag"
    for ((round = 1; round <= ROUNDS; round++)); do
        say "reads, round $round of $ROUNDS"
        load "return 200" "$CLIENTS" "$CEILINGS/return200"
        load "bare FastCGI hello" "$CLIENTS" "$CEILINGS/hello"
        read_pair "product JSON" product.json 200 "$PRODUCT_API"
        read_pair "product page" product.html 200 "$PRODUCT_PAGE"
        read_pair "product 304" product.json 304 "$PRODUCT_API" "If-None-Match: $tag"
        read_pair "list JSON" list.json 200 "$LIST_API"
        read_pair "category page" category.html 200 "$CATEGORY_PAGE"
        read_pair "home page" home.html 200 "$URL/"
    done
    CLIENTS=512 read_pair "product JSON, 512 clients" product.json 200 "$PRODUCT_API"
    measure_redis
    measure_ab
}

# The slowest answer is what a client that starves would be seen by.
measure_front() {
    local clients
    say "front: a product's JSON"
    for clients in 16 64 256 1024; do
        load "$clients clients" "$clients" "$PRODUCT_API"
        say "      slowest $(awk '$1 == "Latency" && NF == 5 {print $4}' "$OUT/wrk.txt")"
    done
}

# One of many askers at a steady pace: N clients, each RATE requests a second, for SECONDS.
asker() { # LOG CLIENTS RATE SECONDS
    h2load --h1 -t 1 -c "$2" --rps "$3" -D "$4" --log-file="$1" -H "X-Cart-Token: $CART_TOKEN" "$URL/cart" >/dev/null 2>&1
}
# PERCENTILE of the microseconds on standard input, in ms.
percentile() { sort -n | awk -v p="$1" '{ a[NR] = $1 } END { if (NR) printf "%.0f", a[int((NR - 1) * p / 100) + 1] / 1000 }'; }
answered() { awk -v s="$1" '$2 == s { print $3 }' "$OUT/asked"; }

# What can be done, by clients who wait for their answers; then three times that by many who do
# not, begun one after the other lest they ask in bursts. A page that the database must be asked
# for: with what costs less, the askers need more of the machine than the shop.
measure_overload() {
    local seconds=$((EACH_S < 5 ? 5 : EACH_S)) askers=20 each=100 sku peak rate after i pids=()
    for sku in $(curl -sf "$URL/api/v1/products?in_stock=true" | jq -r '.items[:5][].sku'); do
        CART_TOKEN=overload-$$-0123456789
        curl -sf -o /dev/null -X POST -H "X-Cart-Token: $CART_TOKEN" -H 'Content-Type: application/json' \
            -d "{\"sku\":\"$sku\",\"quantity\":1}" "$URL/api/v1/cart" || die "a cart cannot be filled"
    done
    [ -n "${CART_TOKEN:-}" ] || die "no product in stock"
    say "overload: GET /cart, five lines"
    peak=$(h2load --h1 -t 1 -c "$CLIENTS" -D "$seconds" -H "X-Cart-Token: $CART_TOKEN" "$URL/cart" 2>/dev/null |
        awk '/^finished in/ { print int($4) }')
    [ "${peak:-0}" -gt 0 ] || die "h2load failed"
    rate=$(awk -v p="$peak" -v n=$((askers * each)) 'BEGIN { printf "%.2f", 3 * p / n }')
    for i in $(seq $askers); do
        asker "$OUT/asked.$i" $each "$rate" "$seconds" &
        pids+=($!)
        sleep "$(awk -v r="$rate" -v n=$askers 'BEGIN { printf "%.4f", 1 / r / n }')"
    done
    wait "${pids[@]}"
    cat "$OUT"/asked.* >"$OUT/asked"
    after=$(curl -s -o /dev/null -w '%{http_code} %{time_total}' -H "X-Cart-Token: $CART_TOKEN" "$URL/cart")
    say "      at most $peak/s, with $CLIENTS clients"
    say "      at three times that: $(($(answered 200 | wc -l) / seconds))/s served, median $(answered 200 | percentile 50) ms, p99 $(answered 200 | percentile 99) ms"
    say "      $(answered 503 | wc -l) refused, after $(answered 503 | percentile 50) ms, p99 $(answered 503 | percentile 99) ms, at most $(answered 503 | percentile 100) ms"
    say "      the next request: $after s"
    i=$(awk '$2 != 200 && $2 != 503' "$OUT/asked" | wc -l)
    [ "$i" = 0 ] || FAULTS+=("$i requests had neither what they wanted nor a 503")
    [ "${after%% *}" = 200 ] || FAULTS+=("after the overload: $after")
}

# --- carts ---

# Ticks of processor time that all processes of each part have used by now: "part ticks" lines.
cpu_ticks() {
    local part
    for part in workers orders redis nginx mariadb; do
        # shellcheck disable=SC2046 # several pids
        printf '/proc/%s/stat\n' $(tree "$(cat "$SHOP/run/$part.pid")") | xargs cat 2>/dev/null |
            awk -v p="$part" '{ sub(/.*\) /, ""); t += $12 + $13 } END { print p, t + 0 }'
    done
}

# carts_run NAME DOINGS: guests do so, see tests/load/carts.lua.
carts_run() {
    local out=$OUT/wrk.txt line
    cpu_ticks >"$OUT/cpu"
    timeout $((EACH_S + 20)) wrk -t"$WRK_THREADS" -c"$CLIENTS" -d"${EACH_S}s" --timeout 10s --latency \
        -s tests/load/carts.lua "$URL" -- "$OUT/sku-many" "$$-$RANDOM-" 1000 "$2" >"$out" 2>&1 ||
        { tail -3 "$out" >&2; die "wrk failed on $1"; }
    cpu_ticks >>"$OUT/cpu"
    line=$(wrk_figures <"$out") || die "wrk counted nothing on $1"
    [ "${line##*$'\t'}" = 0 ] || FAULTS+=("$1: ${line##*$'\t'} operations on carts failed")
    say "  $(awk -F'\t' -v w="$1" '{ printf "%-34s %7.0f/s  p50 %6.2f ms  p99 %7.2f ms", w, $1, $2, $3 }' <<<"$line")"
    say "      us of processor time each: $(awk -v hz="$(getconf CLK_TCK)" -v n="$(awk '/requests in/ { print $1 }' "$out")" '
        $1 in t { printf "%s%s %.0f", sep, $1, ($2 - t[$1]) * 1e6 / hz / n; sep = ", " } { t[$1] = $2 }' "$OUT/cpu")"
    empty_logs
}

measure_carts() {
    say "carts: $CLIENTS clients, 5 lines a cart"
    buyers setup || die "the goods could not be made"
    carts_run "POST /api/v1/cart" a
    carts_run "GET /api/v1/cart, after an add" aarrrrrrrrrrrrrrrrrrrrrrrr
    carts_run "one POST, two GET, one GET /cart" arrp
}

# --- sign-ins ---

# paced NAME: a product's page, 2,000 a second; a line "NAME rate p50 p99" in paced.tsv.
paced() {
    local n=16
    rm -f "$OUT/paced" # h2load appends
    h2load --h1 -t 1 -c $n --rps $((2000 / n)) -D "$EACH_S" --log-file="$OUT/paced" "$PRODUCT_PAGE" >/dev/null 2>&1 || die "h2load failed"
    awk '$2 == 200' "$OUT/paced" | cut -f3 | sort -n |
        awk -v w="$1" -v s="$EACH_S" '{ a[NR] = $1 / 1000 } END { printf "%s\t%.0f\t%.2f\t%.2f\n", w, NR / s, a[int(NR / 2)], a[int(NR * .99)] }' >>"$OUT/paced.tsv"
    say "  $(tail -1 "$OUT/paced.tsv" | awk -F'\t' '{ printf "%-26s %6d/s  p50 %6.2f ms  p99 %6.2f ms", $1, $2, $3, $4 }')"
}
# signins SECONDS: as many as go, by 32 who wait for them.
signins() {
    timeout $(($1 + 35)) wrk -t1 -c32 -d"$1s" --timeout 30s --latency -s tests/load/logins.lua "$URL" -- "$OUT/members" >"$OUT/logins.txt" 2>&1
}
signins_say() {
    say "      $1 $(wrk_figures <"$OUT/logins.txt" | awk -F'\t' '{ printf "%.1f sign-ins/s, p50 %.0f ms, failed %d", $1, $2, $4 }')"
}

# The page alone, beside as many sign-ins as go, and alone again; then the sign-ins alone.
measure_logins() {
    local pid
    say "sign-ins: bcrypt of cost $LOGIN_COST, a thread of each worker"
    buyers members || die "the members could not be registered"
    paced "page, quiet" # not counted: caches fill
    : >"$OUT/paced.tsv"
    paced "page, quiet"
    signins $((EACH_S + 3)) &
    pid=$!
    sleep 1 # until all of them wait
    paced "page, beside sign-ins"
    wait $pid || die "wrk failed on sign-ins"
    signins_say "beside the page"
    paced "page, quiet"
    signins "$EACH_S" || die "wrk failed on sign-ins"
    signins_say "alone"
    say "      the page's p99 is $(awk -F'\t' '{ p[NR] = $4 } END { printf "%.1f", 2 * p[2] / (p[1] + p[3]) }' "$OUT/paced.tsv") times the quiet one"
}

measure_redis() {
    timeout 30 redis-benchmark -s "$SHOP/run/redis.sock" -c "$CLIENTS" -n 100000 -t get --csv 2>/dev/null |
        tr -d '"' | awk -F, '$1 == "GET" {printf "Redis GET\t%s\t%s\t%s\t0\n", $2, $5, $7}' >>"$OUT/reads.tsv"
}

# ab asks by HTTP/1.0 with Keep-Alive and counts every answer that is not the first one's size.
measure_ab() {
    local seconds=$((EACH_S * 10)) out=$OUT/ab.txt
    say "ab for $seconds s"
    timeout $((seconds + 30)) ab -q -k -c "$CLIENTS" -t "$seconds" -n 5000000 "$PRODUCT_API" >"$out" 2>&1 ||
        { tail -3 "$out" >&2; die "ab failed"; }
    awk -v s="$seconds" '
        /^Complete requests:/ { n = $3 } /^Failed requests:/ { bad = $3 }
        /^Non-2xx responses:/ { bad += $3 } /^Keep-Alive requests:/ { kept = $3 }
        /^Requests per second:/ { rps = $4 } $1 == "50%" { p50 = $2 } $1 == "99%" { p99 = $2 }
        END { printf "%d\t%d\t%d\t%d\t%.0f\t%d\t%d\n", s, n, kept, bad, rps, p50, p99 }' "$out" >"$OUT/ab.tsv"
    empty_logs
}

# --- orders ---
buyers() { timeout 120 node tests/load/buyers.mjs "$1" "$URL" "$SHOP/admin.json" "$OUT"; }

table_rows() { mariadb --no-defaults -N -S "$SHOP/run/mariadb.sock" souk -e "SELECT COUNT(*) FROM $1"; }

# place LABEL SKUS: wrk orders for a while; a line "LABEL orders/s p50 p99 placed refused failed".
place() {
    local out=$OUT/wrk.txt line rows
    rows=$(table_rows orders)
    timeout $((EACH_S + 20)) wrk -t"$WRK_THREADS" -c"$CLIENTS" -d"${EACH_S}s" --timeout 10s --latency \
        -s tests/load/orders.lua "$URL" -- "$OUT/tokens" "$2" "$$-$RANDOM" >"$out" 2>&1 ||
        { tail -3 "$out" >&2; die "wrk failed on $1"; }
    # What is lost on the way only wrk knows.
    line=$(awk '/Socket errors:/ {gsub(/,/, ""); lost = $4 + $6 + $8 + $10}
        /^placed / {printf "%.0f %d %d %d", $2 / $8, $2, $4, $6 + lost}' "$out")
    [ -n "$line" ] || { tail -3 "$out" >&2; die "wrk counted no orders"; }
    # An answer that is no error may be no order either.
    [ $(($(table_rows orders) - rows)) -ge "$(cut -d' ' -f2 <<<"$line")" ] ||
        FAULTS+=("$1: more orders answered than written")
    wrk_figures <"$out" | awk -F'\t' -v l="$1" -v o="$line" -v OFS='\t' '
        {split(o, w, " "); print l, w[1], $2, $3, w[2], w[3], w[4]}' >>"$OUT/orders.tsv"
    say "  $(tail -1 "$OUT/orders.tsv" | awk -F'\t' '{printf "%-26s %9.0f orders/s  p99 %.2f ms  failed %d", $1, $2, $4, $7}')"
    empty_logs
}

measure_orders() {
    say "orders: 64 buyers and their goods"
    buyers setup || die "the buyers could not be set up"
    buyers fight >"$OUT/fight.tsv" || FAULTS+=("the fight for the last units was not exact")
    local c
    for c in "$CLIENTS" 512; do
        CLIENTS=$c place "$c clients, one hot SKU" "$OUT/sku-hot"
        CLIENTS=$c place "$c clients, 1,000 SKUs" "$OUT/sku-many"
    done
    sleep 1 # what wrk left in flight is finished first
    "$BUILD/souk" verify --state "$SHOP" >"$OUT/verify.txt" 2>&1 || FAULTS+=("souk verify found broken books")
}

# --- paid orders ---

# Figures of the outbox twice a second until the file is gone: lines "events age_ms".
watch_outbox() { # FILE
    while [ -e "$1" ]; do
        echo "SELECT COUNT(*), COALESCE(UNIX_TIMESTAMP(NOW(3)) * 1000 - MIN(created_at), 0) FROM outbox;"
        sleep 0.5
    done | mariadb --no-defaults --unbuffered -N -S "$SHOP/run/mariadb.sock" souk
}

# A thousand paid orders a second are not 64 shoppers' work, and the more there are at a time, the
# more share a commit.
PAID_CLIENTS=192
# paid_run TO: orders placed and paid through nginx at $RATE a second (0: as many as go), the
# provider's messages and the shop's mails with them; then how long the outbox takes to be empty.
paid_run() {
    local out=$OUT/wrk.txt flag=$OUT/watching line t0 ms
    # A run may be longer than a token lives: they are fresh for each.
    buyers setup || die "the buyers could not be set up"
    touch "$flag"
    watch_outbox "$flag" >"$OUT/outbox.tsv" &
    timeout $((EACH_S + 30)) wrk -t"$WRK_THREADS" -c"$PAID_CLIENTS" -d"${EACH_S}s" --timeout 10s --latency \
        -s tests/load/paid.lua "$URL" -- "$OUT/tokens" "$OUT/sku-many" "$$-$RANDOM" "$RATE" "$WRK_THREADS" >"$out" 2>&1 ||
        { tail -3 "$out" >&2; die "wrk failed"; }
    t0=$(date +%s%3N)
    rm -f "$flag"
    wait $!
    until [ "$(table_rows outbox)" = 0 ] || [ $(($(date +%s%3N) - t0)) -gt 60000 ]; do sleep 0.1; done
    ms=$(($(date +%s%3N) - t0))
    line=$(awk '/^placed / {printf "%d paid orders in %.1f s, %.0f/s, failed %d", $4, $8, $4 / $8, $6; exit $6 > 0}' "$out") ||
        FAULTS+=("requests failed in the run of paid orders")
    say "paid to=$1: $line, $(wrk_figures <"$out" | awk -F'\t' '{printf "p50 %.1f ms, p99 %.1f ms", $2, $3}')"
    say "paid to=$1: outbox $(awk '$1 > n {n = $1} $2 > a {a = $2} END {printf "at most %d events, the oldest %d ms", n, a}' "$OUT/outbox.tsv"), empty ${ms} ms after the last order"
    [ "$ms" -le 10000 ] || FAULTS+=("the outbox took $ms ms to be empty")
    empty_logs
}

measure_paid() {
    paid_run "$1"
    "$BUILD/souk" verify --state "$SHOP" >"$OUT/verify.txt" 2>&1 || FAULTS+=("souk verify found broken books")
}

# The engine without nginx, beside the naive transaction with the same rows: lines "way SKUs
# clients connections orders/s p50 p99 batch".
measure_engine() {
    say "orders in-process, beside one transaction an order"
    make -C "$BUILD" it_bench_orders >"$OUT/engine.log" 2>&1 || die "the order bench does not build"
    SOUK_IT_DURABLE=1 SOUK_IT_ARGS="--seconds=$EACH_S --skus=1 --skus=1000 --skus=10000 --clients=64 --clients=512" \
        SOUK_RACE_FACTOR=$((2 + EACH_S / 5)) timeout $((300 + 20 * EACH_S)) \
        tests/it/run-it "$BUILD" it_bench_orders >"$OUT/engine.txt" 2>&1 ||
        { grep -E '^(WRONG|broken|FAIL)' "$OUT/engine.txt" >&2; FAULTS+=("the order bench failed"); }
    grep -q '^committer skus=10000 *clients=512' "$OUT/engine.txt" || { tail -3 "$OUT/engine.txt" >&2; die "the order bench did not end"; }
    ! grep -E ' failed=[1-9]' "$OUT/engine.txt" || FAULTS+=("orders failed in-process")
    sed -nE 's/^(naive|committer) +skus=([0-9]+) +clients=([0-9]+) +connections=([0-9]+) +orders\/s=([0-9]+) +p50=([0-9.]+) ms p99=([0-9.]+) ms failed=[0-9]+( batch=)?([0-9.]*).*/\1\t\2\t\3\t\4\t\5\t\6\t\7\t\9/p' \
        "$OUT/engine.txt" >"$OUT/engine.tsv"
    awk -F'\t' '{printf "  %-9s %6d SKUs %4d clients %3d connections %7d orders/s  p99 %.1f ms\n", $1, $2, $3, $4, $5, $7}' "$OUT/engine.tsv"
}

# --- memory ---
tree() { # PID: it and all below it
    local child
    echo "$1"
    for child in $(pgrep -P "$1"); do tree "$child"; done
}

# snapshot WHEN: a line "WHEN part processes pss rss" a part, in kB.
snapshot() {
    local part pids
    for part in workers orders jobs pay redis nginx mariadb; do
        pids=$(tree "$(cat "$SHOP/run/$part.pid")")
        # shellcheck disable=SC2086 # several pids
        printf '/proc/%s/smaps_rollup\n' $pids | xargs cat 2>/dev/null |
            awk -v w="$1" -v p="$part" '/^Rss:/ {rss += $2; n++} /^Pss:/ {pss += $2}
                END {printf "%s\t%s\t%d\t%d\t%d\n", w, p, n, pss, rss}' >>"$OUT/footprint.tsv"
    done
    awk -F'\t' -v w="$1" '$1 == w {printf "  %s: %s %.1f MB", p++ ? "" : w, $2, $4 * 1.024e-3; s += $4 * 1.024e-3}
        END {printf "  all %.1f MB (PSS)\n", s}' "$OUT/footprint.tsv" | sed 's/  : /, /g'
}

# Connections that nobody uses, and statements of dozens of rows, are given up half a minute
# after the rush.
rush_over() {
    [ "$(mariadb --no-defaults --socket="$SHOP/run/mariadb.sock" -N -B -e "SELECT COALESCE(SUM(memory_used), 0) < 8000000
        FROM information_schema.processlist WHERE user = 'souk'")" = 1 ]
}

# The end and a new start of the shop with all its data, to the first answer.
measure_start() {
    local began
    scripts/stop --state "$SHOP" >/dev/null || die "the shop did not end"
    began=$EPOCHREALTIME
    start_shop >/dev/null
    awk "BEGIN {s = $EPOCHREALTIME - $began; printf \"Start to ready with all that data: %.1f s (bar: 3; %s).\\n\", s, s < 3 ? \"met\" : \"missed\"}" >"$OUT/start.txt"
}

# Enough for every cache and buffer that answers touch to be there.
warm_up() {
    say "a load before memory is read"
    load "warm-up" "$CLIENTS" "$PRODUCT_API"
    load "warm-up" "$CLIENTS" "$PRODUCT_PAGE"
    load "warm-up" "$CLIENTS" "$CATEGORY_PAGE"
}

# pss PART: kB of all its processes.
pss() {
    # shellcheck disable=SC2046 # several pids
    printf '/proc/%s/smaps_rollup\n' $(tree "$(cat "$SHOP/run/$1.pid")") | xargs cat 2>/dev/null |
        awk '/^Pss:/ {s += $2} END {print s}'
}

# A round of what shoppers do: pages and answers from memory and not, carts, sign-ins, orders.
# Prints how many requests that were.
flat_round() { # SECONDS of each
    local url n all=0 out=$OUT/wrk.txt
    for url in "$PRODUCT_API" "$PRODUCT_PAGE" "$LIST_API" "$CATEGORY_PAGE" "$URL/api/v1/cart" "$URL/api/v1/products/1"; do
        timeout $(($1 + 15)) wrk -t"$WRK_THREADS" -c"$CLIENTS" -d"$1s" --timeout 5s "$url" >"$out" 2>&1 || die "wrk failed on $url"
        n=$(awk '/requests in/ {print $1}' "$out")
        all=$((all + n))
        empty_logs
    done
    buyers setup >&2 || die "the buyers could not be set up"
    timeout 40 wrk -t"$WRK_THREADS" -c"$CLIENTS" -d3s --timeout 10s -s tests/load/orders.lua \
        "$URL" -- "$OUT/tokens" "$OUT/sku-many" "$$-$RANDOM" >"$out" 2>&1 || die "wrk failed on orders"
    n=$(awk '/requests in/ {print $1}' "$out")
    echo $((all + n))
}

# Lines "requests kB" of all processes that answer, into tests/load/flat.tsv: after each round, the
# first when every cache is warm.
measure_flat() {
    local done=0 n
    n=$(flat_round 5) || exit 1
    printf '# %s, after a round of %d requests\n0\t%d\n' "$(date -u +%F)" "$n" "$(flat_kb)" | tee "$OUT/flat.tsv"
    while [ "$done" -lt "$REQUESTS" ]; do
        n=$(flat_round 15) || exit 1
        done=$((done + n))
        printf '%d\t%d\n' "$done" "$(flat_kb)" | tee -a "$OUT/flat.tsv"
    done
    cp "$OUT/flat.tsv" tests/load/flat.tsv
}
# At rest: what a rush takes is given back within half a minute.
flat_kb() {
    sleep 30
    echo $(($(pss workers) + $(pss orders)))
}

# --- import ---
# import_once WHICH FILE: a line "WHICH seconds peak-kB".
import_once() {
    timeout 300 /usr/bin/time -v -o "$OUT/time.txt" "$BUILD/souk" import --state "$SHOP" "$2" \
        >"$OUT/import.txt" 2>&1 || { tail -3 "$OUT/import.txt" >&2; die "the import failed"; }
    awk -v w="$1" -v last="$(tail -1 "$OUT/import.txt")" '
        /Elapsed \(wall clock\)/ {n = split($NF, t, ":"); for (i = 1; i <= n; i++) s = s * 60 + t[i]}
        /Maximum resident/ {kb = $NF}
        END {printf "%s\t%.2f\t%d\t%s\n", w, s, kb, last}' "$OUT/time.txt" >>"$OUT/import.tsv"
    say "  $(tail -1 "$OUT/import.tsv")"
}

measure_import() {
    local gz=${SOUK_TEST_DATA:-}/catalog/products_usd.jsonl.gz file=$WORK/catalog.jsonl
    if [ ! -r "$gz" ]; then
        say "skipped: the import (no catalog/products_usd.jsonl.gz in SOUK_TEST_DATA)"
        return 0
    fi
    gunzip -c "$gz" >"$file" || die "the catalogue cannot be unpacked"
    say "import of $(wc -l <"$file") products"
    import_once "first" "$file"
    import_once "again, nothing changed" "$file"
    snapshot "after the import"
}

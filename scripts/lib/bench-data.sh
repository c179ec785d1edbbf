# scripts/bench data: one shop that grows, and what requests cost at each size. Figures are kept
# in tests/load/data.tsv, from which each report has its section: a million products take an hour.
# shellcheck shell=bash

DATA_TSV=tests/load/data.tsv

catalog_source() {
    local gz=${SOUK_TEST_DATA:-}/catalog/products_usd.jsonl.gz
    if [ -n "$CATALOG" ]; then echo "$CATALOG"; elif [ -r "$gz" ]; then echo "$gz"; else echo app/web/demo/products.jsonl; fi
}

# While a shop grows its database has all the room it wants; it is measured with what it is
# given in scripts/lib/servers.sh. (MariaDB changes these while it runs.)
data_room() { # POOL_MB LOG_MB FLUSH
    mariadb --no-defaults --socket="$SHOP/run/mariadb.sock" -e "SET GLOBAL innodb_log_file_size = $2 << 20;
        SET GLOBAL innodb_buffer_pool_size = $1 << 20; SET GLOBAL innodb_flush_log_at_trx_commit = $3" ||
        die "MariaDB takes no other buffer pool"
}

# grow FROM TO WAVE
grow() {
    local source
    data_room "$(($(awk '/^MemTotal:/ {print int($2 / 1024)}' /proc/meminfo) / 6))" 2048 0
    source=$(catalog_source)
    say "growing to $2 products, $2 customers, $((5 * $2)) orders"
    tests/load/make-catalog "$source" "$1" "$(($2 - $1))" >"$WORK/grow.jsonl" || die "no products could be made"
    "$BUILD/souk" import --state "$SHOP" "$WORK/grow.jsonl" | tail -1 || die "the import failed"
    rm -f "$WORK/grow.jsonl"
    tests/load/make-customers "$SHOP" "$1" "$(($2 - $1))" || die "no customers could be made"
    tests/load/make-orders "$SHOP" "$((5 * ($2 - $1)))" "$3" || die "no orders could be made"
    mariadb --no-defaults --socket="$SHOP/run/mariadb.sock" souk -e "ANALYZE TABLE product, sku, stock, stock_move,
        orders, order_line, order_event, payment, account, shipment" >/dev/null
    data_room "${SOUK_DB_BUFFER_MB:-40}" 64 1
    # Totals of long lists are the job runner's: wait until it knows.
    [ "$2" -lt 50000 ] || wait_for 300 tally_known "$2" || die "souk-jobs counts nothing"
}
tally_known() {
    [ "$(mariadb --no-defaults --socket="$SHOP/run/mariadb.sock" -N -B souk -e "SELECT COUNT(*) FROM tally
        WHERE name IN ('product:active', 'account:', 'order:') AND n >= $1")" = 3 ]
}

measure_data() {
    local size from=0 wave=0 began
    printf '# %s, %s, buffer pool %s MB, made of %s\n' "$(date -u +%F)" "$(nproc) cores" "${SOUK_DB_BUFFER_MB:-40}" \
        "$(basename "$(catalog_source)")" >"$OUT/data.tsv"
    for size in ${SIZES//,/ }; do
        grow "$from" "$size" "$wave"
        node tests/load/scale.mjs "$URL" "$SHOP" "$size" "$((5 * size))" >"$OUT/scale.txt" || die "the shop of $size was not measured"
        began=$EPOCHREALTIME
        nice "$BUILD/souk" verify --state "$SHOP" >"$OUT/verify.txt" 2>&1 || FAULTS+=("souk verify found broken books at $size")
        awk "BEGIN {printf \"souk verify\t%.0f\t0\t200\n\", ($EPOCHREALTIME - $began) * 1000}" >>"$OUT/scale.txt"
        sed "s/^/$size\t/" "$OUT/scale.txt" | tee -a "$OUT/data.tsv" |
            awk -F'\t' '{printf "  %8d  %-28s %10.2f ms %9d rows  %d\n", $1, $2, $3, $4, $5}'
        from=$size wave=$((wave + 1))
        empty_logs
    done
    cp "$OUT/data.tsv" "$DATA_TSV"
    data_chart scale-time.svg 3 ms 'One request, nothing ready-made'
    data_chart scale-rows.svg 4 rows 'Rows the database reads for one request'
}

data_chart() { # FILE COLUMN UNIT HEADING
    awk -F'\t' -v c="$2" '/^#/ {next}
        !($1 in s) { s[$1]; size[++k] = $1 } !($2 in w) { w[$2]; what[++m] = $2 } { v[$1, $2] = $c < 1 ? 1 : $c }
        END { printf "size"; for (j = 1; j <= m; j++) printf "\t%s", what[j]; print ""
            for (i = 1; i <= k; i++) { printf "%d", size[i]
                for (j = 1; j <= m; j++) printf "\t%.2f", v[size[i], what[j]]; print "" } }' "$DATA_TSV" >"$OUT/chart.tsv"
    gnuplot -e "data='$OUT/chart.tsv'; out='tests/load/$1'; unit='$3'; heading='$4'; n=$(head -1 "$OUT/chart.tsv" | awk -F'\t' '{print NF}')" \
        tests/load/lines.gp || die "gnuplot could not draw $1"
}

# Bars: what the back office shows within 50 ms; a page by key costs what the first does.
data_section() {
    [ -e "$DATA_TSV" ] || return 0
    say ""
    say "## Scale of data"
    say ""
    say "One request, uncached, in a shop of so many products and customers and five times as many"
    say "orders: median of five in ms, and in brackets the rows the database read for it. Measured by"
    say "\`scripts/bench data\`: $(sed -n 's/^# //p' "$DATA_TSV"). Bars: 50 ms for the back office's"
    say "lists; page by key (after=) at most twice the rows of page 1."
    say ""
    awk -F'\t' '/^#/ {next}
        !($1 in s) { s[$1]; size[++k] = $1 } !($2 in w) { w[$2]; what[++m] = $2 }
        { v[$1, $2] = sprintf("%.1f (%d)", $3, $4); if ($5 != 200) v[$1, $2] = $5 " after " $3; ms[$1, $2] = $3; rows[$1, $2] = $4; st[$1, $2] = $5 }
        function verdict(x, big, a) {
            if (st[big, x] == 422) return "refused: after= instead"
            if (x ~ /^admin/) return ms[big, x] <= 50 && st[big, x] == 200 ? "met" : "missed"
            if (x == "list, after=") return rows[big, x] <= 2 * rows[big, "list, page 1"] ? "met" : "missed"
            return "" }
        END { printf "| |"; for (i = 1; i <= k; i++) printf " %d |", size[i]; print " bar |"
            printf "| --- |"; for (i = 1; i <= k; i++) printf " ---: |"; print " --- |"
            for (j = 1; j <= m; j++) { printf "| %s |", what[j]; for (i = 1; i <= k; i++) printf " %s |", v[size[i], what[j]]
                printf " %s |\n", verdict(what[j], size[k]) } }' "$DATA_TSV"
    say ""
    say "![Time over size](scale-time.svg)"
    say ""
    say "![Rows over size](scale-rows.svg)"
}

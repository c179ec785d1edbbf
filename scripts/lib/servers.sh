# Starting the parts of one shop, each on its own socket and data below $STATE. Every start_*
# puts its process id into $STATE/run/NAME.pid and returns at once; ready_* tells when it is.
# shellcheck shell=bash

RUN=$STATE/run
LOG=$STATE/log

# spawn NAME COMMAND...: in the background, in a group of its own (so that Ctrl-C reaches the
# supervisor alone), with its pid noted.
spawn() {
    local name=$1
    shift
    setsid "$@" >>"$LOG/${name%.next}.log" 2>&1 </dev/null 9>&- &
    echo $! >"$RUN/$name.pid"
}

# --- MariaDB ---
mariadb_conf() {
    cat >"$RUN/my.cnf" <<CNF
[mariadbd]
user=$(id -un)
datadir=$STATE/data/mariadb
socket=$RUN/mariadb.sock
pid-file=$RUN/mariadbd.pid
log-error=$LOG/mariadb.log
skip-networking
skip-name-resolve
innodb_flush_log_at_trx_commit=1
innodb_buffer_pool_size=${SOUK_DB_BUFFER_MB:-40}M
innodb_log_file_size=64M
innodb_flush_method=O_DIRECT
innodb_ft_min_token_size=2
character-set-server=utf8mb4
collation-server=utf8mb4_general_ci
max_connections=200
performance_schema=OFF
# What is not needed here, or more than is: tables of other engines, whole caches of results.
key_buffer_size=1M
aria_pagecache_buffer_size=8M
query_cache_size=0
innodb_log_buffer_size=2M
innodb_ft_cache_size=2M
innodb_ft_total_cache_size=32M
table_open_cache=400
tmp_table_size=4M
max_heap_table_size=4M
query_alloc_block_size=4096
query_prealloc_size=8192
tmpdir=$RUN
CNF
}

mariadb_init() {
    [ -d "$STATE/data/mariadb/mysql" ] && return 0
    # A first start that was interrupted leaves half a data directory: begin again.
    rm -rf "$STATE/data/mariadb"
    mkdir -p "$STATE/data/mariadb.new"
    mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$STATE/data/mariadb.new" \
        --auth-root-authentication-method=socket --auth-root-socket-user="$(id -un)" \
        --skip-test-db >"$LOG/mariadb-init.log" 2>&1 ||
        die "MariaDB's data cannot be made in $STATE/data: $(grep -m1 -iE 'error|space|denied' "$LOG/mariadb-init.log" || echo "see $LOG/mariadb-init.log")"
    mv "$STATE/data/mariadb.new" "$STATE/data/mariadb"
}

start_mariadb() {
    local jemalloc
    mariadb_conf
    rm -f "$RUN/mariadb.sock"
    # The C library's allocator keeps what prepared statements of a rush took; this one gives it back.
    jemalloc=$(ls /usr/lib/*/libjemalloc.so.2 2>/dev/null | head -1)
    spawn mariadb env ${jemalloc:+LD_PRELOAD="$jemalloc"} \
        MALLOC_CONF=narenas:2,dirty_decay_ms:1000,muzzy_decay_ms:0,background_thread:true \
        mariadbd --defaults-file="$RUN/my.cnf"
}
ready_mariadb() { mariadb-admin --no-defaults --socket="$RUN/mariadb.sock" -u"$(id -un)" ping; }

# The shop's own database and account; the password stands in souk.conf alone.
mariadb_account() {
    local password
    password=$(sed -n 's/^db_password = //p' "$STATE/souk.conf")
    mariadb --no-defaults --socket="$RUN/mariadb.sock" -u"$(id -un)" <<SQL
CREATE DATABASE IF NOT EXISTS souk CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
CREATE USER IF NOT EXISTS souk@localhost IDENTIFIED BY '$password';
ALTER USER souk@localhost IDENTIFIED BY '$password';
GRANT ALL ON souk.* TO souk@localhost;
SQL
}

# --- Redis: copies and hints only, so nothing is kept on disk ---
start_redis() {
    rm -f "$RUN/redis.sock"
    spawn redis redis-server --port 0 --unixsocket "$RUN/redis.sock" --unixsocketperm 600 \
        --save "" --appendonly no --maxmemory "${SOUK_REDIS_MB:-64}mb" \
        --maxmemory-policy allkeys-lru --dir "$STATE/data/redis" --daemonize no
}
ready_redis() { redis-cli -s "$RUN/redis.sock" ping; }

# --- the worker pools (pool.sh) and the job runner ---
start_workers() { pool_do spawn workers; }
ready_workers() { [ -S "$RUN/worker.sock" ]; }
start_orders() { pool_do spawn orders; }
ready_orders() { [ -S "$RUN/orders.sock" ]; }
start_pay() { pool_do spawn pay; }
ready_pay() { [ -S "$RUN/pay.sock" ]; }

start_jobs() {
    spawn jobs /usr/bin/multiwatch -f 1 -r 1000 -t 100 -s TERM -- \
        "$SOUK_BIN/souk-jobs" --state "$STATE"
}
ready_jobs() { alive "$RUN/jobs.pid" "$STATE"; }

# --- nginx ---
nginx_conf() {
    local f user=
    # Started as root, nginx' own workers must still read the shop's files.
    [ "$(id -u)" = 0 ] && user="user $(id -un) $(id -gn);"
    rm -rf "$RUN/nginx"
    mkdir -p "$RUN/nginx"
    for f in "$SHARE"/nginx/*.conf; do
        sed -e "s|@STATE@|$STATE|g" -e "s|@SHARE@|$SHARE|g" -e "s|@LISTEN@|$LISTEN:$PORT|g" \
            -e "s|@USER@|$user|g" "$f" >"$RUN/nginx/$(basename "$f")"
    done
    [ "$RATE_LIMIT" = 1 ] || cp "$RUN/nginx/limits-off.conf" "$RUN/nginx/limits.conf"
}
start_nginx() {
    nginx_conf
    rm -f "$RUN/pay-http.sock" # an nginx that was killed leaves it behind
    spawn nginx nginx -e "$LOG/nginx-error.log" -p "$RUN" -c "$RUN/nginx/souk.conf" -g 'daemon off;'
}
ready_nginx() { curl -sf -o /dev/null --max-time 2 "http://$LISTEN:$PORT/readyz"; }

# stop_part NAME SECONDS
stop_part() {
    local pid word
    # A word that no other shop's process has: a noted pid may be somebody else's by now.
    # (nginx and Redis rewrite their command lines, but leave these in.)
    case $1 in
    nginx) word=$RUN/nginx/souk.conf ;;
    redis) word=$RUN/redis.sock ;;
    mariadb) word=$RUN/my.cnf ;;
    *) word="--state $STATE " ;;
    esac
    alive "$RUN/$1.pid" "$word" || { rm -f "$RUN/$1.pid"; return 0; }
    pid=$(cat "$RUN/$1.pid")
    end_pid "$pid" "$2" || say "  $1 ($pid) did not end"
    rm -f "$RUN/$1.pid"
}

# In the order that lets each finish what it does: no new requests, then the workers.
stop_all() {
    local part
    for part in nginx workers orders jobs pay redis mariadb; do stop_part $part 15; done
    reap_orphans nginx workers jobs pay
}

# reap_orphans PART...: a multiwatch or an nginx master that was killed with -9 leaves children
# behind. End those of the parts named that carry this state directory in their command line or
# hold its log open, and no others: who has a multiwatch is another pool's, or a new one's.
reap_orphans() {
    local part
    for part in "$@"; do
        case $part in
        workers | orders) end_all $(our_children souk-worker) ;;
        jobs) end_all $(our_children souk-jobs) ;;
        pay) end_all $(our_children souk-pay) ;;
        nginx) end_all $(our_nginx) ;;
        esac
    done
}
end_all() { # PID...: all are told before any is waited for
    local pid
    for pid in "$@"; do kill -TERM "$pid" 2>/dev/null; done
    for pid in "$@"; do end_pid "$pid" 10; done
}
has_multiwatch() { # PID
    [ "$(cat "/proc/$(awk '{ sub(/.*\) /, ""); print $2 }' "/proc/$1/stat" 2>/dev/null)/comm" 2>/dev/null)" = multiwatch ]
}
our_children() { # PROGRAM
    local pid
    for pid in $(pgrep -x -- "$1"); do
        ! has_multiwatch "$pid" || continue
        tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF -- "--state $STATE " && echo "$pid"
    done
}
# nginx' workers rewrite their command lines: know them by the log they hold.
our_nginx() {
    local pid
    for pid in $(pgrep -x nginx); do
        find "/proc/$pid/fd" -lname "$LOG/*" 2>/dev/null | grep -q . && echo "$pid"
    done
}

# A pool of FastCGI processes behind the name of a socket: begun, and replaced without a request
# lost. multiwatch puts a new process in the place of one that dies. Whoever uses this has set
# $STATE, $RUN, $WORKERS, $SOUK_BIN (where the programs are) and $SOUK_TOOL (souk), and has a
# function `spawn NAME COMMAND...`, which starts the command in the background and notes its
# process id in $RUN/NAME.pid.
# shellcheck shell=bash

# wait_for SECONDS COMMAND...: until the command succeeds; 1 when the time is up.
wait_for() {
    local until=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -ge $until ] && return 1
        sleep 0.05
    done
}

# gone PID: ended, though its parent may not have taken notice yet (a zombie).
gone() {
    ! kill -0 "$1" 2>/dev/null || [ "$(awk '{ sub(/.*\) /, ""); print $1 }' "/proc/$1/stat" 2>/dev/null)" = Z ]
}

# end_pid PID SECONDS: TERM, wait, KILL.
end_pid() {
    kill -TERM "$1" 2>/dev/null || return 0
    wait_for "$2" gone "$1" && return 0
    kill -KILL "$1" 2>/dev/null
    wait_for 5 gone "$1"
}

# spawn_pool NAME SOCKET PROCESSES COMMAND...
spawn_pool() {
    rm -f "$2"
    spawn "$1" spawn-fcgi -n -s "$2" -M 0660 -b 4096 -- /usr/bin/multiwatch \
        -f "$3" -r 1000 -t 100 -s TERM -- "${@:4}"
}

# roll_pool NAME SOCKET PROCESSES COMMAND...: a new pool is begun beside the old one and takes
# over the socket's name once it answers; the old one finishes what it has and ends. When the
# new one does not come up it goes, the old one stays, and this fails.
roll_pool() {
    local old new
    old=$(cat "$RUN/$1.pid") || return 1
    spawn_pool "$1.next" "$2.next" "${@:3}"
    new=$(cat "$RUN/$1.next.pid")
    if ! wait_for 10 "$SOUK_TOOL" ready "$2.next"; then
        end_pid "$new" 10
        rm -f "$RUN/$1.next.pid" "$2.next"
        return 1
    fi
    mv -f "$2.next" "$2"
    mv -f "$RUN/$1.next.pid" "$RUN/$1.pid"
    end_pid "$old" 40
}

# pool_do spawn|roll NAME: the pools of a shop.
pool_do() {
    case $2 in
    workers) "$1_pool" workers "$RUN/worker.sock" "$WORKERS" "$SOUK_BIN/souk-worker" --state "$STATE" ;;
    # The one that places orders: see nginx/souk.conf.
    orders) "$1_pool" orders "$RUN/orders.sock" 1 "$SOUK_BIN/souk-worker" --state "$STATE" ;;
    # The simulated payment provider: a party of its own with books of its own.
    pay) "$1_pool" pay "$RUN/pay.sock" 1 "$SOUK_BIN/souk-pay" --state "$STATE" ;;
    *) return 1 ;;
    esac
}

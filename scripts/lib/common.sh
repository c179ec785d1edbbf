# Shared by run, stop, test and bench: messages, packages, the build, waiting, ending.
# shellcheck shell=bash

REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${SOUK_BUILD:-$REPO/build}
. "$REPO/scripts/lib/pool.sh"

say() { printf '%s\n' "$*"; }
die() {
    printf 'souk: %s\n' "$*" >&2
    exit 1
}

# Debian's packages: what a shop needs to be built and to run.
PACKAGES_RUN=(gcc make autoconf automake autoconf-archive pkg-config libfcgi-dev
    default-libmysqlclient-dev libhiredis-dev libjson-c-dev libjwt-dev libssl-dev libcrypt-dev
    libcurl4-openssl-dev libsqlite3-dev
    librabbitmq-dev librdkafka-dev libcunit1-dev mariadb-server redis-server nginx-light spawn-fcgi multiwatch curl
    ca-certificates procps)
# And what its tests need on top.
PACKAGES_TEST=(clang clang-tidy cppcheck jq apache2-utils nodejs chromium spin strace rabbitmq-server
    python3-aiosmtpd)

# need_packages PACKAGE...: install what is missing, or say what to install.
need_packages() {
    local p missing=()
    for p in "$@"; do
        # nginx comes in several builds; any of them will do.
        case $p in nginx-light) command -v nginx >/dev/null && continue ;; esac
        case $p in nodejs) command -v node >/dev/null && continue ;; esac
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null)" = installed ] ||
            missing+=("$p")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    local sudo=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null && sudo -n true 2>/dev/null ||
            die "missing packages; as root: apt-get install ${missing[*]}"
        sudo=(sudo -n)
    fi
    say "installing: ${missing[*]}"
    local log
    log=$(mktemp)
    # policy-rc.d keeps Debian from starting servers of its own beside the shop's.
    local policy=/usr/sbin/policy-rc.d made=
    if [ ! -e $policy ] && [ "$(id -u)" = 0 ]; then
        printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy && made=1
    fi
    local rc=0
    { "${sudo[@]}" apt-get update &&
        "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y \
            --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 </dev/null || rc=$?
    [ -n "$made" ] && rm -f $policy
    if [ $rc != 0 ]; then
        tail -5 "$log" >&2
        die "apt-get could not install: ${missing[*]} (the whole log: $log)"
    fi
    rm -f "$log"
}

# build_souk [configure option...]: build into $BUILD, quietly; the log is shown on failure.
build_souk() {
    local log=$BUILD/build.log jobs
    jobs=$(nproc)
    mkdir -p "$BUILD"
    if [ ! -x "$REPO/configure" ] || [ "$REPO/configure.ac" -nt "$REPO/configure" ] ||
        [ "$REPO/Makefile.am" -nt "$REPO/Makefile.in" ]; then
        say "building: preparing configure"
        (cd "$REPO" && autoreconf -i) >"$log" 2>&1 || { tail -20 "$log" >&2; die "autoreconf failed"; }
    fi
    if [ ! -e "$BUILD/Makefile" ] || [ "$REPO/configure" -nt "$BUILD/config.status" ]; then
        say "building: configure"
        (cd "$BUILD" && "$REPO/configure" --prefix=/usr/local "$@") >"$log" 2>&1 ||
            { grep -m3 -E 'error:' "$log" >&2 || tail -5 "$log" >&2; die "configure failed (log: $log)"; }
    fi
    if ! make -C "$BUILD" -q all >/dev/null 2>&1; then
        say "building: souk"
        make -C "$BUILD" -j"$jobs" all >"$log" 2>&1 || { tail -30 "$log" >&2; die "the build failed (log: $log)"; }
    fi
}

# alive PIDFILE WORD: does the process of the pid file live, and is WORD in its command line?
# (A pid may belong to somebody else by now.)
alive() {
    local pid
    pid=$(cat "$1" 2>/dev/null) && [ -n "$pid" ] &&
        tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF -- "$2"
}

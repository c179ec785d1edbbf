# The secrets a shop makes for itself, once. Whoever uses this has set $STATE and has a `souk` on
# its path.
# shellcheck shell=bash

secret() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

# make_keys [PREFIX...]: those that are missing in $STATE; PREFIX says as whom.
make_keys() {
    [ -s "$STATE/keys" ] || "$@" "${SOUK_TOOL:-souk}" keys rotate --state "$STATE" >/dev/null || return 1
    # What the shop and its payment provider both know.
    [ -s "$STATE/pay.keys" ] || printf 'api %s\nwebhook %s\n' "$(secret 32)" "$(secret 32)" |
        "$@" sh -c 'umask 077 && cat >"$1.new" && mv "$1.new" "$1"' sh "$STATE/pay.keys"
}

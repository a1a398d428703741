#!/bin/bash
# A bad road between the real daemon and the real receiver (fault-proxy.py): every document is registered exactly once.
#   COUNT=1000 tests/integration/test-faults.sh     the long round, by hand
. "$SOHOA_TOP_SRCDIR/tests/integration/desk-common.sh"
need python3 sqlite3 dbus-daemon
count=${COUNT:-40}
seconds=${SECONDS_MAX:-$((60 + count))}

prepare
start_receiver --test-no-signature-check
exec 8< <(exec timeout 3600 python3 "$SOHOA_TOP_SRCDIR/tests/integration/fault-proxy.py" "$port" "$work/road")
pids+=("$!")
read -r proxy_port <&8
url=http://127.0.0.1:$proxy_port
write_conf qlvb <<CONF
[target qlvb]
timeout-ms=1500
CONF
"$build/tests/integration/seed-outbox" "$work/state" qlvb "$count" 20000
ok "the daemon starts on a full outbox" start_daemon

db() { sqlite3 -cmd '.timeout 5000' "$@"; }
open_rows() { db "$work/state/store.db" "SELECT count(DISTINCT document) FROM outbox WHERE state <> 3"; }
# What waits for a person (a wrong signature, an old clock) is sent again by one.
nudge() {
  db "$work/state/store.db" "SELECT id FROM document WHERE error_class='operator' AND worker=''
    AND n IN (SELECT document FROM outbox WHERE state <> 3)" | while read -r id; do "$sohoa" submit "$id"; done >/dev/null 2>&1
}
start=$(date +%s)
while [ "$(open_rows)" -gt 0 ] && [ $(($(date +%s) - start)) -lt "$seconds" ]; do
  nudge
  sleep 1
done
took=$(($(date +%s) - start))
lost=$(open_rows)
registered=$(db "$work/qlvb/register.db" "SELECT count(*) FROM document")
doubled=$((registered - $(db "$work/qlvb/register.db" "SELECT count(DISTINCT code_number) FROM document")))
gapless=$(db "$work/qlvb/register.db" "SELECT max(number) - count(*) FROM document")
refused=$(db "$work/state/store.db" "SELECT count(*) FROM receipt WHERE status='02'")
kinds=$(awk '{print $4}' "$work/road" | sort -u | wc -l)

awk '{ n[$3 " " $4]++ } END { for (k in n) print "#", k, n[k] }' "$work/road" | sort
echo "# documents $count, registered $registered, lost $lost, doubled $doubled, refused $refused, $took s"
ok "every document has its answer" [ "$lost" -eq 0 ]
ok "as many registrations as documents" [ "$registered" -eq "$count" ]
ok "none is registered twice" [ "$doubled" -eq 0 ]
ok "the numbers have no gap" [ "$gapless" -eq 0 ]
ok "no page of a gateway counts as a refusal" [ "$refused" -eq 0 ]
ok "the road was bad in at least 15 ways" [ "$kinds" -ge 15 ]
finish

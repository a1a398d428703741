#!/bin/bash
# SIGKILL in every state: one document is killed once in each state on its way, and still ends registered exactly
# once, under one number. ROUNDS (default 1) documents; `make check` runs the short round, the campaign ten.
# The receiver takes three seconds from 01 to 03, so that `delivered` can be hit.
# The daemon is made slow enough to be hit by [demo] pause-ms: it waits before each step and before each commit.
. "${SOHOA_TOP_SRCDIR:?}/tests/integration/desk-common.sh"
need "$pages" "$build/daemon/sohoad" "$build/qlvb/sohoa-qlvb" dbus-daemon sqlite3
rounds=${ROUNDS:-1}

prepare
start_receiver --accept-after 3000
write_signing_conf desk <<CONF
pause-ms=400
CONF
start_daemon || { echo "Bail out! the daemon does not start"; exit 1; }

# Kills as soon as the document is seen in the state, a little later each round.
kill_in() { # ID STATE ROUND
  wait_state "$1" 60 "$2" done || return 1
  [ "$(state_of "$1")" = "$2" ] || { echo "was past $2 already"; return 1; }
  sleep "0.$((RANDOM % 6))"
  kill_daemon KILL
  start_daemon
}
once() { test "$(registrations)" = "$1"; }

for round in $(seq "$rounds"); do
  page=$(make_page $((2 + round)))
  if [ $((round % 2)) -eq 1 ]; then
    cp "$page" "$work/in/paper-$round.jpg"
    for _ in $(seq 400); do
      id=$("$sohoa" list | sed -n 's/^\([0-9a-z]\{26\}\) .*/\1/p' | head -n 1)
      [ -n "$id" ] && [ "$id" != "${last:-}" ] && break
      sleep 0.05
    done
  else
    id=$("$sohoa" add "$page")
  fi
  last=$id
  for state in captured cleared processing review; do ok "round $round: killed in $state" kill_in "$id" "$state" "$round"; done
  ok "round $round: review is reached again" wait_state "$id" 60 review
  ok "round $round: confirm" "$sohoa" confirm "$id" --as demo
  for state in confirmed signing signed submitting delivered accepted; do ok "round $round: killed in $state" kill_in "$id" "$state" "$round"; done
  ok "round $round: ends done" wait_state "$id" 90 done
  ok "round $round: registered exactly once" once "$round"
done
ok "numbers are gapless" test "$("$sohoa" register | sed -n 's/^ *\([0-9]*\)  .*/\1/p' | tr '\n' ' ')" = "$(seq "$rounds" | tr '\n' ' ')"
ok "the chain of events is whole" "$sohoa" audit verify
finish

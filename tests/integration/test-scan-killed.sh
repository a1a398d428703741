#!/bin/bash
# SIGKILL in the middle of a stack, at every page: of the daemon, of the scan worker, of the daemon while no page is looked at
# yet (sealed: the page workers are stopped), and the same with the key of the sealed pages gone as after a power cut. No page
# of a sheet that is not asked back is lost, and when the sheets that were named lie in the feeder again, the document is the
# whole stack, byte for byte, each side once.
# POINTS="daemon:1 worker:4 …" or POINTS=all; the short round is for make check.
. "${SOHOA_TOP_SRCDIR:?}/tests/integration/desk-common.sh"
. "${SOHOA_TOP_SRCDIR:?}/tests/escl/escl-common.sh"
need "$pages" "$build/daemon/sohoad" "$build/scan/sohoa-scan-worker" dbus-daemon gdbus
points=${POINTS:-daemon:3 sealed:5 power:4 worker:3}
[ "$points" != all ] || points=$(for who in daemon worker sealed power; do for k in 1 2 3 4 5 6; do echo "$who:$k"; done; done)
prepare
start_receiver
write_conf desk </dev/null
"$pages" --seed 61 --count 3 --kind clean --pages 2 --dpi 100 --out "$work/paper" >/dev/null
mapfile -t stack < <(ls "$work"/paper/*/page-*.jpg)
stack=("${stack[@]}" "${stack[@]}")
mkdir "$work/stack"
for i in 0 1 2 3 4 5; do # six different files: three sheets, both sides
  { head -c 2 "${stack[$i]}"; printf '\377\376\000\004%02d' "$i"; tail -c +3 "${stack[$i]}"; } >"$work/stack/$i.jpg"
done
ok "the daemon starts" start_daemon

number() { bus_call Scanner.GetBatch "$batch" | sed -n "s/.*'$1': <\(uint32 \)\{0,1\}\([0-9]*\)>.*/\2/p"; }
value() { bus_call Scanner.GetBatch "$batch" | sed -n "s/.*'$1': <'\([^']*\)'>.*/\1/p"; }
told() { bus_call Scanner.GetPages "$batch" 0 200 2>/dev/null; } # every page announced so far
count_told() { told | grep -o "'sheet': <" | wc -l; }
below() { # SHEET: sheet and side of every announced page of the sheets before it
  told | tr '{' '\n' | sed -n "s/.*'sheet': <\(uint32 \)\{0,1\}\([0-9]*\)>.*/\2 &/p" | while read -r n row; do
    [ "$n" -ge "$1" ] || echo "$n $(echo "$row" | sed -n "s/.*'side': <\([^>]*\)>.*/\1/p")"
  done | sort
}
children() { # NAME: pids of the daemon's processes of that name
  local pid
  for pid in $(cat /proc/"$daemon_pid"/task/*/children 2>/dev/null); do
    tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q "$1" && echo "$pid"
  done
}
strike() { # WHO
  case $1 in
    worker) kill -KILL $(children sohoa-scan-worker) 2>/dev/null ;;
    *) kill_daemon KILL ;;
  esac
}
interrupt() { # WHO PAGES: a stack is fed; after so many announced pages it strikes
  local client stopped=
  case $1 in sealed | power) stopped=$(children sohoa-page-worker) && kill -STOP $stopped ;; esac
  start_scanner Sim --interval-ms 600 "$work"/stack/*.jpg
  timeout 60 "$sohoa" scan -d "escl:$scanner_url" -s adf-duplex >"$work/said" 2>"$work/err" &
  client=$!
  batch=
  for _ in $(seq 400); do
    [ -n "$batch" ] || batch=$(sed -n 's/^batch \([0-9a-z]*\) .*/\1/p' "$work/err" | head -n 1)
    [ -n "$batch" ] && [ "$(count_told)" -ge "$2" ] && break
    sleep 0.05
  done
  told >"$work/told-before"
  strike "$1"
  [ -z "$stopped" ] || kill -KILL $stopped
  [ "$1" != power ] || rm -rf "$work/runtime/keys"
  wait "$client"
  kill "$scanner_pid" && wait "$scanner_pid" 2>/dev/null
  [ "$1" = worker ] || start_daemon
}
settled() { # the batch waits for a person, or is done
  for _ in $(seq 1200); do
    case $(value state) in waiting | done) return 0 ;; esac
    sleep 0.1
  done
  return 1
}
kept_below() { # PUT-BACK: announced pages of earlier sheets are still there
  local before after
  after=$(below "$1")
  before=$(told() { cat "$work/told-before"; }; below "$1")
  echo "#   pages of earlier sheets: $(echo "$before" | grep -c .) announced, $(echo "$after" | grep -c .) there" >>"$work/rows"
  [ -z "$(comm -23 <(echo "$before") <(echo "$after"))" ] || { echo "before: $before"; echo "after: $after"; return 1; }
}
go_on() { # PUT-BACK: what was asked for is fed again
  local rest=()
  for i in 0 1 2 3 4 5; do [ "$i" -lt $((($1 - 1) * 2)) ] || rest+=("$work/stack/$i.jpg"); done
  [ ${#rest[@]} -gt 0 ] || { timeout 60 "$sohoa" scan --batch "$batch" --finish >"$work/said" 2>"$work/err"; return; }
  start_scanner Sim "${rest[@]}"
  timeout 60 "$sohoa" scan --batch "$batch" -d "escl:$scanner_url" >"$work/said" 2>"$work/err"
  status=$?
  kill "$scanner_pid" && wait "$scanner_pid" 2>/dev/null
  [ $status = 0 ] || { echo "status $status"; cat "$work/said" "$work/err"; return 1; }
}
whole() { # one document, the stack's six files in their order
  local id n=1 i
  id=$(bus_call Scanner.GetBatch "$batch" | sed "s/.*'documents': <\[\([^]]*\)\]>.*/\1/" | tr -d "',")
  for i in 0 1 2 3 4 5; do cmp "$work/state/spool/$id/input-$n" "$work/stack/$i.jpg" || return 1; n=$((n + 1)); done
  [ ! -e "$work/state/spool/$id/input-$n" ]
}
round() { # WHO PAGES
  local put_back
  interrupt "$1" "$2"
  settled || { echo "state $(value state)"; return 1; }
  if [ "$(value state)" != done ]; then
    put_back=$(number put-back)
    echo "# $1 after page $2: $(value error), put back from sheet $put_back" >>"$work/rows"
    kept_below "$put_back" && go_on "$put_back" && settled || return 1
  else
    echo "# $1 after page $2: over already" >>"$work/rows"
  fi
  whole
}
for point in $points; do
  ok "killed: ${point%:*} after page ${point#*:}" round "${point%:*}" "${point#*:}"
done
cat "$work/rows"
finish

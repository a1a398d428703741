#!/bin/bash
# A batch that is kept open: a page again, pages inserted, the backs of a manual duplex stack; a wrong count.
. "${SOHOA_TOP_SRCDIR:?}/tests/integration/desk-common.sh"
. "${SOHOA_TOP_SRCDIR:?}/tests/escl/escl-common.sh"
need "$pages" "$build/daemon/sohoad" "$build/scan/sohoa-scan-worker" dbus-daemon gdbus
prepare
start_receiver
write_conf desk </dev/null
"$pages" --seed 51 --count 4 --kind clean --pages 2 --out "$work/paper" >/dev/null
mapfile -t p < <(ls "$work"/paper/*/page-*.jpg)
p=("${p[@]}" "${p[@]}")
mkdir "$work/stack"
for i in 0 1 2 3 4 5 6 7; do # eight different files
  { head -c 2 "${p[$i]}"; printf '\377\376\000\004%02d' "$i"; tail -c +3 "${p[$i]}"; } >"$work/stack/$i.jpg"
done
s() { local n; for n in "$@"; do echo "$work/stack/$n.jpg"; done; }
scan() { # OPTION…
  timeout 90 "$sohoa" scan "$@" >"$work/said" 2>"$work/err"
  status=$?
  batch=$(sed -n 's/^batch: //p' "$work/said")
}
expect() {
  [ "$status" = "$1" ] && grep -q -- "$2" "$work/said" "$work/err" && return
  echo "status $status, wanted $1 and '$2'"; cat "$work/said" "$work/err"
  return 1
}
order() { # FILE-NUMBER…: the document's pages are these files, in this order
  local id n=1 i
  id=$(sed -n 's/^document: //p' "$work/said")
  for i in "$@"; do cmp "$work/state/spool/$id/input-$n" "$work/stack/$i.jpg" || return 1; n=$((n + 1)); done
  [ ! -e "$work/state/spool/$id/input-$n" ]
}
load() { scanner_control load "$@" >/dev/null; }
ok "the daemon starts" start_daemon
mapfile -t fronts < <(s 0 2 4)
mapfile -t backs < <(s 5 3 1)
start_scanner Sim --sides 1 --platen "$work/stack/6.jpg" --platen "$work/stack/7.jpg" "${fronts[@]}"
device=escl:$scanner_url

# ---- manual duplex ----
scan -d "$device" -s adf --open
ok "the fronts, kept open" expect 0 "3 sheets x 1 sides + 0 again = kept 3"
load "${backs[@]}"
scan --batch "$batch" --backs
ok "the stack turned over: last sheet first" expect 0 "3 sheets x 2 sides + 0 again = kept 6"
scan --batch "$batch" --finish
ok "finished" expect 0 "document: "
ok "fronts and backs lie in the paper's order" order 0 1 2 3 4 5

# ---- one back too few ----
load "${fronts[@]}"
scan -d "$device" -s adf --open
mapfile -t two < <(s 5 3)
load "${two[@]}"
scan --batch "$batch" --backs
scan --batch "$batch" --finish
ok "a back is missing: the count holds the batch" expect 6 Scan.CountMismatch
scan --batch "$batch" --finish --reason "tờ thứ nhất chỉ có một mặt"
ok "a person takes it, with a reason" expect 0 "document: "

# ---- a page again, and one inserted ----
load "${fronts[@]}"
scan -d "$device" -s adf --open
load "$work/stack/6.jpg"
scan --batch "$batch" --again 2
ok "page 2 again, in its place" expect 0 "3 sheets x 1 sides + 1 again = kept 3 + blank 0 + separators 0 + rejected 1"
load "$work/stack/7.jpg"
scan --batch "$batch" --insert-after 1
ok "a page after page 1" expect 0 "+ 2 again = kept 4"
scan --batch "$batch" --finish
ok "finished" expect 0 "document: "
ok "in the paper's order" order 0 7 6 4

# ---- counted by the clerk ----
load "${fronts[@]}"
scan -d "$device" -s adf --sheets 4
ok "three sheets where the clerk counted four" expect 6 Scan.CountMismatch
ok "no document left the batch" sh -c "! grep -q '^document' '$work/said'"
load "$work/stack/6.jpg"
scan --batch "$batch"
ok "the fourth is put in" expect 0 "4 sheets x 1 sides + 0 again = kept 4"
ok "one document" order 0 2 4 6
finish

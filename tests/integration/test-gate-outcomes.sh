#!/bin/bash
# The gate's outcomes through the real daemon: a mark at each quarter turn, faded, over a seal, beside handwriting,
# mid-stack, on a poor scan is held and shows nothing; a detector that dies holds; releasing needs a second person;
# purging leaves nothing. Prints TAP.
# shellcheck source=tests/integration/desk-common.sh
. "${SOHOA_TOP_SRCDIR:?}/tests/integration/desk-common.sh"
campaign=$build/tests/gate/gate-campaign
need "$pages" "$campaign" "$build/daemon/sohoad" "$build/qlvb/sohoa-qlvb" dbus-daemon gdbus sqlite3

prepare
start_receiver
write_conf desk </dev/null
ok "the daemon starts" start_daemon
mkdir "$work/marked"
OMP_THREAD_LIMIT=1 "$campaign" --from "${SEED:-9101}" --count 1 --unmarked 0 --draw "$work/marked"
plain=$(make_page 5)
stack() { # PICTURE: what is given to the daemon; a mid-stack page comes behind another
  case $1 in */mid-stack-*) printf '%s\n' "$plain" "$1" ;; *) echo "$1" ;; esac
}
# Nothing of it may be seen, and nothing of its bytes may lie open.
hidden() { # ID PICTURE
  local page=1
  [ "$(stack "$2" | wc -l)" = 1 ] || page=2
  ! bus_call Documents.GetPageImage "$1" "$(revision_of "$1")" $page '(0.0,0.0,1.0,1.0)' 200 >/dev/null 2>"$work/err" || return 1
  dd if="$2" of="$work/needle" bs=1 skip=20000 count=48 2>/dev/null
  ! grep -rqUF -f "$work/needle" "$work/state" "$work/runtime" "$work/sohoad.log"
}
given=()
for picture in "$work"/marked/*.jpg; do
  mapfile -t files < <(stack "$picture")
  given+=("$("$sohoa" add --together "${files[@]}")")
done
ok "20 pages were given" test "${#given[@]}" = 20
n=0
for picture in "$work"/marked/*.jpg; do
  name=$(basename "$picture" .jpg)
  ok "held: ${name%-*-*} at ${name##*-}°" wait_state "${given[$n]}" 90 held
  n=$((n + 1))
done
first=${given[0]}
picture=$(find "$work/marked" -name 'faded-*-0.jpg')
ok "nothing of it is to be seen" hidden "$first" "$picture"

# ---- by a second person, with a reason ----
status_of() { "$@" >"$work/said" 2>"$work/err"; echo $?; }
ok "no release without a second person" test "$(status_of "$sohoa" release "$first" --reason 'đọc nhầm')" != 0
ok "no release without a reason" test "$(status_of "$sohoa" release "$first" --second-person 'Nguyễn Thị Ví Dụ')" != 0
ok "still held" test "$(state_of "$first")" = held
ok "released by a second person" "$sohoa" release "$first" --second-person 'Nguyễn Thị Ví Dụ' --reason 'đã giải mật'
ok "it goes on" wait_state "$first" 60 review
ok "purge of what is not held is refused" test "$(status_of "$sohoa" purge "$first" --reason 'thử')" != 0

# ---- true marks ----
last=${given[19]}
ok "purge" "$sohoa" purge "$last" --reason 'tài liệu mật'
ok "no file, no key" test -z "$(find "$work/state" "$work/runtime" -name "*$last*" -print -quit)"
ok "nothing to release any more" test "$(status_of "$sohoa" release "$last" --second-person 'Nguyễn Thị Ví Dụ' --reason 'thử')" != 0

# ---- the detector dies ----
workers() { ps -o pid=,comm= --ppid "$daemon_pid" | sed -n 's/^ *\([0-9]*\) sohoa-page-work.*/\1/p'; }
# The page is looked at by a worker that is stopped dead each time; it is an unmarked page.
broken() {
  local end=$(($(date +%s) + 60)) id
  id=$("$sohoa" add "$plain")
  while [ "$(date +%s)" -lt "$end" ]; do
    for pid in $(workers); do kill -KILL "$pid" 2>/dev/null; done
    case $(state_of "$id") in
    held | failed) break ;;
    captured) ;;
    *) return 1 ;;
    esac
    sleep 0.02
  done
  echo "$id: $(state_of "$id")"
  case $(state_of "$id") in held | failed) ;; *) return 1 ;; esac
  ! bus_call Documents.GetPageImage "$id" "$(revision_of "$id")" 1 '(0.0,0.0,1.0,1.0)' 200 >/dev/null 2>"$work/err"
}
ok "a detector that dies clears nothing" broken
ok "nothing was registered" test "$(registrations)" = 0
ok "the chain of events is whole" "$sohoa" audit verify
finish

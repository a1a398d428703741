#!/bin/bash
# ./quickstart --desk: the GTK desk on a stage of its own: a simulated scanner with office documents, a token, the receiver.
# usage: quickstart-desk.sh TOP BUILD; SOHOA_QUICKSTART_RUN is the folder of this run. Ends when the window is closed.
set -eu
top=$1
build=$2
work=$SOHOA_QUICKSTART_RUN
fail() {
  echo "quickstart: $*" >&2
  exit 1
}
[ -x "$build/ui-gtk/sohoa-gtk" ] || fail "the desk was not built: GTK 4.8 and libadwaita 1.2 are needed: see $build/build.log"
[ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || fail "no display: run it in a desktop session, or: xvfb-run ./quickstart --desk"
wanted_locale=${LC_ALL:-${LANG:-C.UTF-8}}
. "$top/build-aux/desk-stage.sh"
finish() {
  [ -z "$daemon_pid" ] || pids=("$daemon_pid" "${pids[@]}")
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
}
trap finish EXIT
trap 'exit 130' INT TERM

prepare
start_receiver --accept-after 500
[ -n "$url" ] || fail "the receiver did not start: see $work/qlvb.log"
echo "rendering a demonstration document …"
"$build/tests/pages/sohoa-make-pages" --seed 11 --count 1 --kind office --seal --pages 2 --out "$work/paper" >/dev/null
mapfile -t sides < <(find "$work/paper" -name 'page-*.jpg' | sort)
start_scanner Scanner --name 'eSCL Scanner' --sides 1 --no-duplex --interval-ms 400 "${sides[@]}" ||
  fail "the simulated scanner did not start: see $work/scanner-Scanner.log"
stage_desk qlvb || fail "the daemon did not start: see $work/sohoad.log"
if [ -d "$work/token" ]; then
  echo "PIN of the demonstration token: $desk_pin"
else
  echo "signing with a throw-away file (install softhsm2 for a token with a PIN)"
fi
echo "F5 scans, Ctrl+2 checks, F8 goes from doubt to doubt, Ctrl+Enter confirms, F7 signs, Ctrl+G shows the numbers."
LC_ALL=$wanted_locale "$build/ui-gtk/sohoa-gtk" || fail "the desk ended with an error"
echo "everything of this run: $work"

#!/bin/bash
# The clerk's whole task by keyboard alone, with the real daemon, workers, simulated scanner, token and receiver: ten duplex
# sheets with three empty sides and a jam, two fields put right, confirmed, signed, sent, the số đến written on the stamp view, the
# document found in the register. Then the window is killed in the middle of a scan: nothing is lost.
. "${SOHOA_TOP_SRCDIR:?}/tests/integration/desk-common.sh"
top=$SOHOA_TOP_SRCDIR
[ -x "$build/ui-gtk/sohoa-gtk" ] || { echo "1..0 # SKIP the desk is not built"; exit 0; }
need "$pages" "$build/daemon/sohoad" "$build/scan/sohoa-scan-worker" "$build/tests/escl/sohoa-escl-simulator" dbus-daemon Xvfb xdotool \
  convert softhsm2-util /usr/bin/python3
/usr/bin/python3 -c 'import pyatspi' 2>/dev/null || need python3-pyatspi
. "$top/build-aux/desk-stage.sh"
. "$top/tests/ui-gtk/gui-common.sh"

prepare
start_receiver
make_stack 21
start_scanner Scanner --name 'eSCL Scanner' --interval-ms 150 --fault 'jam 4' "${stack[@]}"
ok "the daemon starts" stage_desk qlvb
ok "a display starts" start_display 1280x860
start_gui
export SOHOA_SIMULATOR="$build/tests/escl/sohoa-escl-simulator" SOHOA_SCANNER_URL=$scanner_url SOHOA_PIN=$desk_pin SOHOA_GUI_PID=$gui_pid
export SOHOA_GTK="$build/ui-gtk/sohoa-gtk" SOHOA_GTK_LOG="$work/gtk.log"
# each step prints its own TAP line; the numbers go on
while read -r line; do
  case $line in
    "ok "*) ok "${line#ok }" true ;;
    "not ok "*) ok "${line#not ok }" false ;;
    *) echo "# $line" ;;
  esac
done < <(PYTHONDONTWRITEBYTECODE=1 timeout 420 /usr/bin/python3 "$top/tests/ui-gtk/whole_task.py" 2>&1)
ok "the receiver registered one document" test "$(registrations)" = 1
signed_number() { # the corrected number is what went out
  local id
  id=$(ids | tail -n 1)
  "$sohoa" export "$id" "$work/export" && grep -q '"1821"' "$work/export/record.json"
}
ok "and the number that was typed" signed_number
ok "no warning of the toolkit" sh -c "! grep -E 'CRITICAL|WARNING' '$work/gtk.log' | grep -v org.freedesktop.Notifications"
[ $failures -eq 0 ] || sed 's/^/# gtk: /' "$work/gtk.log" | tail -n 20
finish

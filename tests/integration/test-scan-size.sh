#!/bin/bash
# The size a receiver takes: said before scanning, with the resolution that would fit; and no larger document is signed or sent.
. "${SOHOA_TOP_SRCDIR:?}/tests/integration/desk-common.sh"
. "${SOHOA_TOP_SRCDIR:?}/tests/escl/escl-common.sh"
need "$pages" "$build/daemon/sohoad" "$build/scan/sohoa-scan-worker" dbus-daemon gdbus sqlite3

prepare
start_receiver
max_document_mb=4
write_signing_conf desk </dev/null
"$pages" --seed 61 --count 4 --kind clean --pages 2 --out "$work/paper" >/dev/null
mapfile -t paper < <(ls "$work"/paper/*/page-*.jpg | head -n 8)
bytes=$(cat "${paper[@]}" | wc -c)
ok "the stack is larger than the receiver takes" test "$bytes" -gt $((4 * 1024 * 1024))
ok "the daemon starts" start_daemon
start_scanner Sim "${paper[@]}"
timeout 120 "$sohoa" scan -d "escl:$scanner_url" -s adf-duplex --sheets 4 >"$work/said" 2>"$work/err"
ok "how large it will be is said first" grep -q 'expected: at most about .* for 8 images' "$work/err"
ok "and that it is too large" grep -q 'too large: 8 images at 300 dpi' "$work/err"
ok "and that 200 dpi would do" grep -q 'say --dpi 200' "$work/err"
id=$(sed -n 's/^document: //p' "$work/said")
ok "it was scanned all the same" wait_state "$id" 120 review
"$sohoa" confirm "$id" --as demo >/dev/null
ok "it is not signed" wait_state "$id" 90 failed
ok "the reason is named" grep -q 'signing: Submit.TooLarge' "$work/sohoad.log"
ok "and says what to do" sh -c "'$sohoa' show '$id' | grep -q 'the receiver takes 4: scan it again at 200 dpi'"
ok "nothing was written" test ! -e "$work/state/spool/$id/document.pdf"
ok "and nothing was sent" test "$(registrations)" = 0
info() { bus_call Scanner.Expect '' "$1" | sed -n "s/.*'$2': <\(uint32 \|uint64 \)\{0,1\}\([0-9]*\)>.*/\2/p"; }
ok "the bus says how many images fit" test "$(info '{"dpi": <uint32 300>}' images-that-fit)" -ge 2
ok "a small stack is no trouble" test "$(info '{"sheets": <uint32 1>, "source": <"adf">}' offer-dpi)" = 0
ok "an unknown option is refused" sh -c "! bash -c 'gdbus call --session --dest vn.sohoa.Desk1 --object-path /vn/sohoa/Desk1 --method vn.sohoa.Desk1.Scanner.Expect \"\" \"{\\\"x\\\": <1>}\"' 2>/dev/null"
finish

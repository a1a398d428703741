#!/bin/bash
# What the receiver refuses comes back to the clerk, is put right and sent again: one registration, one number.
. "${SOHOA_TOP_SRCDIR:?}/tests/integration/desk-common.sh"
need "$pages" "$build/daemon/sohoad" "$build/qlvb/sohoa-qlvb" dbus-daemon gdbus sqlite3

prepare
start_receiver --refuse-subject "nhầm cơ quan"
write_signing_conf desk </dev/null
ok "the daemon starts" start_daemon
id=$("$sohoa" add "$(make_page 41)")
ok "it comes to review" wait_state "$id" 60 review
early() { ! "$sohoa" revise "$id" 2>"$work/err" && grep -q "refused by the receiver" "$work/err"; }
ok "only what was refused can be revised" early
"$sohoa" set "$id" "Subject=V/v gửi nhầm cơ quan"
"$sohoa" confirm "$id" --as demo >/dev/null
ok "the receiver refuses it" wait_state "$id" 60 refused
reason() { "$sohoa" show "$id" | grep -q "nhầm cơ quan"; }
ok "and its reason is shown" reason
ok "nothing is registered" test "$(registrations)" = 0
ok "it is revised" "$sohoa" revise "$id" --reason "sửa trích yếu"
ok "and stands in review again" test "$(state_of "$id")" = review
"$sohoa" set "$id" "Subject=V/v đúng cơ quan"
"$sohoa" confirm "$id" --as demo >/dev/null
ok "sent again, it is registered" wait_state "$id" 60 done
ok "once" test "$(registrations)" = 1
numbers() { [ "$("$sohoa" register --year 0 2>/dev/null | grep -c "$id")" = 1 ] || [ "$("$sohoa" register | grep -c "$id")" = 1 ]; }
ok "with one number in the register" numbers
newest() { "$sohoa" export "$id" "$work/export" --name "{id}" && "$sohoa" verify "$work/export/$id.pdf" --trust "$work/ca/test-ca.pem" && "$sohoa" verify "$work/export/$id.pdf" --json --trust "$work/ca/test-ca.pem" >/dev/null && pdfinfo "$work/export/$id.pdf" | grep -q "đúng cơ quan"; }
ok "what is exported is the second version" newest
ok "the chain of events is whole" "$sohoa" audit verify
finish

#!/bin/bash
# The ways aside: a person signs, the receiver is away, a held document is released, one is cancelled, one recalled.
. "${SOHOA_TOP_SRCDIR:?}/tests/integration/desk-common.sh"
need "$pages" "$build/daemon/sohoad" "$build/qlvb/sohoa-qlvb" dbus-daemon gdbus sqlite3

prepare
start_receiver
write_conf desk <<CONF
[signing]
p12=$work/ca/signer.p12
CONF
ok "the daemon starts" start_daemon
no_demo() { ! "$sohoa" confirm "$1" --as demo 2>"$work/err"; test $? -eq 0 && [ "$("$sohoa" confirm "$1" --as demo >/dev/null 2>&1; echo $?)" = 8 ]; }

# ---- a person signs; the receiver is away ----
id=$("$sohoa" add "$(make_page 3)")
ok "review" wait_state "$id" 40 review
ok "no demo actor without [demo]: exit 8" no_demo "$id"
ok "confirm as oneself" confirm_seen "$id"
sleep 1
ok "nothing is signed without a person" test "$(state_of "$id")" = confirmed
kill "$receiver_pid"
wait "$receiver_pid" 2>/dev/null
ok "sign" "$sohoa" sign "$id"
ok "it waits for the receiver" wait_state "$id" 40 submitting
sleep 2
ok "and goes on waiting" test "$(state_of "$id")" = submitting
start_receiver
ok "submit now" "$sohoa" submit "$id"
ok "done" wait_state "$id" 40 done
ok "one registration" test "$(registrations)" = 1

# ---- recall ----
ok "recall" "$sohoa" recall "$id" --reason "gửi nhầm"
ok "the receiver agrees" wait_state "$id" 60 recalled
recall_told() { bus_call Documents.GetMessages "$id" | grep -q "'M27', '', '"; }
ok "M27: the clerk is told of it" recall_told

# ---- cancelled after its number: a void row ----
id=$("$sohoa" add "$(make_page 4)")
ok "review" wait_state "$id" 40 review
ok "cancel" "$sohoa" cancel "$id" --reason "quét nhầm"
ok "cancelled" wait_state "$id" 5 cancelled
late() { ! "$sohoa" confirm "$id" 2>"$work/err"; }
ok "a cancelled document is not confirmed" late

# ---- held, released by a second person ----
"$pages" --seed 21 --count 1 --kind clean --pages 1 --secrecy MAT --out "$work/secret-paper" >/dev/null
held=$("$sohoa" add "$(find "$work/secret-paper" -name 'page-01.jpg' | head -n 1)")
ok "held" wait_state "$held" 40 held
alone() { ! "$sohoa" release "$held" --reason "đọc nhầm" 2>"$work/err"; }
ok "not released without a second person" alone
ok "release" "$sohoa" release "$held" --second-person "Nguyễn Thị Ví Dụ" --reason "đã giải mật"
ok "it goes on to review" wait_state "$held" 40 review
kill_daemon TERM
ok "the daemon starts again" start_daemon
ok "and still knows it" test "$(state_of "$held")" = review
ok "the chain of events is whole" "$sohoa" audit verify

# ---- the same file twice, signed while there was no target ----
kill_daemon TERM
cp "$work/sohoad.conf" "$work/with-target.conf"
sed -i '/^\[target qlvb\]/,/^to=/d' "$work/sohoad.conf"
ok "the daemon starts without a target" start_daemon
"$pages" --seed 31 --count 1 --kind clean --pages 1 --format pdf --out "$work/signed-paper" >/dev/null
"$sohoa" sign-file "$(find "$work/signed-paper" -name '*.pdf' | head -n 1)" -o "$work/original.pdf" --sign "p12:$work/ca/signer.p12"
for name in first second; do
  twin=$("$sohoa" add "$work/original.pdf")
  ok "review ($name)" wait_state "$twin" 60 review
  [ $name = second ] && ok "a person says that they are two" "$sohoa" duplicates "$twin" --register-new
  ok "confirm ($name)" confirm_seen "$twin"
  ok "sign ($name)" "$sohoa" sign "$twin"
  ok "signed, nowhere to go ($name)" wait_state "$twin" 40 signed
  [ $name = first ] && first=$twin
done
kill_daemon TERM
cp "$work/with-target.conf" "$work/sohoad.conf"
ok "the daemon starts with a target" start_daemon
ok "the one settles" wait_state "$first" 60 "done" held
ok "the other settles" wait_state "$twin" 60 "done" held
one_of_each() { test "$(printf '%s\n' "$(state_of "$first")" "$(state_of "$twin")" | sort | tr '\n' ' ')" = "done held "; }
ok "one is registered, the other held" one_of_each # whichever of the two step threads was first

# ---- registered, but the answer was lost: nothing new is sent before the receiver was asked ----
kill "$receiver_pid"
wait "$receiver_pid" 2>/dev/null
start_receiver --test-hold-answer 20000
lost=$("$sohoa" add "$(make_page 6)")
before=$(registrations)
ok "review (lost answer)" wait_state "$lost" 40 review
ok "confirm (lost answer)" confirm_seen "$lost"
ok "sign (lost answer)" "$sohoa" sign "$lost"
arrived() { for _ in $(seq 200); do [ "$(registrations)" -gt "$before" ] && return 0; sleep 0.1; done; return 1; }
ok "the receiver has it" arrived
kill -KILL "$receiver_pid"
open_row() { sqlite3 "$work/state/store.db" "SELECT state FROM outbox WHERE document = (SELECT n FROM document WHERE id = '$lost')" | grep -qx "$1"; }
unknown() { for _ in $(seq 400); do open_row 2 && return 0; sleep 0.1; done; sqlite3 "$work/state/store.db" "SELECT * FROM outbox"; return 1; }
ok "the outcome is unknown" unknown
kill_daemon KILL
# the state a final failure leaves behind, which no receiver of ours brings about by itself
sqlite3 "$work/state/store.db" "UPDATE document SET state = 15, worker = '', fence = 0 WHERE id = '$lost'"
start_receiver
ok "the daemon starts on it" start_daemon
ok "it failed" test "$(state_of "$lost")" = failed
not_anew() { ! "$sohoa" reprocess "$lost" --from "$1" 2>"$work/err" && grep -q 'from submit first' "$work/err"; }
for step in ocr record pdf sign; do ok "not made anew from $step" not_anew "$step"; done
ok "asked instead" "$sohoa" reprocess "$lost" --from submit
ok "it was registered" wait_state "$lost" 60 done
ok "once" test "$(registrations)" = $((before + 1))

# ---- configuration ----
printf '[daemon]\nworkerz=2\n' >"$work/bad.conf"
bad_conf() { ! "$build/daemon/sohoad" --session --config "$work/bad.conf" 2>"$work/err" && grep -q "workerz.*unknown key" "$work/err"; }
ok "an unknown key is refused by name" bad_conf
second() { ! timeout 10 "$build/daemon/sohoad" --session --config "$work/sohoad.conf" 2>"$work/err" && grep -q "another sohoad" "$work/err"; }
ok "a second daemon on the same folder is refused" second
finish

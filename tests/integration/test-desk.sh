#!/bin/bash
# The real daemon with the real receiver: hot folder to receipt, conflicts, tokens, refusals, the gate.
. "${SOHOA_TOP_SRCDIR:?}/tests/integration/desk-common.sh"
need "$pages" "$build/daemon/sohoad" "$build/qlvb/sohoa-qlvb" dbus-daemon gdbus sqlite3

prepare
start_receiver
write_signing_conf desk </dev/null
ok "the daemon starts" start_daemon

# ---- hot folder to receipt ----
page=$(make_page 3)
cp "$page" "$work/in/thư.jpg"
for _ in $(seq 400); do [ -n "$(ids)" ] && break; sleep 0.1; done
id=$(ids | head -n 1)
ok "a dropped file becomes a document" test -n "$id"
ok "it comes to review" wait_state "$id" 40 review
ok "spool folders are private" test "$(stat -c %a "$work/state/spool/$id")" = 700
ok "no sealed copy is left after clearing" sh -c "! ls '$work/state/spool/$id' | grep -q sealed && [ -z \"\$(ls '$work/runtime/keys')\" ]"

# ---- revisions and tokens ----
rev=$(revision_of "$id")
refused_conflict() { ! bus_call Documents.Confirm "$id" $((rev + 5)) tok-x '{}' 2>"$work/err" && grep -q Error.Conflict "$work/err"; }
ok "another revision is a named conflict" refused_conflict
refused_option() { ! bus_call Documents.Confirm "$id" "$rev" tok-y "{'colour': <'red'>}" 2>"$work/err" && grep -q Error.InvalidArgument "$work/err" && grep -q colour "$work/err"; }
ok "an unknown option is named" refused_option
refused_value() { ! "$sohoa" set "$id" IssuedDate=31/02/2026 2>"$work/err"; }
ok "a day that does not exist is refused" refused_value
ok "a person's value is stored" "$sohoa" set "$id" "Description=Ghi chú thử"
shown() { "$sohoa" show "$id" | grep -q "Ghi chú thử"; }
ok "and shown" shown
rev=$(revision_of "$id")
first=$(bus_call Documents.Confirm "$id" "$rev" tok-1 "{'actor': <'demo'>}")
again=$(bus_call Documents.Confirm "$id" "$rev" tok-1 "{'actor': <'demo'>}")
ok "the same token gives the same answer ($first)" test -n "$first" -a "$first" = "$again"
refused_token() { ! bus_call Documents.Cancel "$id" "$rev" tok-1 '{}' 2>"$work/err" && grep -q Error.Conflict "$work/err"; }
ok "the token of another call is refused" refused_token
ok "it is registered and done" wait_state "$id" 60 done
ok "the receiver has one registration" test "$(registrations)" = 1
ok "the file is in done/" test -f "$work/in/done/thư.jpg"
ok "the register has number 1" sh -c "'$sohoa' register | grep -q '^ *1  .*$id'"
ok "export" "$sohoa" export "$id" "$work/export" --name "{id}"
named() { "$sohoa" export "$id" "$work/named" && ls "$work/named" | grep -qE '^[A-Z0-9.]+_[A-Z]{1,4}_[0-9]{6}_V1_[0-9]{8}\.pdf$'; }
ok "with the name of letter 7197" named
archived() { python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); assert d["confidenceLevel"]=="02" and d["typeName"].isdigit() and d["docCode"] and d["issuedDate"] and d["mode"]==""' "$work/export/tt05.json"; }
ok "with the archive's record" archived
same_bytes() { test "$(sqlite3 "$work/qlvb/register.db" "SELECT count(*) FROM document WHERE key LIKE '%'")" = 1 && cmp "$work/export/$id.pdf" "$work"/qlvb/files/*.pdf; }
ok "the receiver's file is ours, byte for byte" same_bytes
ok "its signature verifies" "$sohoa" verify "$work/export/$id.pdf" --trust "$work/ca/test-ca.pem"
arrival() { grep -q '"arrivalNumber"' "$work/export/receipt.json"; }
ok "the receipt tells the number" arrival
ok "the chain of events is whole" "$sohoa" audit verify
picture() { bus_call Documents.GetPageImage "$id" "$(revision_of "$id")" 1 '(0.0,0.0,1.0,1.0)' 200; }
ok "a picture of the page comes as a memory file" picture
changes() { bus_call Documents.GetChangesSince 0 | grep -q "$id.*done"; }
ok "the change feed has it" changes

# ---- what is refused ----
printf 'not a picture at all, but long enough to look at it twice\n' >"$work/in/bad.jpg"
for _ in $(seq 600); do [ -e "$work/in/rejected/bad.jpg" ] && break; sleep 0.1; done
ok "a file that is no document goes to rejected/ with its reason" test -s "$work/in/rejected/bad.jpg.reason.txt"

# ---- the gate ----
"$pages" --seed 21 --count 1 --kind clean --pages 1 --secrecy MAT --out "$work/secret-paper" >/dev/null
secret_page=$(find "$work/secret-paper" -name 'page-01.jpg' | head -n 1)
held=$("$sohoa" add "$secret_page")
ok "a secret is held" wait_state "$held" 40 held
unseen() { ! bus_call Documents.GetPageImage "$held" "$(revision_of "$held")" 1 '(0.0,0.0,1.0,1.0)' 200 2>"$work/err" && grep -q NotCleared "$work/err"; }
ok "nobody sees its page" unseen
# the picture's own bytes, anywhere in what the daemon keeps
no_trace() {
  dd if="$secret_page" of="$work/needle" bs=1 skip=3000 count=48 2>/dev/null
  python3 - "$work/needle" "$work/state" "$work/runtime" "$work/sohoad.log" <<'PY'
import os, sys
needle = open(sys.argv[1], 'rb').read()
assert len(needle) == 48
for top in sys.argv[2:]:
    for path in [top] if os.path.isfile(top) else [os.path.join(d, f) for d, _, fs in os.walk(top) for f in fs]:
        data = open(path, 'rb').read()
        if needle in data or b'page-01.jpg' in data and 'store' not in path: sys.exit('trace in ' + path)
PY
}
ok "no byte of it lies open in spool, store or log" no_trace
ok "purge" "$sohoa" purge "$held"
ok "it is gone from the spool" test ! -e "$work/state/spool/$held"
ok "its key is gone" test ! -e "$work/runtime/keys/$held"

# ---- an original ----
"$pages" --seed 31 --count 1 --kind clean --pages 1 --format pdf --out "$work/signed-paper" >/dev/null
"$sohoa" sign-file "$(find "$work/signed-paper" -name '*.pdf' | head -n 1)" -o "$work/original.pdf" --sign "p12:$work/ca/signer.p12"
original=$("$sohoa" add "$work/original.pdf")
ok "a signed file reaches review" wait_state "$original" 60 review
ok "it is confirmed" "$sohoa" confirm "$original" --as demo
ok "and registered" wait_state "$original" 60 done
ok "it is exported" "$sohoa" export "$original" "$work/exported" --name "{id}"
ok "byte for byte" cmp "$work/original.pdf" "$work/exported/$original.pdf"

before=$(registrations)
again=$("$sohoa" add "$work/original.pdf")
ok "the same file again reaches review" wait_state "$again" 60 review
ok "and is confirmed" "$sohoa" confirm "$again" --as demo
ok "but held, for it was submitted before" wait_state "$again" 60 held
says_why() { "$sohoa" show "$again" | grep -q 'submitted before'; }
ok "and says why" says_why
ok "and is not registered twice" test "$(registrations)" = "$before"
ok "a person purges it" "$sohoa" purge "$again" --reason "đã đăng ký"

# ---- an end ----
begun=$(date +%s)
term() { kill -TERM "$daemon_pid"; wait "$daemon_pid"; }
ok "SIGTERM ends it" term
daemon_pid=
ok "quickly" test $(($(date +%s) - begun)) -le 10
finish

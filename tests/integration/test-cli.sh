#!/bin/bash
# `sohoa process` and `verify` as an operator meets them: exit statuses and one-line errors (design.md 5).
. "${SOHOA_TOP_SRCDIR:?}/tests/integration/desk-common.sh"
need "$pages" "$build/worker/sohoa-page-worker" python3 qpdf pdfsig
"$build/sign/sohoa-test-authority" "$work/ca" >/dev/null
cd "$work" || exit 1
page=$(make_page 5)
printf 'nothing\n' >text.jpg
: >empty.jpg
head -c 3000 "$page" >cut.jpg
mkfifo fifo.jpg

# NAME STATUS COMMAND…: the status, at most one line on stderr, and no output file unless 0 or 5
status() {
  local name=$1 wanted=$2 got lines
  shift 2
  rm -f out.pdf
  "$@" >stdout 2>stderr </dev/null
  got=$?
  lines=$(wc -l <stderr)
  check() {
    cat stderr
    [ "$got" -eq "$wanted" ] && [ "$lines" -le 1 ] || { echo "status $got, $lines lines"; return 1; }
    case $wanted in 0 | 5) test -s out.pdf && return 0 || return 1 ;; esac
    [ ! -e out.pdf ] && [ "$lines" -eq 1 ] && grep -q '^sohoa: [^:]*: .*' stderr
  }
  ok "$name" check
}
p=("$sohoa" process)
status "a page" 0 "${p[@]}" "$page" -o out.pdf
status "no output named" 2 "${p[@]}" "$page"
status "no input named" 2 "${p[@]}" -o out.pdf
status "unknown option" 2 "${p[@]}" "$page" -o out.pdf --nonsense
status "unknown profile" 2 "${p[@]}" "$page" -o out.pdf --profile NOPE
status "unknown field" 2 "${p[@]}" "$page" -o out.pdf --set Nope=1
status "a level without a time stamp authority" 2 "${p[@]}" "$page" -o out.pdf --sign "p12:ca/signer.p12" --level lta
status "no such folder" 2 "${p[@]}" "$page" -o nowhere/out.pdf
status "no such file" 3 "${p[@]}" nothere.jpg -o out.pdf
status "a text that says it is a picture" 3 "${p[@]}" text.jpg -o out.pdf
status "an empty file" 3 "${p[@]}" empty.jpg -o out.pdf
status "a truncated picture" 3 "${p[@]}" cut.jpg -o out.pdf
status "a FIFO" 3 "${p[@]}" fifo.jpg -o out.pdf
status "a folder" 3 "${p[@]}" "$work" -o out.pdf
status "wrong passphrase" 7 "${p[@]}" "$page" -o out.pdf --sign p12:ca/signer-pin.p12
status "expired certificate" 7 "${p[@]}" "$page" -o out.pdf --sign p12:ca/expired.p12
status "no daemon" 6 env DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent "$sohoa" list

cp "$page" same.jpg
ok "an output that is an input is refused" bash -c "! '$sohoa' process same.jpg -o same.jpg 2>/dev/null && cmp '$page' same.jpg"
ok "passphrase by descriptor" bash -c "'$sohoa' process '$page' -o pin.pdf --sign p12:ca/signer-pin.p12 --pin-fd 9 9<ca/signer-pin.txt"
ok "verify: VALID with the authority" "$sohoa" verify pin.pdf --trust ca/test-ca.pem
ok "verify: unknown without it" bash -c "'$sohoa' verify pin.pdf >verdict; test \$? -eq 7 && grep -q UNKNOWN verdict"
python3 - <<'P'
data = bytearray(open("pin.pdf", "rb").read())
data[data.index(b"stream") + 40] ^= 1
open("touched.pdf", "wb").write(data)
P
ok "verify: one changed byte is INVALID" bash -c "'$sohoa' verify touched.pdf --trust ca/test-ca.pem | grep -q INVALID"
json_alone() { "$sohoa" process "$page" -o out.pdf --json | python3 -c 'import json,sys; r=json.load(sys.stdin); assert r["schema"]=="sohoa.document/1" and len(r["pages"])==1'; }
ok "--json without a file: one JSON value on standard output" json_alone
from_stdin() { "$sohoa" process - -o out.pdf --text out.txt <"$page" && test -s out.txt; }
ok "standard input" from_stdin
"$pages" --seed 21 --count 1 --kind clean --pages 1 --secrecy TOI_MAT --out secret >/dev/null
mkdir alone
status "a secrecy mark" 4 "${p[@]}" "$(find secret -name page-01.jpg)" -o alone/out.pdf --json alone/out.json --text alone/out.txt
ok "nothing was written" test -z "$(ls -A alone)"
# far more work than a second
many=()
for _ in $(seq 40); do many+=("$page"); done
interrupted() { timeout -s TERM 1 "$sohoa" process "${many[@]}" -o alone/out.pdf; test -z "$(ls -A alone)"; }
ok "a signal leaves nothing behind" interrupted
finish

#!/bin/bash
# A signature token at the desk: one PIN for exactly the documents shown, the rest waits, a bad module costs one signing.
. "${SOHOA_TOP_SRCDIR:?}/tests/integration/desk-common.sh"
need "$pages" "$build/daemon/sohoad" "$build/qlvb/sohoa-qlvb" "$build/tests/sign/odd-module.so" dbus-daemon gdbus sqlite3 \
  softhsm2-util pkcs11-tool openssl
pin=246810

prepare
start_receiver
SOHOA_ODD_REAL=$(bash "$SOHOA_TOP_SRCDIR/tests/sign/make-token.sh" "$work/ca" "$work/token" "Bàn cơ yếu" $pin rsa2048:van-thu)
export SOHOA_ODD_REAL SOHOA_ODD_FILE="$work/mood" SOHOA_ODD_LOG="$work/calls" SOFTHSM2_CONF="$work/token/softhsm2.conf"
: >"$work/mood" && : >"$work/calls"
conf() { # pause-ms
  write_conf desk <<CONF
[signing]
token=pkcs11:object=van-thu?module-path=$build/tests/sign/odd-module.so
token-call-seconds=3
[demo]
enabled=yes
pause-ms=$1
CONF
}
conf 0
ok "the daemon starts" start_daemon

confirmed() { # SEED: a confirmed document, its id
  local id
  id=$("$sohoa" add "$(make_page "$1")") && wait_state "$id" 60 review >/dev/null && "$sohoa" confirm "$id" --as demo >/dev/null && echo "$id"
}
logins() { grep -c '^C_Login$' "$work/calls"; }
mood() { printf '%s' "$1" >"$work/mood.new" && mv "$work/mood.new" "$work/mood"; }
sign() { "$sohoa" sign "$@" --pin-fd 3 3<<<"$pin"; }
fails_with() { # STATUS TEXT COMMAND…
  local status=$1 text=$2
  shift 2
  "$@" >"$work/said" 2>&1
  local got=$?
  cat "$work/said"
  [ $got = "$status" ] && grep -q -- "$text" "$work/said"
}
reason_is() { # ID TEXT
  for _ in $(seq 200); do "$sohoa" show "$1" | grep -q -- "$2" && return 0; sleep 0.1; done
  "$sohoa" show "$1"
  return 1
}

a=$(confirmed 31) b=$(confirmed 32) c=$(confirmed 33)
ok "three documents are confirmed" test -n "$a" -a -n "$b" -a -n "$c"
tokens() { bus_call Signing.ListTokens | grep -q "Bàn cơ yếu"; }
ok "the token shows itself without a PIN" tokens
ok "nobody logged in so far" test "$(logins)" = 0

wrong_pin() { fails_with 7 "PIN is wrong" "$sohoa" sign "$a" --pin-fd 3 3<<<"000000"; }
ok "a wrong PIN is told" wrong_pin
ok "and was tried once" test "$(logins)" = 1
ok "the document still waits for its signature" test "$(state_of "$a")" = confirmed
stale() { ! bus_call Signing.Unlock "[('$a', uint32 1, 'ab')]" 'handle 0' '{}' 2>"$work/err"; }
ok "what was not shown is not unlocked" stale
ok "and costs no try of the PIN" test "$(logins)" = 1

ok "one PIN signs two documents" sign "$a" "$b"
ok "with one login" test "$(logins)" = 2
ok "the first is registered" wait_state "$a" 30 done
ok "the second is registered" wait_state "$b" 30 done
ok "the third, which was not shown, is not signed" test "$(state_of "$c")" = confirmed
"$sohoa" export "$a" "$work/export" --name "{id}" >/dev/null 2>&1
ok "its signature is the token's" sh -c "'$sohoa' verify '$work/export/$a.pdf' --trust '$work/ca/test-ca.pem' && pdfsig '$work/export/$a.pdf' | grep -q 'van-thu'"

ok "without a PIN it waits" "$sohoa" sign "$c"
ok "and says for what" reason_is "$c" "enter the PIN"
ok "the PIN lets it go on" sign "$c"
ok "to the end" wait_state "$c" 30 done

# ---- taken out in the middle of a batch ----
d=$(confirmed 34) e=$(confirmed 35)
mood C_SignInit:removed2
ok "a token taken out is told" fails_with 7 "taken out" sign "$d" "$e"
one_waits() { # one of the two was signed, the other waits in signing
  local states
  for _ in $(seq 400); do
    states="$(state_of "$d") $(state_of "$e")"
    case $states in "done signing" | "signing done") return 0 ;; esac
    sleep 0.1
  done
  echo "$states"
  return 1
}
ok "what was signed is registered, the rest waits" one_waits
mood ''
[ "$(state_of "$d")" = signing ] && rest=$d || rest=$e
no_token_told() { bus_call Documents.GetMessages "$rest" | grep -q "'M19', '', 'Chưa thấy USB ký số"; }
ok "M19: the clerk is told what to do" no_token_told
ok "put in again, the rest is signed" sign "$rest"
ok "and registered" wait_state "$rest" 30 done

# ---- a module that hangs or crashes ----
f=$(confirmed 36)
mood C_Sign:hang
ok "a module that hangs costs one signing" fails_with 7 "did not answer" sign "$f"
mood C_Sign:crash
ok "a module that crashes costs one signing" fails_with 7 "crashed" sign "$f"
mood C_Sign:garbage
ok "a wrong signature reaches no document" fails_with 7 "does not belong" sign "$f"
mood ''
ok "the daemon lives" "$sohoa" list
recovered() { [ "$(state_of "$f")" = failed ] && "$sohoa" reprocess "$f" --from sign; sign "$f"; }
ok "and the document is signed when the module is well" recovered
ok "and registered" wait_state "$f" 30 done

# ---- who unlocked leaves ----
kill_daemon TERM
conf 1500
ok "the daemon starts again, slow" start_daemon
g=$(confirmed 37)
"$sohoa" sign "$g" --pin-fd 3 3<<<"$pin" >"$work/left.out" 2>&1 &
signer=$!
for _ in $(seq 400); do [ "$(state_of "$g")" = signing ] && break; sleep 0.05; done
kill -9 $signer
wait $signer 2>/dev/null
ok "when the caller leaves the bus its unlock ends" reason_is "$g" "enter the PIN"
ok "no worker is left" sh -c "for i in \$(seq 40); do pgrep -P $daemon_pid -f sohoa-sign-worker >/dev/null || exit 0; sleep 0.3; done; exit 1"

no_pin() { ! grep -rqa "$pin" "$work/state" "$work/runtime" "$work/sohoad.log"; }
ok "the PIN stands nowhere" no_pin
ok "each was registered once" test "$(registrations)" = 6
finish

#!/bin/bash
# The desk's signatures with a real time stamp authority, OCSP responder and CRLs that are slow, dead, hang and come back:
# nothing waits for them but the signature itself, what lacks is said, and completed without anybody's doing.
. "${SOHOA_TOP_SRCDIR:?}/tests/integration/desk-common.sh"
need "$pages" "$build/daemon/sohoad" "$build/qlvb/sohoa-qlvb" "$build/tests/sign/sohoa-trust-server" dbus-daemon gdbus sqlite3 curl
unset http_proxy https_proxy no_proxy

prepare
"$build/tests/sign/sohoa-trust-server" "$work/pki" 400 >"$work/trust.out" 2>&1 &
pids+=($!)
for _ in $(seq 400); do grep -q port "$work/trust.out" && break; sleep 0.1; done
trust_url=http://127.0.0.1:$(sed -n 's/^port //p' "$work/trust.out")
cat "$work/pki/root.pem" >>"$work/ca/test-ca.pem"
start_receiver
conf() { # further lines of [signing]
  write_conf desk <<CONF
[signing]
p12=$work/pki/agency.p12
unattended=yes
tsa=$trust_url/tsa
trust=$work/pki/root.pem
$1
[demo]
enabled=yes
CONF
}
conf tsa-seconds=60
ok "the daemon starts" start_daemon

modes() { curl -fsS "$trust_url/set?$1" >/dev/null; }
holds() { # COUNT: so many questions are held by the authority
  for _ in $(seq 1200); do [ "$(curl -fsS "$trust_url/asked" | cut -d' ' -f2)" = "$1" ] && return 0; sleep 0.1; done
  curl -fsS "$trust_url/asked"; return 1
}
reviewed() { # SEED: a document in review, its id
  local id
  id=$("$sohoa" add "$(make_page "$1")") && wait_state "$id" 90 review >/dev/null && echo "$id"
}
confirmed() { local id; id=$(reviewed "$1") && "$sohoa" confirm "$id" --as demo >/dev/null && echo "$id"; }
shows() { # ID TEXT: within a minute
  for _ in $(seq 1200); do "$sohoa" show "$1" >"$work/shown"; grep -q -- "$2" "$work/shown" && return 0; sleep 0.2; done
  cat "$work/shown"; return 1
}
says_nothing_of() { "$sohoa" show "$1" >"$work/shown"; ! grep -- "$2" "$work/shown"; }
exported() { rm -rf "$work/exported"; "$sohoa" export "$1" "$work/exported" --name "{id}" >/dev/null && echo "$work/exported/$1.pdf"; }
level_is() { # ID LEVEL: of the exported file, which is VALID
  "$sohoa" verify "$(exported "$1")" --trust "$work/pki/root.pem" --json >"$work/verified"
  grep -q "\"level\" *: *\"$2\"" "$work/verified" && grep -q '"status" *: *"VALID"' "$work/verified" && return 0
  cat "$work/verified"; return 1
}
submitted() { echo "$work/state/spool/$1/document.pdf"; }
only_appended() { # the first bytes of the exported file are those that were sent
  local file
  file=$(exported "$1") && cmp -n "$(stat -c %s "$(submitted "$1")")" "$(submitted "$1")" "$file" \
    && [ "$(stat -c %s "$file")" -gt "$(stat -c %s "$(submitted "$1")")" ]
}

# ---- as it should be ----
a=$(confirmed 41)
ok "signed, sent, accepted" wait_state "$a" 90 done
ok "at B-LTA" shows "$a" 'signature *B-LTA$'
ok "and VALID" level_is "$a" B-LTA

# ---- slow: only the signature waits ----
modes tsa=hold
b=$(reviewed 42) c=$(reviewed 43)
ok "two are confirmed" "$sohoa" confirm "$b" "$c" --as demo
ok "their questions are with the authority" holds 2
d=$(reviewed 44) # read while both threads' worth of signatures wait
ok "another document is read meanwhile" test -n "$d"
ok "while the first two wait" test "$(state_of "$b") $(state_of "$c")" = "signing signing"

# ---- killed while it waits ----
kill_daemon KILL
ok "started again after SIGKILL" start_daemon
ok "they ask again" holds 4
modes tsa=ok
ok "the first is done" wait_state "$b" 90 done
ok "the second is done" wait_state "$c" 90 done
ok "the first is at B-LTA" level_is "$b" B-LTA
ok "each is registered once" test "$(registrations)" = 3

# ---- dead ----
modes tsa=down
ok "a third is confirmed" "$sohoa" confirm "$d" --as demo
ok "it goes on without" wait_state "$d" 90 done
ok "which is told in the record" shows "$d" 'deviation *signature: level B-B instead of B-LTA'
ok "and of the signature" shows "$d" 'signature *B-B, wanted: B-LTA'
ok "the file is VALID as it is" level_is "$d" B-B
told() { "$sohoa" doctor | grep 'signature level' | grep -q 'B-LTA cannot be had now'; }
ok "doctor tells it" told
# the kernel's own word, asked by another program (adjtimex(2): TIME_ERROR is 5, STA_UNSYNC 0x40)
clock=$(python3 - <<'P'
import ctypes
class Timex(ctypes.Structure):
    _fields_ = [("modes", ctypes.c_uint), ("offset", ctypes.c_long), ("freq", ctypes.c_long), ("maxerror", ctypes.c_long),
                ("esterror", ctypes.c_long), ("status", ctypes.c_int), ("rest", ctypes.c_byte * 400)]
t = Timex()
print("not synchronised" if ctypes.CDLL(None).adjtimex(ctypes.byref(t)) == 5 or t.status & 0x40 else "synchronised")
P
)
ok "and whether the clock is set by another one" sh -c "'$sohoa' doctor | grep -w clock | grep -q '$clock'"
away() { "$sohoa" renew "$d"; [ $? = 6 ]; }
ok "renewing now: try again later" away
cp "$(submitted "$d")" "$work/sent.pdf"
modes tsa=ok
ok "when the authority is back it completes by itself" shows "$d" 'signature *B-LTA$'
ok "the record lost the deviation" says_nothing_of "$d" 'signature: level'
ok "the file is VALID and B-LTA" level_is "$d" B-LTA
ok "by appending only" only_appended "$d"
ok "what was sent is untouched" cmp "$work/sent.pdf" "$(submitted "$d")"
ok "and nothing was registered again" test "$(registrations)" = 4
ok "the chain of events is whole" "$sohoa" audit verify "$d"

# ---- no OCSP, no CRL: B-T ----
modes "ocsp=down&crl=down"
e=$(confirmed 45)
ok "without revocation services it goes on" wait_state "$e" 90 done
ok "at B-T, said so" shows "$e" 'signature: level B-T instead of B-LTA'
modes "ocsp=ok&crl=ok"
ok "sohoa renew completes it" "$sohoa" renew "$e"
ok "to B-LTA" level_is "$e" B-LTA

# ---- an archive time stamp that ends soon is followed ----
modes tsa=short
f=$(confirmed 46)
ok "an authority whose certificate ends in 20 days" wait_state "$f" 90 done
ok "gives B-LTA" level_is "$f" B-LTA
cp "$(exported "$f")" "$work/short.pdf"
modes tsa=ok
due() { "$sohoa" renew "$f"; }
ok "renewed in time" due
ok "by a further stamp" only_appended "$f"
ok "that holds after the first one's end" "$sohoa" verify "$(exported "$f")" --trust "$work/pki/root.pem" \
  --at "$(date -d '+60 days' +%Y-%m-%dT00:00:00+07:00)"

# ---- hanging, with a profile that waits for it ----
kill_daemon TERM
conf "tsa-seconds=2
degrade=no"
ok "a desk that sends nothing below its level" start_daemon
modes tsa=hang
g=$(confirmed 47)
waits() { for _ in $(seq 1200); do "$sohoa" show "$g" | grep -q 'degrade=no' && return 0; sleep 0.1; done; "$sohoa" show "$g"; return 1; }
ok "waits with the reason" waits
ok "in signing" test "$(state_of "$g")" = signing
modes tsa=ok
ok "and goes on when the authority answers" wait_state "$g" 90 done
ok "at its level" level_is "$g" B-LTA
ok "everything was registered once" test "$(registrations)" = 7
finish

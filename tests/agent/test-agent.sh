#!/bin/bash
# The signing agent as a document system's web form uses it: a real browser that trusts the agent's certificate, the real desk
# with a token, real windows; then everything a hostile page may try; then a daemon that is killed.
. "${SOHOA_TOP_SRCDIR:?}/tests/integration/desk-common.sh"
top=$SOHOA_TOP_SRCDIR
here=$top/tests/agent
[ -x "$build/ui-gtk/sohoa-ask" ] || { echo "1..0 # SKIP the desk is not built"; exit 0; }
need "$pages" "$build/agent/sohoa-agent" /usr/bin/chromium /usr/bin/chromedriver certutil softhsm2-util openssl Xvfb xdotool dbus-daemon /usr/bin/python3
. "$top/tests/ui-gtk/gui-common.sh"
pin=246810

# ---- the stage: desk with a token and an assisted target, two web forms, the agent ----
# before the bus: what it starts must live in the same home
export HOME=$work XDG_RUNTIME_DIR=$work/run XDG_CONFIG_HOME=$work/config XDG_DATA_HOME=$work/data XDG_CACHE_HOME=$work/cache
mkdir -p -m 700 "$work/run" "$work/cache"
prepare
certificate() { # NAME
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key" -subj "/CN=$1" 2>/dev/null |
    openssl x509 -req -CA "$work/web-ca.pem" -CAkey "$work/web-ca.key" -CAcreateserial -days 2 -out "$work/$1.pem" \
      -extfile <(printf 'subjectAltName=%s\nbasicConstraints=CA:FALSE\n' "$2") 2>/dev/null
}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout "$work/web-ca.key" -out "$work/web-ca.pem" \
  -subj '/CN=Web CA' 2>/dev/null
certificate good IP:127.0.0.1
certificate wrong DNS:other.example
module=$(bash "$top/tests/sign/make-token.sh" "$work/ca" "$work/token" "UBND xã Ví Dụ" $pin rsa2048:van-thu)
uri="pkcs11:object=van-thu?module-path=$module"
export SOFTHSM2_CONF=$work/token/softhsm2.conf
mkdir -p -m 700 "$work/handed" "$work/form" "$work/config/sohoa"
cat >"$work/sohoad.conf" <<CONF
[daemon]
state-dir=$work/state
runtime-dir=$work/runtime
[agency]
id=H31.98.01
name=UBND xã Ví Dụ
[target web]
connector=assisted
path=$work/handed
form=CodeNumber;CodeNotation;IssuedDate;OrganName;Subject
[numbers]
source=qlvb
[signing]
token=$uri
[demo]
enabled=yes
CONF
ok "the daemon starts" start_daemon
confirmed() { # SEED: a confirmed document, its id
  local id
  id=$("$sohoa" add "$(make_page "$1")") && wait_state "$id" 60 review >/dev/null && "$sohoa" confirm "$id" --as demo >/dev/null && echo "$id"
}
doc=$(confirmed 61)
ok "a document is confirmed" test "$(state_of "$doc")" = confirmed
"$sohoa" process "$(make_page 62)" -o "$work/form/page.pdf" >/dev/null 2>&1 </dev/null
"$sohoa" sign-file "$work/form/page.pdf" -o "$work/form/signed.pdf" --sign "p12:$work/ca/signer.p12" >/dev/null 2>&1
start_form() { # NAME CERTIFICATE…: one form a process; port in $form_port
  local name=$1
  shift
  exec 9< <(exec /usr/bin/python3 -B "$here/form.py" "$work/form" "$@" 2>>"$work/$name.err")
  pids+=($!)
  read -r -t 60 -u 9 -a form_ports
}
start_form forms "$work/good.pem" "$work/good.key" "$work/good.pem" "$work/good.key" "$work/wrong.pem" "$work/wrong.key"
good="https://127.0.0.1:${form_ports[0]}" evil="https://127.0.0.1:${form_ports[1]}" wrong="https://127.0.0.1:${form_ports[2]}"
agent_conf() { # further lines of [agent] on standard input
  { printf '[agent]\nport=%s\nsign=%s\ntrust=%s\nca-file=%s\nmax-file-mb=2\n' "${agent_port:-0}" "$uri" "$work/ca/test-ca.pem" "$work/web-ca.pem"; cat; } >"$work/config/sohoa/agent.conf"
}
start_agent() {
  "$build/agent/sohoa-agent" --verbose >"$work/agent.out" 2>>"$work/agent.log" &
  agent_pid=$!
  pids+=("$agent_pid")
  for _ in $(seq 600); do
    agent_port=$(sed -n 's/^listening: .*://p' "$work/agent.out")
    [ -n "$agent_port" ] && return 0
    kill -0 $agent_pid 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}
settings() {
  cat >"$work/setting.json" <<JSON
{"port": $agent_port, "certificate": "$work/data/sohoa/agent/agent.pem", "good": "$good", "evil": "$evil", "wrong_name": "$wrong", "pin": "$pin",
 "token_certificate": "$work/token/11.der",
 "answers": "$work/asker/answers.json", "questions": "$work/asker/questions.log", "log": "$work/form/requests.log"}
JSON
}
steps() { # COMMAND…: its lines become ours
  while read -r line; do
    case $line in
      "ok "*) ok "${line#ok }" true ;;
      "not ok "*) ok "${line#not ok }" false ;;
      *) echo "# $line" ;;
    esac
  done < <("$@" 2>&1)
}

# ---- in the browser ----
agent_conf </dev/null
ok "a display starts" start_display 1280x860
ok "the agent starts and makes its certificate" start_agent
key_is_private() { [ "$(stat -c %a "$work/data/sohoa/agent/agent.key")" = 600 ]; }
ok "its key is private" key_is_private
ok "the explicit step: browsers are told to trust it" "$build/agent/sohoa-agent" --trust
certutil -A -d "sql:$work/.pki/nssdb" -n 'Web CA' -t 'C,,' -i "$work/web-ca.pem"
settings
steps timeout 400 /usr/bin/python3 -B "$here/browser.py" "$work"
number=$(cat "$work/number" 2>/dev/null)
ok "the document is done" wait_state "$doc" 60 done
record_shows() { "$sohoa" show "$doc" --json >"$work/shown" && grep -A3 '"ArrivalNumber"' "$work/shown" | grep -q "\"value\" *: *\"$number\"" \
  && grep -A12 '"ArrivalNumber"' "$work/shown" | grep -q '"source" *: *"person"'; }
ok "its record shows số đến $number as a person's word" record_shows
same_file() { "$sohoa" export "$doc" "$work/export" >/dev/null && cmp "$work"/export/*.pdf "$work/form/upload-1.pdf"; }
ok "what was uploaded is the desk's signed file, byte for byte" same_file
ok "and the file lies in the folder of the target" sh -c "ls '$work/handed' | grep -q '\.pdf$'"
ok "its signature is the token's" sh -c "'$sohoa' verify '$work/form/upload-1.pdf' --trust '$work/ca/test-ca.pem' | grep -q VALID"
ok "the register has it" sh -c "'$sohoa' register | grep -q '$number'"
ok "the answer is given once" sh -c "! '$sohoa' answer '$doc' --number 9 2>'$work/err'"
ok "the chain of events is whole" "$sohoa" audit verify

# ---- attacks ----
kill $agent_pid
wait $agent_pid 2>/dev/null
mkdir -p "$work/asker" && cp "$here/answer.py" "$work/asker/" && echo '{}' >"$work/asker/answers.json"
agent_conf <<CONF
ask=$work/asker/answer.py
CONF
rm -f "$work/form/requests.log"
ok "the agent starts with the permission it learnt" start_agent
settings
steps timeout 600 /usr/bin/python3 -B "$here/attacks.py" "$work"

# ---- the desk goes away ----
doc=$(confirmed 63)
other=$(confirmed 64)
ok "two more are confirmed" test "$(state_of "$other")" = confirmed
echo "{\"sign\": {\"ok\": true, \"id\": \"first\", \"pin\": \"$pin\"}, \"number\": {}}" >"$work/asker/answers.json"
cat >"$work/call.py" <<'PY'
import json, sys
sys.path.insert(0, sys.argv[1])
from websocket import Socket
s = json.load(open(sys.argv[2]))
talk = Socket(s["port"], "/SignIncome", s["certificate"], origin=s["good"])
talk.send(json.dumps({"FileName": "", "FileUploadHandler": s["good"] + "/upload"}))
print(talk.receive())
PY
call() { timeout 300 /usr/bin/python3 -B "$work/call.py" "$here" "$work/setting.json" >"$work/reply" 2>&1; cat "$work/reply"; }
says() { grep -q -- "$1" "$work/reply"; }
call >/dev/null
ok "a document is handed over, its number left for later" says '"Status":0'
kill_daemon KILL
call >/dev/null
ok "with the daemon killed the page is told" sh -c "grep -q '\"Status\":10' '$work/reply' && grep -q 'sohoad' '$work/reply'"
ok "the daemon starts again" start_daemon
call >/dev/null
ok "and the page is served again" says '"Status":0'
waiting() { "$sohoa" list --state delivered | sed -n 's/^\([0-9a-z]\{26\}\) .*/\1/p' | head -n 1; }
refused=$(waiting)
ok "what the page refused is told at the desk" "$sohoa" answer "$refused" --refused --reason "thiếu phụ lục"
ok "and comes back to be put right" wait_state "$refused" 30 refused
late=$(waiting)
start_gui
steps timeout 300 /usr/bin/python3 -B "$here/handover.py" 977
ok "its number was entered later at the desk: done" wait_state "$late" 60 done
number=977 doc=$late
ok "as a person's word" record_shows
no_pin() { ! grep -rqa "$pin" "$work/state" "$work/runtime" "$work/sohoad.log" "$work/agent.log" "$work/config" "$work/data"; }
ok "the PIN stands nowhere" no_pin
ok "nothing is left in the runtime folder" sh -c "! ls '$work/run' | grep -q sohoa-agent"
[ $failures -eq 0 ] || tail -n 40 "$work/agent.log" | sed 's/^/# agent: /'
finish

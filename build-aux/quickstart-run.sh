#!/bin/bash
# The run of ./quickstart: a private bus, the real receiver, the real daemon, the clerk as actor `demo`.
# usage: quickstart-run.sh TOP BUILD [FILE…]; SOHOA_QUICKSTART_RUN is the folder of this run.
set -eu
build=$2
shift 2
run=$SOHOA_QUICKSTART_RUN
wait_seconds=${SOHOA_QUICKSTART_WAIT:-900}
sohoa=$build/cli/sohoa
export LC_ALL=C.UTF-8 SOHOA_BUS=session
pids=()

fail() {
  echo "quickstart: $*" >&2
  echo "quickstart: logs: $run/sohoad.log $run/qlvb.log" >&2
  exit 1
}
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
}
trap finish EXIT
trap 'exit 130' INT TERM

# ---- throw-away authority, secret and configuration ----
"$build/sign/sohoa-test-authority" "$run/ca" >/dev/null
mkdir -p -m 700 "$run/in" "$run/state" "$run/runtime" "$run/qlvb"
(umask 077 && head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$run/secret")
cat >"$run/systems.conf" <<EOF
[system SOHOA.DEMO]
secret-file=$run/secret
EOF

"$build/qlvb/sohoa-qlvb" --listen 127.0.0.1:0 --data "$run/qlvb" --systems "$run/systems.conf" \
  --agency H31.98.01 --agency-name 'UBND xã Ví Dụ' --trust "$run/ca/test-ca.pem" --accept auto \
  --accept-after 500 --accept-incomplete >"$run/qlvb.out" 2>"$run/qlvb.log" &
pids+=($!)
url=
for _ in $(seq 100); do
  url=$(sed -n 's/^listening: //p' "$run/qlvb.out")
  [ -n "$url" ] && break
  sleep 0.1
done
[ -n "$url" ] || fail "the receiver did not start"

cat >"$run/sohoad.conf" <<EOF
[daemon]
state-dir=$run/state
runtime-dir=$run/runtime
[agency]
id=H31.98.01
name=UBND xã Ví Dụ
[hotfolder demo]
path=$run/in
stable-seconds=1
[target qlvb]
connector=rest
url=$url
system-id=SOHOA.DEMO
secret-file=$run/secret
from=H31.98.01
from-name=UBND xã Ví Dụ
to=H31.98.01
[signing]
p12=$run/ca/signer.p12
unattended=yes
[numbers]
source=qlvb
[demo]
enabled=yes
EOF

exec 7< <(exec dbus-daemon --session --nofork --print-address=1 2>/dev/null)
pids+=($!)
read -r DBUS_SESSION_BUS_ADDRESS <&7
export DBUS_SESSION_BUS_ADDRESS
"$build/daemon/sohoad" --session --config "$run/sohoad.conf" >"$run/sohoad.log" 2>&1 &
pids+=($!)
for _ in $(seq 100); do
  "$sohoa" list >/dev/null 2>&1 && break
  sleep 0.2
done
"$sohoa" list >/dev/null || fail "the daemon did not start"

# ---- paper ----
if [ $# -eq 0 ]; then
  echo "rendering a demonstration document …"
  "$build/tests/pages/sohoa-make-pages" --seed 11 --count 1 --kind office --seal --pages 2 --out "$run/paper" >/dev/null
  set -- "$run"/paper/doc-*/page-*.jpg
fi
images=()
ids=()
for file in "$@"; do
  case $(head -c 4 "$file" | od -An -tx1 | tr -d ' ') in
    ffd8ff* | 89504e47 | 5249*) images+=("$file") ;;
    *) ids+=("$("$sohoa" add "$file")") ;;
  esac
done
[ ${#images[@]} -eq 0 ] || ids+=("$("$sohoa" add --together "${images[@]}")")

# ---- the clerk ----
state_of() { "$sohoa" show "$1" --json | sed -n 's/^  "state" *: *"\([a-z]*\)".*/\1/p'; }
follow() {
  local id=$1 state='' last='' deadline=$(($(date +%s) + wait_seconds))
  while [ "$(date +%s)" -lt "$deadline" ]; do
    state=$(state_of "$id")
    [ "$state" = "$last" ] || echo "  $state"
    last=$state
    case $state in
      review) "$sohoa" confirm "$id" --as demo | sed "s/^$id: /  doubt, /" ;;
      done | accepted) return 0 ;;
      held | failed | refused | cancelled | returned | recalled)
        "$sohoa" show "$id" >&2
        return 1
        ;;
    esac
    sleep 0.3
  done
  return 1
}

for id in "${ids[@]}"; do
  echo "document $id"
  follow "$id" || fail "document $id did not get its receipt"
  "$sohoa" export "$id" "$run/out/$id"
  "$sohoa" show "$id"
  grep -q '"original" *: *true' "$run/out/$id/record.json" && echo "original: kept byte for byte"
  echo "receipt: $(tr -d '\n' <"$run/out/$id/receipt.json" | tr -s ' ')"
  echo "pdf: $run/out/$id/$id.pdf"
done

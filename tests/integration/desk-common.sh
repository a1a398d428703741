# For the integration tests: a real sohoad on a private bus, a real receiver, a throw-away authority. Sourced.
# shellcheck shell=bash
set -u
export LC_ALL=C.UTF-8 SOHOA_BUS=session
build=${SOHOA_TOP_BUILDDIR:?run by make check}
sohoa=$build/cli/sohoa
pages=$build/tests/pages/sohoa-make-pages
work=$(mktemp -d "${TMPDIR:-/tmp}/sohoa-desk.XXXXXX")
chmod 700 "$work"
pids=()
daemon_pid=
tests=0
failures=0

# Leaves nothing behind, whatever happened.
cleanup() {
  [ -n "$daemon_pid" ] && kill "$daemon_pid" 2>/dev/null
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
  wait 2>/dev/null
  [ -n "${SOHOA_TEST_KEEP:-}" ] || rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

ok() { # ok NAME COMMAND…: one TAP line
  local name=$1
  shift
  tests=$((tests + 1))
  if "$@" >"$work/out" 2>&1; then
    echo "ok $tests $name"
  else
    failures=$((failures + 1))
    echo "not ok $tests $name"
    sed 's/^/# /' "$work/out" | head -n 20
  fi
}
finish() {
  [ $failures -eq 0 ] || { echo "# sohoad said:"; tail -n 30 "$work/sohoad.log" | sed 's/^/# /'; }
  echo "1..$tests"
  [ $failures -eq 0 ] || exit 1
  exit 0
}
need() {
  for tool in "$@"; do
    command -v "$tool" >/dev/null || [ -x "$tool" ] && continue
    [ "${CI:-}" = true ] && { echo "Bail out! $tool is not there"; exit 1; }
    echo "1..0 # SKIP $tool is not there"
    exit 0
  done
}

prepare() { # authority, secret, bus
  "$build/sign/sohoa-test-authority" "$work/ca" >/dev/null
  mkdir -p -m 700 "$work/in" "$work/state" "$work/runtime" "$work/qlvb"
  (umask 077 && head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$work/secret")
  printf '[system SOHOA.TEST]\nsecret-file=%s\n' "$work/secret" >"$work/systems.conf"
  exec 7< <(exec dbus-daemon --session --nofork --print-address=1 --print-pid=1 2>/dev/null)
  read -r DBUS_SESSION_BUS_ADDRESS <&7
  read -r bus_pid <&7
  pids+=("$bus_pid")
  export DBUS_SESSION_BUS_ADDRESS
}
start_receiver() { # extra options of sohoa-qlvb
  "$build/qlvb/sohoa-qlvb" --listen "127.0.0.1:${port:-0}" --data "$work/qlvb" --systems "$work/systems.conf" \
    --agency H31.98.01 --agency-name 'UBND xã Ví Dụ' --trust "$work/ca/test-ca.pem" --accept auto \
    --accept-after 100 --accept-incomplete "$@" >"$work/qlvb.out" 2>>"$work/qlvb.log" &
  receiver_pid=$!
  pids+=("$receiver_pid")
  for _ in $(seq 100); do
    url=$(sed -n 's/^listening: //p' "$work/qlvb.out")
    [ -n "$url" ] && break
    sleep 0.1
  done
  port=${url##*:}
  port=${port%%/*}
}
write_conf() { # numbers source; further lines come on standard input
  cat >"$work/sohoad.conf" <<CONF
[daemon]
state-dir=$work/state
runtime-dir=$work/runtime
[agency]
id=H31.98.01
name=UBND xã Ví Dụ
[hotfolder test]
path=$work/in
stable-seconds=0
[target qlvb]
connector=rest
url=$url
system-id=SOHOA.TEST
secret-file=$work/secret
from=H31.98.01
from-name=UBND xã Ví Dụ
to=H31.98.01
[numbers]
source=$1
CONF
  cat >>"$work/sohoad.conf"
}
start_daemon() {
  "$build/daemon/sohoad" --session --config "$work/sohoad.conf" >>"$work/sohoad.log" 2>&1 &
  daemon_pid=$!
  for _ in $(seq 100); do
    "$sohoa" list >/dev/null 2>&1 && return 0
    kill -0 "$daemon_pid" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}
kill_daemon() { # SIGNAL
  kill "-$1" "$daemon_pid"
  wait "$daemon_pid" 2>/dev/null
  daemon_pid=
}
make_page() { # SEED: prints the path of one page
  "$pages" --seed "$1" --count 1 --kind clean --pages 1 --out "$work/paper-$1" >/dev/null
  echo "$work"/paper-"$1"/page-01.jpg "$work"/paper-"$1"/*/page-01.jpg | tr ' ' '\n' | while read -r f; do [ -f "$f" ] && echo "$f"; done | head -n 1
}
state_of() { "$sohoa" show "$1" --json 2>/dev/null | sed -n 's/^  "state" *: *"\([a-z]*\)".*/\1/p'; }
revision_of() { "$sohoa" show "$1" --json | sed -n 's/^  "revision" *: *\([0-9]*\).*/\1/p'; }
wait_state() { # ID SECONDS STATE…
  local id=$1 end=$(($(date +%s) + $2)) now=
  shift 2
  while [ "$(date +%s)" -le "$end" ]; do
    now=$(state_of "$id")
    for wanted in "$@"; do [ "$now" = "$wanted" ] && return 0; done
    case $now in failed) break ;; esac
    sleep 0.1
  done
  echo "state is '$now', wanted: $*"
  "$sohoa" show "$id"
  return 1
}
ids() { "$sohoa" list | sed -n 's/^\([0-9a-z]\{26\}\) .*/\1/p'; }
bus_call() { # METHOD ARGUMENT…
  local method=$1
  shift
  gdbus call --session --dest vn.sohoa.Desk1 --object-path /vn/sohoa/Desk1 --method "vn.sohoa.Desk1.$method" "$@"
}
registrations() { sqlite3 "$work/qlvb/register.db" "SELECT count(*) FROM document WHERE number IS NOT NULL"; }

# A desk of its own in $work: throw-away authority and secret, private bus, the real receiver, the real daemon.
# For quickstart and the integration tests. Sourced; the caller sets build (build folder) and work (0700), and
# ends what stands in pids and daemon_pid.
# shellcheck shell=bash
export LC_ALL=C.UTF-8 SOHOA_BUS=session
sohoa=$build/cli/sohoa
pids=()
daemon_pid=

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
write_conf() { # who gives the arrival number; further sections come on standard input
  cat >"$work/sohoad.conf" <<CONF
[daemon]
state-dir=$work/state
runtime-dir=$work/runtime
[agency]
id=H31.98.01
name=UBND xã Ví Dụ
[hotfolder in]
path=$work/in
stable-seconds=${stable_seconds:-0}
[target qlvb]
connector=rest
url=$url
system-id=SOHOA.TEST
secret-file=$work/secret
from=H31.98.01
from-name=UBND xã Ví Dụ
to=H31.98.01
${max_document_mb:+max-document-mb=$max_document_mb}
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
state_of() { "$sohoa" show "$1" --json 2>/dev/null | sed -n 's/^  "state" *: *"\([a-z]*\)".*/\1/p'; }

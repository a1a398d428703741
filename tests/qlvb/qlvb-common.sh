# For tests of the receiver: certificates of the day, a user, the receiver over TLS. Sourced after desk-common.sh.
# shellcheck shell=bash
python=/usr/bin/python3
certificate() { # NAME SUBJECT ALTERNATIVE: signed by $work/ca.key
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key" -subj "/CN=$2" 2>/dev/null |
    openssl x509 -req -CA "$work/ca.pem" -CAkey "$work/ca.key" -CAcreateserial -days 2 -out "$work/$1.pem" \
      -extfile <(printf 'subjectAltName=%s\nbasicConstraints=CA:FALSE\n' "$3") 2>/dev/null
}
make_certificates() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout "$work/ca.key" -out "$work/ca.pem" \
    -subj '/CN=Test CA' 2>/dev/null
  certificate server localhost IP:127.0.0.1
  certificate client TEST.SYS DNS:client
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout "$work/stranger.key" \
    -out "$work/stranger.pem" -subj '/CN=Stranger' 2>/dev/null
}
start_office() { # options of sohoa-qlvb
  mkdir -p -m 700 "$work/data"
  printf 'testsecret' >"$work/secret" && chmod 600 "$work/secret"
  printf '[system TEST.SYS]\nsecret-file=%s\n' "$work/secret" >"$work/systems.conf"
  "$build/qlvb/sohoa-qlvb" --listen 127.0.0.1:0 --data "$work/data" --systems "$work/systems.conf" --agency H31.98.01 \
    --agency-name 'UBND xã Ví Dụ' "$@" >"$work/qlvb.out" 2>>"$work/qlvb.log" &
  receiver_pid=$!
  pids+=("$receiver_pid")
  for _ in $(seq 400); do
    url=$(sed -n 's/^listening: //p' "$work/qlvb.out")
    [ -n "$url" ] && return 0
    sleep 0.1
  done
  return 1
}

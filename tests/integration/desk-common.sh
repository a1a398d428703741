# For the integration tests: a real sohoad on a private bus, a real receiver, a throw-away authority. Sourced.
# shellcheck shell=bash
set -u
build=${SOHOA_TOP_BUILDDIR:?run by make check}
pages=$build/tests/pages/sohoa-make-pages
work=$(mktemp -d "${TMPDIR:-/tmp}/sohoa-desk.XXXXXX")
chmod 700 "$work"
. "$SOHOA_TOP_SRCDIR/build-aux/private-desk.sh"
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

write_signing_conf() { # as write_conf: a desk that signs by itself, and where anybody may confirm as demo
  { cat <<CONF; cat; } | write_conf "$1"
[signing]
p12=$work/ca/signer.p12
unattended=yes
[demo]
enabled=yes
CONF
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
revision_of() { "$sohoa" show "$1" --json | sed -n 's/^  "revision" *: *\([0-9]*\).*/\1/p'; }
patience=4 # a slow machine is no fault: every wait of a test may take so many times its usual bound
wait_state() { # ID SECONDS STATE…
  local id=$1 end=$(($(date +%s) + $2 * patience)) now=
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
# A person who has looked at every mandatory field of VN-ND30-2020.
confirm_seen() { "$sohoa" confirm "$1" --seen TypeName,CodeNumber,CodeNotation,IssuedDate,OrganName,Subject,FullName; }
ids() { "$sohoa" list | sed -n 's/^\([0-9a-z]\{26\}\) .*/\1/p'; }
bus_call() { # METHOD ARGUMENT…
  local method=$1
  shift
  gdbus call --session --dest vn.sohoa.Desk1 --object-path /vn/sohoa/Desk1 --method "vn.sohoa.Desk1.$method" "$@"
}
registrations() { sqlite3 "$work/qlvb/register.db" "SELECT count(*) FROM document WHERE number IS NOT NULL"; }

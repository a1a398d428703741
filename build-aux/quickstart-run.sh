#!/bin/bash
# The run of ./quickstart: a private bus, the real receiver, the real daemon, the clerk as actor `demo`.
# usage: quickstart-run.sh TOP BUILD [FILE…]; SOHOA_QUICKSTART_RUN is the folder of this run.
set -eu
top=$1
build=$2
shift 2
run=$SOHOA_QUICKSTART_RUN
wait_seconds=${SOHOA_QUICKSTART_WAIT:-900}
work=$run
. "$top/build-aux/private-desk.sh"
. "$top/tests/escl/escl-common.sh"

fail() {
  echo "quickstart: $*" >&2
  echo "quickstart: logs: $run/sohoad.log $run/qlvb.log" >&2
  exit 1
}
finish() {
  [ -z "$daemon_pid" ] || pids=("$daemon_pid" "${pids[@]}")
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
}
trap finish EXIT
trap 'exit 130' INT TERM

prepare
start_receiver --accept-after 500
[ -n "$url" ] || fail "the receiver did not start"
stable_seconds=1
write_conf qlvb <<EOF
[signing]
p12=$run/ca/signer.p12
unattended=yes
[demo]
enabled=yes
EOF

# ---- paper ----
images=()
ids=()
from_paper=
if [ $# -eq 0 ]; then
  echo "rendering a demonstration document …"
  "$build/tests/pages/sohoa-make-pages" --seed 11 --count 1 --kind office --seal --pages 2 --out "$run/paper" >/dev/null
  set -- "$run"/paper/doc-*/page-*.jpg
  # a simulated eSCL scanner with this paper in its feeder, behind the real scan worker
  if start_scanner Scanner --sides 1 "$@"; then
    from_paper=yes
  else
    echo "no simulated scanner here ($run/scanner-Scanner.log): the pages are taken as files" >&2
  fi
fi
start_daemon || fail "the daemon did not start"
if [ -n "$from_paper" ]; then
  echo "scanning $# sheets from $scanner_url …"
  scanned=yes
  "$sohoa" scan --device "escl:$scanner_url" --source adf --sheets $# >"$run/scan.out" || scanned=no
  sed -n 's/^count: /  /p' "$run/scan.out"
  mapfile -t ids < <(sed -n 's/^document: //p' "$run/scan.out")
  if [ $scanned = yes ] && [ ${#ids[@]} -gt 0 ]; then
    set --
  else
    echo "the scan did not end ($run/scan.out): the pages are taken as files" >&2
    ids=()
  fi
fi
for file in "$@"; do
  case $(head -c 4 "$file" | od -An -tx1 | tr -d ' ') in
    ffd8ff* | 89504e47 | 5249*) images+=("$file") ;;
    *) ids+=("$("$sohoa" add "$file")") ;;
  esac
done
[ ${#images[@]} -eq 0 ] || ids+=("$("$sohoa" add --together "${images[@]}")")

# ---- the clerk ----
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
  pdf=("$run/out/$id"/*.pdf)
  echo "pdf: ${pdf[0]}"
done

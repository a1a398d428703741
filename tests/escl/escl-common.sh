# A simulated eSCL scanner behind the real SANE API: a private SANE_CONFIG_DIR with sane-airscan and nothing else.
# Sourced by tests, benchmarks and the quickstart; the caller sets build and work (0700) and ends what stands in pids.
# shellcheck shell=bash
start_scanner() { # NAME OPTION… FILE…: sets scanner_url, scanner_device, scanner_pid; exports SANE_CONFIG_DIR
  local name=$1
  shift
  rm -f "$work/scanner-$name"
  "$build/tests/escl/sohoa-escl-simulator" --address-file "$work/scanner-$name" "$@" >>"$work/scanner-$name.log" 2>&1 &
  scanner_pid=$!
  pids+=("$scanner_pid")
  for _ in $(seq 400); do
    [ -s "$work/scanner-$name" ] && break
    kill -0 "$scanner_pid" 2>/dev/null || return 1
    sleep 0.05
  done
  scanner_url=$(cat "$work/scanner-$name")
  scanner_device=airscan:e0:$name
  write_sane_conf "$name" "$scanner_url"
}
write_sane_conf() { # NAME URL
  export SANE_CONFIG_DIR=$work/sane
  mkdir -p "$SANE_CONFIG_DIR"
  echo airscan >"$SANE_CONFIG_DIR/dll.conf"
  printf '[devices]\n"%s" = %s, eSCL\n[options]\ndiscovery = disable\n' "$1" "$2" >"$SANE_CONFIG_DIR/airscan.conf"
}
scanner_control() { # WORD…: what a person does at the device, or a new fault
  "$build/tests/escl/sohoa-escl-simulator" --control "$scanner_url" "$@"
}

# Test backends of our own behind the real libsane. Sourced; the caller has set build and work.
# shellcheck shell=bash
probe=$build/tests/scan/sohoa-scan-probe
setup_backends() { # OBJECT NAME…: the names become libsane's backends, and its only ones
  local object=$1 name
  shift
  export SANE_CONFIG_DIR=$work/sane SOHOA_SANE_BACKEND_DIR=$work/backends
  mkdir -p "$work/sane/dll.d" "$work/backends"
  : >"$work/sane/dll.conf"
  for name; do
    cp "$build/tests/scan/$object" "$work/backends/libsane-$name.so.1"
    echo "$name" >>"$work/sane/dll.conf"
  done
}

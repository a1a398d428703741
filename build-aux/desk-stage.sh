# The stage of the GTK desk: authority, receiver, simulated scanner, a token with a known PIN, the daemon. For quickstart
# --desk and the desk's tests. Sourced; the caller sets build, top and work (0700) and ends what stands in pids, daemon_pid.
# shellcheck shell=bash
. "$top/build-aux/private-desk.sh"
. "$top/tests/escl/escl-common.sh"
desk_pin=246810

# A stack as it lies in the feeder: fronts and backs in turn. "blank" makes an empty side.
make_blank() { # FILE
  [ -s "$1" ] || convert -size 2480x3508 xc:'#fdfdfb' -density 300 -units PixelsPerInch -quality 90 "$1"
}
stage_token() { # conf lines on standard output: with SoftHSM a token, else the file of the authority
  if command -v softhsm2-util >/dev/null; then
    bash "$top/tests/sign/make-token.sh" "$work/ca" "$work/token" "UBND xã Ví Dụ" $desk_pin rsa2048:van-thu >"$work/token.module"
    echo "token=pkcs11:object=van-thu?module-path=$(ls /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so 2>/dev/null | head -n 1)"
  else
    printf 'p12=%s\nunattended=yes\n' "$work/ca/signer.p12"
  fi
}
stage_desk() { # numbers by desk or qlvb; the scanner stands already
  { echo '[signing]'; stage_token; } >"$work/signing.conf"
  [ -d "$work/token" ] && export SOFTHSM2_CONF=$work/token/softhsm2.conf
  write_conf "$1" <"$work/signing.conf"
  start_daemon
}

#!/bin/bash
# The receiver's doors: TLS versions, client certificates, files of 50 MB.
. "${SOHOA_TOP_SRCDIR:?}/tests/integration/desk-common.sh"
. "$SOHOA_TOP_SRCDIR/tests/qlvb/qlvb-common.sh"
need "$build/qlvb/sohoa-qlvb" openssl $python
make_certificates
start_office --test-no-signature-check --tls-cert "$work/server.pem" --tls-key "$work/server.key" --tls-clients "$work/ca.pem" ||
  { echo "Bail out! no receiver"; cat "$work/qlvb.log"; exit 1; }
timeout 200 $python "$SOHOA_TOP_SRCDIR/tests/qlvb/office.py" "$url" "$work" "$receiver_pid" 2>"$work/office.err"
status=$?
[ $status -eq 0 ] || { tail -n 20 "$work/office.err" "$work/qlvb.log" | sed 's/^/# /'; }
exit $status

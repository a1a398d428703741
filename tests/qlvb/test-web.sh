#!/bin/bash
# The receiver's web pages in headless Chromium, over TLS with client certificates for the senders.
. "${SOHOA_TOP_SRCDIR:?}/tests/integration/desk-common.sh"
. "$SOHOA_TOP_SRCDIR/tests/qlvb/qlvb-common.sh"
need "$pages" "$build/worker/sohoa-page-worker" /usr/bin/chromium /usr/bin/chromedriver openssl $python
$python -c 'import selenium' 2>/dev/null || need python3-selenium
"$build/sign/sohoa-test-authority" "$work/ca" >/dev/null
for seed in 5 6; do
  "$sohoa" process "$(make_page $seed)" -o "$work/page-$seed.pdf" --sign "p12:$work/ca/signer.p12" >/dev/null 2>&1 </dev/null
done
"$sohoa" process "$(make_page 7)" -o "$work/unsigned.pdf" >/dev/null 2>&1 </dev/null
mv "$work/page-5.pdf" "$work/signed.pdf" && mv "$work/page-6.pdf" "$work/other.pdf" || { echo "Bail out! no documents"; exit 1; }
make_certificates
od -An -N12 -tx1 /dev/urandom | tr -d ' \n' >"$work/password"
"$build/qlvb/sohoa-qlvb" --users "$work/users.conf" --add-user clerk <"$work/password" || { echo "Bail out! no user"; exit 1; }
start_office --accept manual --trust "$work/ca/test-ca.pem" --tls-cert "$work/server.pem" --tls-key "$work/server.key" \
  --tls-clients "$work/ca.pem" --users "$work/users.conf" || { echo "Bail out! no receiver"; cat "$work/qlvb.log"; exit 1; }
HOME=$work timeout 240 $python "$SOHOA_TOP_SRCDIR/tests/qlvb/web.py" "$url" "$work" 2>"$work/web.err"
status=$?
[ $status -eq 0 ] || { grep -v "^#[0-9]" "$work/web.err" | tail -n 40 | cat - "$work/qlvb.log" | sed 's/^/# /'; }
exit $status

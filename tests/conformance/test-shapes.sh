#!/bin/bash
# Signing what is already a PDF: 26 shapes (make-shapes.py) signed twice by `sohoa sign-file`. The bytes before stay the
# first bytes, every signature stays valid (pdfsig, sohoa verify), qpdf finds nothing, PDF/A stays PDF/A (veraPDF).
# Encrypted, damaged and closed files are refused with a reason. Prints TAP.
set -uo pipefail
top=${SOHOA_TOP_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${SOHOA_TOP_BUILDDIR:-$top/build}
# shellcheck source=tests/conformance/conformance-common.sh
. "$top/tests/conformance/conformance-common.sh"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
n=0 failed=0
result() { # status, name
  n=$((n + 1))
  if [ "$1" = 0 ]; then echo "ok $n $2"; else echo "not ok $n $2"; failed=1; [ ! -s "$dir/said" ] || sed 's/^/# /' "$dir/said"; fi
}
{ "$build/sign/sohoa-test-authority" "$dir/keys" && mkdir "$dir/many" "$dir/out" \
  && "$build/tests/pdf/varied-pdfs" "$dir/many" "$dir/keys/signer.p12" >/dev/null \
  && python3 "$top/tests/conformance/make-shapes.py" "$dir/shapes" "$dir/many"; } >"$dir/said" 2>&1
result $? "the shapes are made"
key="p12:$dir/keys/signer.p12"
total() { pdfsig -nocert "$1" 2>/dev/null | grep -c 'Signature Validation: Signature is Valid'; }

sign() { # in, out, signatures that must be there
  local size verdict
  size=$(stat -c %s "$1")
  "$build/cli/sohoa" sign-file "$1" -o "$2" --sign "$key" </dev/null || return 1
  cmp -n "$size" "$1" "$2" || return 1
  qpdf --check "$2" || return 1
  [ "$(total "$2")" = "$3" ] || { pdfsig -nocert "$2"; return 1; }
  verdict=$("$build/cli/sohoa" verify "$2" --trust "$dir/keys/test-ca.pem" </dev/null) || { echo "$verdict"; return 1; }
}
for file in "$dir"/shapes/good-*.pdf; do
  name=$(basename "$file" .pdf)
  before=$(total "$file")
  { sign "$file" "$dir/out/$name.pdf" $((before + 1)) && sign "$dir/out/$name.pdf" "$dir/out/$name-twice.pdf" $((before + 2)); } \
    >"$dir/said" 2>&1
  result $? "$name"
done
for file in "$dir"/shapes/refuse-*.pdf; do
  "$build/cli/sohoa" sign-file "$file" -o "$dir/out/never.pdf" --sign "$key" </dev/null >"$dir/said" 2>&1
  status=$?
  [ $status -ne 0 ] && [ ! -e "$dir/out/never.pdf" ] && [ "$(grep -c . "$dir/said")" = 1 ]
  result $? "$(basename "$file" .pdf): $(head -1 "$dir/said")"
done
if have_verapdf; then
  "$top/tests/conformance/verapdf.sh" "$dir"/out/*-pdfa-*.pdf >"$dir/said"
  ! grep -qv ^PASS "$dir/said" && [ "$(wc -l <"$dir/said")" = 12 ]; result $? "what was PDF/A is PDF/A still, signed once and twice"
elif [ "${CI:-}" = true ]; then
  result 1 "veraPDF is not fetched"
else
  n=$((n + 1)); echo "ok $n veraPDF # SKIP not fetched (tests/conformance/fetch.sh)"
fi
echo "1..$n"
exit $failed

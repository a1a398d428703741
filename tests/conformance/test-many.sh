#!/bin/bash
# 270 small files (tests/pdf/varied-pdfs: PDF/A-1b, 2u, 3u × kinds of page × kinds of text × parts, visible or not, signed
# or not) before the judges: veraPDF in one call, qpdf, pdfsig. Prints TAP.
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
  if [ "$1" = 0 ]; then echo "ok $n $2"; else echo "not ok $n $2"; failed=1; fi
}
"$build/sign/sohoa-test-authority" "$dir/keys" && mkdir "$dir/many"
made=$("$build/tests/pdf/varied-pdfs" "$dir/many" "$dir/keys/signer.p12")
result $? "$made files were made"
[ "${made:-0}" -ge 200 ]; result $? "at least 200"

if have_verapdf; then
  "$top/tests/conformance/verapdf.sh" "$dir"/many/*.pdf >"$dir/verapdf"
  passed=$(grep -c ^PASS "$dir/verapdf")
  grep -v ^PASS "$dir/verapdf" | head -5 | sed 's/^/# /'
  [ "$passed" = "$made" ]; result $? "veraPDF accepts $passed of $made"
  for part in 1b 2u 3u; do
    ! grep -P "\t$part-" "$dir/verapdf" | grep -qvP "^PASS\t$part\t"; result $? "files of PDF/A-$part say so"
  done
elif [ "${CI:-}" = true ]; then
  result 1 "veraPDF is not fetched (tests/conformance/fetch.sh)"
else
  n=$((n + 1)); echo "ok $n veraPDF # SKIP not fetched (tests/conformance/fetch.sh)"
fi

bad=0
for file in "$dir"/many/*.pdf; do qpdf --check "$file" >/dev/null 2>&1 || { bad=$((bad + 1)); echo "# $file"; }; done
result $bad "qpdf --check: $bad complaints"
bad=0
for file in "$dir"/many/*-signed.pdf; do "$top/tests/conformance/pdfsig.sh" "$file" >/dev/null || { bad=$((bad + 1)); echo "# $file"; }; done
result $bad "pdfsig: $bad of the signed ones not valid"
[ "$(qpdf --json "$dir/many/2u-grey-plain-2-signed.pdf" | python3 -c '
import json, sys
j = json.load(sys.stdin)
print([o["title"] for o in j["outlines"]], [l["label"].get("/P", "").removeprefix("u:") for l in j["pagelabels"]])')" \
  = "['Văn bản chính', 'Phụ lục'] ['', 'PL1-']" ]; result $? "bookmarks and labels as qpdf reads them"
echo "1..$n"
exit $failed

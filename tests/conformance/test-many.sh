#!/bin/bash
# 270 small files (tests/pdf/varied-pdfs: PDF/A-1b, 2u, 3u × kinds of page × kinds of text × parts, visible or not, signed
# or not) before the judges: veraPDF in one call, qpdf, pdfsig. Some of the unsigned ones are signed at B-T, B-LT and B-LTA
# and judged again, by pyHanko's PAdES profiles too; MANY_STEP=1 takes all of them. Prints TAP.
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

# ---- the levels ----
"$build/tests/sign/sohoa-trust-server" "$dir/pki" 600 >"$dir/server" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$dir"' EXIT
for _ in $(seq 400); do grep -q port "$dir/server" && break; sleep 0.1; done
tsa=http://127.0.0.1:$(sed -n 's/^port //p' "$dir/server")/tsa
levels=(t lt lta) words=() i=0 unsigned=0
for file in "$dir"/many/*.pdf; do
  case $file in *-signed.pdf) continue ;; esac
  unsigned=$((unsigned + 1))
  [ $((unsigned % ${MANY_STEP:-7})) = 0 ] || continue
  level=${levels[i++ % 3]}
  "$build/cli/sohoa" sign-file "$file" -o "${file%.pdf}-at-$level.pdf" --sign "p12:$dir/pki/agency.p12" --level "$level" --tsa "$tsa" \
    --trust "$dir/pki/root.pem" </dev/null && words+=("$level:${file%.pdf}-at-$level.pdf")
done
[ ${#words[@]} = $i ] && [ $i -ge 12 ]; result $? "${#words[@]} of $i signed at B-T, B-LT, B-LTA"
made=$((made + ${#words[@]}))

if have_pyhanko; then
  "$tools/venv/bin/python" "$top/tests/conformance/pades.py" "$dir/pki/root.pem" "${words[@]}" >"$dir/pyhanko" 2>&1
  passed=$(grep -c ^PASS "$dir/pyhanko")
  grep -v ^PASS "$dir/pyhanko" | head -5 | sed 's/^/# /'
  [ "$passed" = ${#words[@]} ]; result $? "pyHanko: $passed of ${#words[@]} at their level"
elif [ "${CI:-}" = true ]; then
  result 1 "pyHanko is not fetched (tests/conformance/fetch.sh)"
else
  n=$((n + 1)); echo "ok $n pyHanko # SKIP not fetched (tests/conformance/fetch.sh)"
fi

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
bad=0 # it cannot judge a document time stamp, and calls evidence behind a signature "not total"
for word in "${words[@]}"; do
  said=$(pdfsig -nocert "${word#*:}" 2>/dev/null)
  grep -q 'Signature is Valid' <<<"$said" && ! grep -qE 'Digest Mismatch|Signature is Invalid' <<<"$said" \
    || { bad=$((bad + 1)); echo "# ${word#*:}"; }
done
result $bad "pdfsig: $bad of those at a level not valid"
said=$(python3 "$top/tests/conformance/metadata.py" "$dir"/many/*.pdf 2>&1); status=$?
head -5 <<<"$said" | sed 's/^/# /'
result $status "Info and XMP of all say the same"
sed 's/D:2023/D:2022/' "$dir/many/1b-bitonal-none-0.pdf" >"$dir/other.pdf"
! python3 "$top/tests/conformance/metadata.py" "$dir/other.pdf" >/dev/null 2>&1; result $? "(a date that differs is seen)"
[ "$(qpdf --json "$dir/many/2u-grey-plain-2-signed.pdf" | python3 -c '
import json, sys
j = json.load(sys.stdin)
print([o["title"] for o in j["outlines"]], [l["label"].get("/P", "").removeprefix("u:") for l in j["pagelabels"]])')" \
  = "['Văn bản chính', 'Phụ lục'] ['', 'PL1-']" ]; result $? "bookmarks and labels as qpdf reads them"
echo "1..$n"
exit $failed

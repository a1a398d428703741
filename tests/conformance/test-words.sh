#!/bin/bash
# The words of hard pages (skewed, turned, tight, over each other, hyphens at line ends, single letters, columns) as
# Poppler, MuPDF and pdf.js read them: every word the same, in NFC, its box within 0.5 px. Prints TAP.
# On stored layers of one's own: SOHOA_LAYERS="a.gvariant b.gvariant" (sohoa-ocr-dump --variant).
# pdf.js is asked when it was fetched by hand (fetch.sh pdfjs).
set -uo pipefail
top=${SOHOA_TOP_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${SOHOA_TOP_BUILDDIR:-$top/build}
# shellcheck source=tests/conformance/conformance-common.sh
. "$top/tests/conformance/conformance-common.sh"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
skip() { echo "1..0 # SKIP $1"; exit 0; }
missing() { if [ "${CI:-}" = true ]; then echo "1..1"; echo "not ok 1 $1"; exit 1; fi; skip "$1"; }
python=/usr/bin/python3
for program in pdftotext mutool $python; do
  command -v $program >/dev/null || missing "$program is not installed"
done
read -ra layers <<<"${SOHOA_LAYERS:--}"
"$build/tests/pdf/layer-pdf" "$dir/hard.pdf" "$dir/hard.tsv" "${layers[@]}" || { echo "1..1"; echo "not ok 1 the file"; exit 1; }
pdfjs=()
have_pdfjs && pdfjs=(--pdfjs "$cache/pdfjs")
$python "$top/tests/conformance/readers.py" "$dir/hard.pdf" "$dir/hard.tsv" ${pdfjs[@]+"${pdfjs[@]}"} --show 3 >"$dir/said" 2>"$dir/err"
n=0 failed=0
while IFS=$'\t' read -r reader words differing nfc boxes rest; do
  n=$((n + 1)) verdict=ok
  { [ "$differing" = "differing 0" ] && [ "$nfc" = "not NFC 0" ] && [ "${boxes:-boxes off 0}" = "boxes off 0" ]; } \
    || { verdict="not ok"; failed=1; }
  echo "$verdict $n $reader: $words, $differing, $nfc ${boxes:-} ${rest:-}"
done < <(grep -P '\twords ' "$dir/said")
[ $n -ge 3 ] || { n=$((n + 1)); echo "not ok $n at least Poppler's text, its boxes and MuPDF are asked"; failed=1; }
[ $failed = 0 ] || sed 's/^/# /' "$dir/said" "$dir/err"
echo "1..$n"
exit $failed

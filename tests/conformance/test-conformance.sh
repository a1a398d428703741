#!/bin/bash
# What `sohoa process --sign` makes of invented paper, judged by programs we did not write: veraPDF
# (PDF/A-2u), pyHanko and Poppler (signature), qpdf (syntax), pdftotext (text in NFC), pdfimages (the
# picture's bytes). Every judge must also refuse a bad file. Prints TAP.
# A judge that is not there is a skip with its reason; with CI=true it is a failure.
# SOHOA_CONFORMANCE_FILES="A.pdf B.pdf": judge these finished files (veraPDF, qpdf, pdfsig) as well.
set -uo pipefail
top=${SOHOA_TOP_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${SOHOA_TOP_BUILDDIR:-$top/build}
conformance=$top/tests/conformance
# shellcheck source=tests/conformance/conformance-common.sh
. "$conformance/conformance-common.sh"
sohoa=$build/cli/sohoa
make_pages=$build/tests/pages/sohoa-make-pages
authority=$build/sign/sohoa-test-authority
n=0 failed=0

is() { # name, command…
  local name=$1 said; shift; n=$((n + 1))
  if said=$("$@" 2>&1); then
    echo "ok $n $name"
  else
    echo "not ok $n $name"; failed=1
    head -c 2000 <<<"$said" | sed 's/^/# /'
  fi
}
missing() { # name, reason
  n=$((n + 1))
  if [ "${CI:-}" = true ]; then echo "not ok $n $1: $2"; failed=1; else echo "ok $n $1 # SKIP $2"; fi
}
finish() { echo "1..$n"; exit $failed; }
fails() { ! "$@"; }
have() { command -v "$1" >/dev/null; }

for program in "$sohoa" "$build/worker/sohoa-page-worker" "$make_pages" "$authority"; do
  [ -x "$program" ] || { missing "programs" "${program#"$build"/} is not built"; finish; }
done
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
"$authority" "$dir/keys" || { n=1; echo "not ok 1 test authority"; failed=1; finish; }
trust=$dir/keys/test-ca.pem

# ---- paper in, PDF out: name, key, options of the paper maker ----
good=()
process() {
  local name=$1 key=$2; shift 2
  "$make_pages" --out "$dir/$name" "$@" || return 1
  "$sohoa" process "$dir/$name"/doc-000/[dp]*[gf] -o "$dir/$name.pdf" --text "$dir/$name.txt" \
    --json "$dir/$name.json" --sign "p12:$dir/keys/$key" </dev/null
}
make_document() {
  is "process $1" process "$@"
  [ -s "$dir/$1.pdf" ] && good+=("$1")
}
make_document clean signer.p12 --kind clean --seed 11 --pages 2 --seal --type QĐ
make_document office signer-ec.p12 --kind office --seed 12 --pages 1 --seal --stamp-den --type CV
make_document handwritten signer.p12 --kind old --seed 13 --pages 1 --seal --handwritten --type TB
make_document turned signer.p12 --kind rot --seed 14 --pages 1 --type BC
make_document fax signer.p12 --kind fax --seed 15 --pages 2 --format tiff --type KH
make_document pdf signer.p12 --kind office --seed 16 --pages 2 --format pdf --type TTr
[ ${#good[@]} -gt 0 ] || finish

# ---- the levels, with authorities on a port of this computer ----
levels=()
"$build/tests/sign/sohoa-trust-server" "$dir/pki" 900 >"$dir/server" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$dir"' EXIT
for _ in $(seq 400); do grep -q port "$dir/server" && break; sleep 0.1; done
tsa=http://127.0.0.1:$(sed -n 's/^port //p' "$dir/server")/tsa
sign_at() { # level: our first page again, signed by another authority
  "$sohoa" process "$dir/clean"/doc-000/page-01.jpg -o "$dir/level-$1.pdf" --sign "p12:$dir/pki/agency.p12" \
    --level "$1" --tsa "$tsa" --trust "$dir/pki/root.pem" </dev/null
}
for level in b t lt lta; do
  is "process at level $level" sign_at $level
  [ -s "$dir/level-$level.pdf" ] && levels+=("$level:$dir/level-$level.pdf")
done
paths=() # finished files
for name in "${good[@]}"; do paths+=("$dir/$name.pdf"); done
for level in "${levels[@]}"; do case $level in l*) ;; *) paths+=("${level#*:}") ;; esac; done
read -ra more <<<"${SOHOA_CONFORMANCE_FILES:-}"
paths+=(${more[@]+"${more[@]}"})

# ---- a file that every judge must refuse: one byte of a signed page is changed ----
tamper() { # in, out: flips one bit in the middle of the first signed range
  python3 - "$1" "$2" <<'PYTHON'
import re, sys
data = bytearray(open(sys.argv[1], "rb").read())
first = int(re.search(rb"/ByteRange\s*\[\s*0\s+(\d+)", data).group(1))
data[first // 2] ^= 1
open(sys.argv[2], "wb").write(data)
PYTHON
}
tamper "${paths[0]}" "$dir/tampered.pdf"
"$make_pages" --out "$dir/plain" --format pdf --dpi 100 --pages 1

# ---- judges ----
judge_pdfa() {
  local line
  # pdfsig calls evidence behind a signature "not total", and cannot judge a document time stamp
  paths+=("$dir/level-lt.pdf" "$dir/level-lta.pdf")
  "$conformance/verapdf.sh" --flavour 2u "${paths[@]}" "$dir/plain/doc-000/doc.pdf" >"$dir/verapdf.txt"
  while IFS=$'\t' read -r verdict flavour file rules; do
    [ "$file" = "$dir/plain/doc-000/doc.pdf" ] && { is "veraPDF refuses a plain PDF" [ "$verdict" = FAIL ]; continue; }
    line="PDF/A-$flavour $(basename "$file") $rules"
    is "$line" [ "$verdict" = PASS ]
  done <"$dir/verapdf.txt"
  is "veraPDF judged every file" [ "$(wc -l <"$dir/verapdf.txt")" -eq $((${#paths[@]} + 1)) ]
}
signed=("${paths[@]}")
if have_verapdf; then judge_pdfa; else missing "PDF/A-2u" "veraPDF is not fetched (tests/conformance/fetch.sh)"; fi

if have_pyhanko; then
  for name in "${good[@]}"; do is "pyHanko $name" "$conformance/pyhanko.sh" "$dir/$name.pdf" "$trust"; done
  is "pyHanko refuses a changed file" fails "$conformance/pyhanko.sh" "$dir/tampered.pdf" "$trust"
  for level in "${levels[@]}"; do
    is "pyHanko by EN 319 102-1, level ${level%%:*}" \
      "$tools/venv/bin/python" "$conformance/pades.py" "$dir/pki/root.pem" "$level"
  done
else
  missing "pyHanko" "pyHanko is not fetched (tests/conformance/fetch.sh)"
fi

if have pdfsig; then
  for path in "${signed[@]}"; do is "pdfsig $(basename "$path")" "$conformance/pdfsig.sh" "$path"; done
  is "pdfsig refuses a changed file" fails "$conformance/pdfsig.sh" "$dir/tampered.pdf"
else
  missing "pdfsig" "poppler-utils is not installed"
fi

if have qpdf; then
  for path in "${paths[@]}"; do is "qpdf $(basename "$path")" qpdf --check "$path"; done
else
  missing "qpdf" "qpdf is not installed"
fi

judge_text() { # name
  pdftotext -enc UTF-8 "$dir/$1.pdf" "$dir/$1.out" && python3 "$conformance/words.py" nfc "$dir/$1.out" \
    && python3 "$conformance/words.py" within "$dir/$1.txt" "$dir/$1.out"
}
if have pdftotext && have python3; then
  for name in "${good[@]}"; do is "text of $name in NFC" judge_text "$name"; done
else
  missing "text" "poppler-utils or python3 is not installed"
fi

# The scanner's bytes are the PDF's bytes (QĐ25 Art. 12).
same_picture() { # name
  mkdir -p "$dir/$1.pictures" && pdfimages -all "$dir/$1.pdf" "$dir/$1.pictures/p" || return 1
  local page i=0
  for page in "$dir/$1"/doc-000/page-*.jpg; do
    cmp "$page" "$(printf '%s/p-%03d.jpg' "$dir/$1.pictures" "$i")" || return 1
    i=$((i + 1))
  done
}
if have pdfimages; then
  for name in clean office handwritten turned; do
    [ -s "$dir/$name.pdf" ] && is "pictures of $name are the input's bytes" same_picture "$name"
  done
else
  missing "pictures" "poppler-utils is not installed"
fi

verify_own() { "$sohoa" verify "$1" --trust "$trust" </dev/null; }
for name in "${good[@]}"; do is "sohoa verify $name" verify_own "$dir/$name.pdf"; done
is "sohoa verify refuses a changed file" fails verify_own "$dir/tampered.pdf"
finish

#!/bin/bash
# The paper maker itself: same seed gives the same bytes, every kind and format is what it says. TAP.
set -u
make_pages=${SOHOA_TOP_BUILDDIR:-.}/tests/pages/sohoa-make-pages
[ -x "$make_pages" ] || { echo "1..0 # SKIP the paper maker is not built (pango missing)"; exit 0; }
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
n=0 failed=0
is() { # name, command…
  local name=$1; shift; n=$((n + 1))
  if "$@"; then echo "ok $n $name"; else echo "not ok $n $name"; failed=1; fi
}
magic() { [ "$(head -c "$2" "$1" | od -An -tx1 | tr -d ' \n')" = "$3" ]; }
fails() { ! "$@" 2>/dev/null; }

"$make_pages" --seed 5 --count 3 --dpi 100 --mix --out "$dir/a" && "$make_pages" --seed 5 --count 3 --dpi 100 --mix --out "$dir/b"
is "same seed, same bytes" diff -r "$dir/a" "$dir/b"
"$make_pages" --seed 6 --count 1 --dpi 100 --mix --kind clean --out "$dir/c"
is "other seed, other text" fails cmp -s "$dir/a/doc-000/truth.json" "$dir/c/doc-000/truth.json"
for kind in clean office bleed old shadow rot fax; do
  "$make_pages" --kind $kind --dpi 100 --pages 1 --seal --stamp-den --urgency KHAN --out "$dir/$kind"
  is "$kind is a JPEG" magic "$dir/$kind/doc-000/page-01.jpg" 3 ffd8ff
done
"$make_pages" --dpi 100 --pages 2 --format pdf --out "$dir/pdf"
is "PDF" magic "$dir/pdf/doc-000/doc.pdf" 5 255044462d
"$make_pages" --dpi 100 --pages 2 --format tiff --kind fax --out "$dir/tiff"
is "TIFF" magic "$dir/tiff/doc-000/doc.tiff" 4 49492a00
"$make_pages" --dpi 100 --secrecy TUYET_MAT --type CV --handwritten --out "$dir/secret"
is "the mark is in the truth" grep -q '"secrecy" : "TUYỆT MẬT"' "$dir/secret/doc-000/truth.json"
is "the type is in the truth" grep -q '"type" : "CÔNG VĂN"' "$dir/secret/doc-000/truth.json"
is "an unknown kind is refused" fails "$make_pages" --kind crumpled --out "$dir/x"
is "no folder is refused" fails "$make_pages"
echo "1..$n"
exit $failed

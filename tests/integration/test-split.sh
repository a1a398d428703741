#!/bin/bash
# A document that passes the size of one file becomes signed files 1/n to n/n, each whole: judged by qpdf, pdfsig, pdftotext and
# our own verify. Prints TAP.
set -u
top=${SOHOA_TOP_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${SOHOA_TOP_BUILDDIR:-$top/build}
sohoa=$build/cli/sohoa
export OMP_THREAD_LIMIT=1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
n=0 failed=0
is() { # name, command…
  local name=$1 said; shift; n=$((n + 1))
  if said=$("$@" 2>&1); then echo "ok $n $name"; else
    echo "not ok $n $name"; failed=1; head -c 1500 <<<"$said" | sed 's/^/# /'
  fi
}
MIB=$((1024 * 1024))
"$build/tests/pages/sohoa-make-pages" --seed 83 --count 2 --kind clean --pages 2 --out "$dir/paper" >/dev/null || exit 1
"$build/sign/sohoa-test-authority" "$dir/keys" || exit 1
trust=(--trust "$dir/keys/test-ca.pem")
mapfile -t paper < <(ls "$dir"/paper/*/page-*.jpg)
bytes=$(cat "${paper[@]}" | wc -c)
largest=$(stat -c %s "${paper[@]}" | sort -n | tail -1)
# room for the largest page and what a file holds besides, not for all
limit=$(((largest + MIB / 2) / MIB + 1))
is "the stack is larger than the limit" test "$bytes" -gt $((limit * MIB))
(cd "$dir" && timeout 200 "$sohoa" process "${paper[@]}" -o out.pdf --json record.json --text out.txt --sign "p12:$dir/keys/signer.p12" \
  --max-mb "$limit" --set "SourceCopy=Bản chính" --set "CopyForm=Sao y" </dev/null 2>"$dir/said")
is "process ends well" test $? = 0
sed 's/^/# /' "$dir/said"
mapfile -t files < <(ls "$dir"/out-*-of-*.pdf 2>/dev/null)
total=${#files[@]}
is "several files" test "$total" -ge 2
is "no file has the asked name" test ! -e "$dir/out.pdf"
is "and that is said" grep -q "it is in $total files up to out-$total-of-$total.pdf" "$dir/said"
too_large=0 sum=0 bad=0 number=0
for file in "${files[@]}"; do
  number=$((number + 1))
  [ "$file" = "$dir/out-$number-of-$total.pdf" ] || bad=$((bad + 1))
  [ "$(stat -c %s "$file")" -le $((limit * MIB)) ] || too_large=$((too_large + 1))
  sum=$((sum + $(qpdf --show-npages "$file")))
done
is "none is larger than the limit" test $too_large = 0
is "they are named 1 to $total" test $bad = 0
is "every page is in exactly one of them" test "$sum" = "${#paper[@]}"
for file in "${files[@]}"; do
  is "$(basename "$file"): qpdf finds nothing" qpdf --check "$file"
  is "$(basename "$file"): pdfsig: valid and whole" sh -c "pdfsig -nocert '$file' | tee /dev/stderr | grep -q 'Signature is Valid' && pdfsig -nocert '$file' | grep -q 'Total document signed'"
  is "$(basename "$file"): verify" "$sohoa" verify "$file" "${trust[@]}"
done

# every picture is the paper's own file, in its order; the text is what --text says
page=0 differ=0
for file in "${files[@]}"; do
  rm -rf "$dir/images"; mkdir "$dir/images"
  pdfimages -all "$file" "$dir/images/i" || differ=$((differ + 1))
  for image in "$dir"/images/*; do
    cmp -s "$image" "${paper[page]}" || { differ=$((differ + 1)); echo "# page $((page + 1))"; }
    page=$((page + 1))
  done
done
is "all $page pictures are the scanner's bytes, in order" test $differ = 0
for file in "${files[@]}"; do pdftotext -raw "$file" -; done | tr -d '[:space:]\f' >"$dir/read"
tr -d '[:space:]\f' <"$dir/out.txt" >"$dir/wanted"
is "no letter is lost between the files" python3 - "$dir/read" "$dir/wanted" <<'P'
import sys, unicodedata, collections
a, b = (collections.Counter(unicodedata.normalize("NFC", open(p, encoding="utf-8").read())) for p in sys.argv[1:])
missing = sum((b - a).values())
print(missing, "of", sum(b.values()))
sys.exit(missing > 0.005 * sum(b.values()))
P
is "titles, labels and XMP say which file it is" python3 - "$dir/record.json" "$sum" "${files[@]}" <<'P'
import json, subprocess, sys
pages, files = int(sys.argv[2]), sys.argv[3:]
parts = [p["first_page"] for p in json.load(open(sys.argv[1]))["parts"]] or [1]
before = 0
for i, name in enumerate(files, 1):
    data = open(name, "rb").read()
    assert f"<sohoa:File>{i}/{len(files)}</sohoa:File>".encode() in data, name
    assert f"(tệp {i}/{len(files)})".encode() in data, name          # dc:title
    j = json.loads(subprocess.run(["qpdf", "--json", name], capture_output=True, check=False).stdout)
    label = j["pagelabels"][0]
    assert label["index"] == 0, label
    begins = max(p for p in parts if p <= before + 1)   # a part goes on being counted in the next file
    assert label["label"].get("/St", 1) == before + 1 - begins + 1, (name, label)
    before += len(j["pages"])
assert before == pages
P
is "the record says so" grep -q "size: in $total files" "$dir/record.json"

# what a person who verifies is told besides the verdict
"$sohoa" verify "${files[0]}" "${trust[@]}" >"$dir/verified"
is "verify says what is claimed" grep -qx 'PDF/A: 2u (claimed in its metadata)' "$dir/verified"
is "what the block shows" grep -qE "shown: +Sao y / .* / [0-9-]*T[0-9:]*\+07:00 / Tệp 1/$total\$" "$dir/verified"
words=$(pdftotext "${files[0]}" - | wc -w)
is "how much text there is" sh -c "n=\$(sed -n 's/^text: \([0-9]*\) words on.*/\1/p' '$dir/verified'); test \$n -gt 100 && test \$((n * 100)) -ge \$(($words * 95)) && test \$((n * 100)) -le \$(($words * 105))"
is "and the record" grep -qx '  CopyForm: Sao y' "$dir/verified"

# what must not happen
is "a file that is there is not replaced" sh -c "cd '$dir' && ! timeout 200 '$sohoa' process $(printf "'%s' " "${paper[@]}") -o out.pdf --max-mb $limit </dev/null 2>'$dir/again' && grep -q 'is there already' '$dir/again'"
"$build/tests/pages/sohoa-make-pages" --seed 83 --count 1 --kind clean --dpi 600 --pages 1 --out "$dir/large" >/dev/null
one=$(ls "$dir"/large/*/page-01.jpg)
is "(a page of more than 1 MiB)" test "$(stat -c %s "$one")" -gt $MIB
(cd "$dir" && timeout 200 "$sohoa" process "$one" -o one.pdf --max-mb 1 --sign "p12:$dir/keys/signer.p12" </dev/null 2>"$dir/refused")
is "a page that is larger alone is refused" test $? = 3
is "with the page" grep -q 'page 1 has' "$dir/refused"
is "and nothing is left" sh -c "! ls '$dir'/one* 2>/dev/null | grep ."
echo "1..$n"
exit $failed

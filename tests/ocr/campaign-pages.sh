#!/bin/bash
# Pages that mislead (tests/pages/page-odd.h), each of four ways up: no page may be turned wrongly, and none with
# anything on it may be called blank. TAP; PAGES=1000 tests/ocr/campaign-pages.sh is the long round, by hand.
set -u
top=${SOHOA_TOP_BUILDDIR:-.}
make_pages=$top/tests/pages/sohoa-make-odd-pages dump=$top/ocr/sohoa-ocr-dump
[ -x "$make_pages" ] || { echo "1..0 # SKIP the page maker is not built (pango missing)"; exit 0; }
export OMP_THREAD_LIMIT=1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
pages=${PAGES:-72} seed=${SEED:-1}
"$make_pages" "$seed" "$pages" "$dir" || { echo "Bail out! no pages"; exit 1; }
find "$dir" -name '0*' | sort | xargs "$dump" --no-read > /dev/null 2> "$dir/seen"
awk '
  function after(name) { return match($0, name "[0-9a-f]+") ? substr($0, RSTART + length(name), RLENGTH - length(name)) : "" }
  FNR == NR { kind[$1] = $3; ink[$1] = $4; want[$1] = $5; made++; next }
  / turn [0-9]+ / {
    f = $1; sub(/.*\//, "", f); k = kind[f]; n[k]++; looked++
    turn = after(" turn ") + 0; blank = after(" blank ") + 0
    unsure = after(" flags ") ~ /[2367abef].$/
    if (ink[f] == "ink" && blank) { wrong_blank++; print "# called blank: " $0 }
    if (ink[f] == "blank" && !blank) missed[k]++
    if (ink[f] != "ink") next
    if (turn != 0 && turn != want[f]) { wrong_turn++; print "# turned wrongly, wanted " want[f] ": " $0 }
    else if (turn == want[f]) right[k]++
    else if (unsure) ask[k]++
    else left[k]++
    if (turn == 0 && want[f] != 0 && !unsure && k ~ /letter|edges|capitals|table|form/) { silent++; print "# silent: " $0 }
  }
  END {
    printf "# %-15s %6s %6s %6s %6s %13s\n", "kind", "pages", "right", "asked", "left", "blank missed"
    for (k in n) printf "# %-15s %6d %6d %6d %6d %13d\n", k, n[k], right[k], ask[k], left[k], missed[k]
    for (k in missed) m += missed[k]
    print (looked == made ? "ok" : "not ok") " 1 every page was looked at (" looked + 0 " of " made ")"
    print (wrong_turn ? "not ok" : "ok") " 2 no page is turned wrongly"
    print (wrong_blank ? "not ok" : "ok") " 3 no page with ink is called blank"
    print (silent ? "not ok" : "ok") " 4 no page of text that lies turned passes for upright"
    print (m > made / 50 ? "not ok" : "ok") " 5 blank backs are found (" m + 0 " missed)"
    print "1..5"
    exit looked != made || wrong_turn || wrong_blank || silent || m > made / 50
  }' "$dir/manifest.tsv" "$dir/seen"

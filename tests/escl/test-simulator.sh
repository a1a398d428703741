#!/bin/bash
# The simulated scanner is one to a program that is not ours: SANE's own scanimage through sane-airscan.
. "$SOHOA_TOP_SRCDIR/tests/integration/desk-common.sh"
. "$SOHOA_TOP_SRCDIR/tests/escl/escl-common.sh"
need scanimage "$pages"
pids=()
"$pages" --seed 3 --count 2 --kind clean --pages 2 --out "$work/paper" >/dev/null
mapfile -t files < <(ls "$work"/paper/*/page-*.jpg)
[ ${#files[@]} -ge 4 ] || files+=("${files[@]}")
files=("${files[@]:0:4}")

scan() { # SOURCE: pictures in $work/got
  rm -rf "$work/got"
  mkdir "$work/got"
  timeout 60 scanimage -d "$scanner_device" --resolution 300 --mode Color --source "$1" --format=pnm \
    --batch="$work/got/%03d.pnm" --batch-count=6 2>"$work/said"
  return 0
}
count() { [ "$(find "$work/got" -name '*.pnm' | wc -l)" = "$1" ] || { cat "$work/said"; return 1; }; }
said() { grep -q "$1" "$work/said" || { cat "$work/said"; return 1; }; }

start_scanner Sim "${files[@]}"
scan "ADF Duplex"
ok "both sides of both sheets, in order" count 4
ok "then the feeder is empty" said "out of documents"
scan ADF
ok "an empty feeder gives nothing" count 0
ok "load" scanner_control load
scan ADF
ok "fronts only" count 2
scanner_control load
scanner_control fault "jam 2"
scan "ADF Duplex"
# how many of the first sheet's sides come is sane-airscan's: it may drop what it fetched ahead when it hears of the jam
at_most() { [ "$(find "$work/got" -name '*.pnm' | wc -l)" -le "$1" ] || { cat "$work/said"; return 1; }; }
ok "a jam at sheet 2: nothing of that sheet comes" at_most 2
ok "it is called a jam" said "jammed"
ok "the sheet is put back" scanner_control clear
scan "ADF Duplex"
ok "the second sheet follows" count 2
finish

#!/bin/bash
# The simulated network scanner, twice: by our own eSCL client, which keeps the device's JPEG byte for byte, and by
# sane-airscan through libsane. Every scripted fault ends in its named error with every page before it kept.
. "$SOHOA_TOP_SRCDIR/tests/integration/desk-common.sh"
. "$SOHOA_TOP_SRCDIR/tests/escl/escl-common.sh"
pids=()
need "$pages"
probe=$build/tests/scan/sohoa-scan-probe
"$pages" --seed 5 --count 2 --kind clean --pages 2 --out "$work/paper" >/dev/null
mapfile -t files < <(ls "$work"/paper/*/page-*.jpg)
while [ ${#files[@]} -lt 8 ]; do files+=("${files[@]}"); done
files=("${files[@]:0:8}")

scan() { # ARGUMENT…
  rm -rf "$work/pictures"
  mkdir "$work/pictures"
  timeout 60 "$probe" --out "$work/pictures" "$@" >"$work/said" 2>/dev/null
  return 0
}
said() { grep -qxE "$1" "$work/said" || { cat "$work/said"; return 1; }; }
same() { # N: the pictures are the device's bytes, in its order
  local i
  for i in $(seq "$1"); do
    cmp "$work/pictures/$(printf 'page-%03d.jpeg' "$i")" "$work/sent/$(printf 'image-%04d.jpg' "$i")" || return 1
  done
}
stop_scanner() { kill "$scanner_pid" 2>/dev/null; wait "$scanner_pid" 2>/dev/null; true; }

mkdir "$work/sent"
start_scanner Sim --record "$work/sent" "${files[@]}"
scan --source adf-duplex "escl:$scanner_url"
ok "four sheets, both sides" said "end complete images 8 sheets 4 put-back 0 sides 0"
ok "the bytes are the device's own" same 8
scan --source adf "escl:$scanner_url"
ok "an empty feeder has its name" said "error Scan.NoPaper: .*"
scan --source auto "escl:$scanner_url"
ok "nothing in the feeder: the glass" said "ready source flatbed .*"
scanner_control load
scan --source adf-duplex --dpi 100 --size 148x210 --option Intent=Document "escl:$scanner_url"
ok "what is not offered is noted" said "note dpi: 100 is not offered by this scanner: 300 is used"
scan --option Intent=../x "escl:$scanner_url"
ok "a raw option is checked" said "error Scan.Option: .*"
scanner_control load
scan --source adf-duplex "airscan:$scanner_url"
ok "the same scanner through libsane" said "end complete images 8 sheets 4 put-back 0 sides 0"
ok "as rasters, resolution known" said "page 8 sheet 4 back tiff [0-9]+x[0-9]+ depth 8 channels 3 dpi 300x300 \[\]"
stop_scanner

# FAULT | how it ends | error
while IFS='|' read -r fault end error; do
  start_scanner Sim --fault "$fault" "${files[@]}"
  scan --limit 1500 --source adf-duplex "escl:$scanner_url"
  ok "$fault: $end" said "end $end"
  [ -z "$error" ] || ok "$fault is called $error" said "error Scan\.$error: .*"
  stop_scanner
done <<'END'
jam 2|failed images 2 sheets 1 put-back 2 sides 0|Jam
jam 2 back|failed images 3 sheets 1 put-back 2 sides 1|Jam
cover 3|failed images 4 sheets 2 put-back 3 sides 0|CoverOpen
double-feed 2|failed images 2 sheets 1 put-back 2 sides 0|DoubleFeed
busy 3 1|complete images 8 sheets 4 put-back 0 sides 0|
cut 3|failed images 2 sheets 1 put-back 2 sides 0|Vanished
shorter 3|failed images 2 sheets 1 put-back 2 sides 0|BadImage
longer 3|failed images 2 sheets 1 put-back 2 sides 0|Vanished
stall 3|failed images 2 sheets 1 put-back 2 sides 0|Hang
hang 4|failed images 3 sheets 1 put-back 2 sides 1|Hang
type 3|failed images 2 sheets 1 put-back 2 sides 0|BadImage
garbage 3|failed images 2 sheets 1 put-back 2 sides 0|BadImage
vanish 3|failed images 2 sheets 1 put-back 2 sides 0|Vanished
refuse 1|complete images 8 sheets 4 put-back 0 sides 0|
denied 1|failed images 0 sheets 0 put-back 0 sides 0|AccessDenied
END
scan "escl:$scanner_url"
ok "switched off" said "error Scan.Offline: .*"

# jam, put the sheet back, go on at its number
start_scanner Sim --fault "jam 2" "${files[@]}"
scan --source adf-duplex "escl:$scanner_url"
scanner_control clear
scan --source adf-duplex --first-sheet 2 "escl:$scanner_url"
ok "after a jam the batch goes on at the next sheet" said "page 1 sheet 2 front jpeg .*"
ok "to its end" said "end complete images 6 sheets 3 put-back 0 sides 0"
# a feeder slow enough to be stopped between the two sides of a sheet
stop_scanner
start_scanner Slow --interval-ms 2000 "${files[@]}"
scan --source adf-duplex --stop-after 3 "escl:$scanner_url"
ok "stop in the middle of a sheet says which one" said "end stopped images 3 sheets 1 put-back 2 sides 1"
finish

#!/bin/bash
# Whatever a driver does, the scan ends in its named error, and no page handed over is lost.
# The times seen are printed for bench/scan's reader; only their order, or a bound twenty times the promise, decides.
. "$SOHOA_TOP_SRCDIR/tests/integration/desk-common.sh"
build=${build:-$SOHOA_TOP_BUILDDIR}
pids=()
. "$SOHOA_TOP_SRCDIR/tests/scan/scan-common.sh"
setup_backends libsane-faulty.so faulty good crashinit exitinit hanginit crashlist hanglist badlist
limit=600 # ms for every driver call
export TMPDIR=$work/tmp # of this test alone: what is left behind is its own
mkdir "$TMPDIR"

scan() { # FILE ARGUMENT…
  local said=$1
  shift
  timeout 30 "$probe" --times --limit $limit "$@" >"$said" 2>/dev/null
  return 0
}

# name | device | source | error | images kept | put back from sheet | retried
cat >"$work/table" <<'END'
a driver that works|faulty:fine|adf|none|3|0|
hang in open: once more, then an end|faulty:hang-open|adf|Hang|0|0|retried
crash in open|faulty:crash-open|adf|WorkerDied|0|0|retried
exit in open|faulty:exit-open|adf|WorkerDied|0|0|retried
hang in reading the options|faulty:hang-descriptor|adf|Hang|0|0|retried
hang in setting an option|faulty:hang-control|adf|Hang|0|0|retried
crash in setting an option|faulty:crash-control|adf|WorkerDied|0|0|retried
hang in start, feeder: the sheet may have gone through, no second try|faulty:hang-start|adf|Hang|0|1|
hang in start, glass: once more|faulty:hang-start|flatbed|Hang|0|0|retried
crash in start, glass: once more|faulty:crash-start|flatbed|WorkerDied|0|0|retried
hang in read, feeder|faulty:hang-read|adf|Hang|0|1|
crash in read, glass|faulty:crash-read|flatbed|WorkerDied|0|0|retried
hang at the second sheet: the first is kept|faulty:hang-start-2|adf|Hang|1|2|
crash at the second sheet: the first is kept|faulty:crash-page-2|adf|WorkerDied|1|2|
hang in cancel harms no page|faulty:hang-cancel|adf|none|3|0|
crash in cancel harms no page|faulty:crash-cancel|adf|none|3|0|
hang in close harms no page|faulty:hang-close|adf|none|3|0|
crash in close harms no page|faulty:crash-close|adf|none|3|0|
access denied|faulty:denied-open|adf|AccessDenied|0|0|
busy|faulty:busy-open|adf|DeviceBusy|0|0|
no such device|faulty:gone-open|adf|NoDevice|0|0|
offline|faulty:io-open|adf|Offline|0|0|
jam at once|faulty:jam-1|adf|Jam|0|1|
jam in the second sheet|faulty:jam-read-2|adf|Jam|1|2|
cover open at the second sheet|faulty:cover-2|adf|CoverOpen|1|2|
vanished in the second sheet|faulty:io-read-2|adf|Vanished|1|2|
garbage parameters|faulty:garbage-parameters|adf|BadImage|0|1|
a picture larger than any sheet|faulty:huge-parameters|adf|TooLarge|0|1|
lines narrower than their pixels|faulty:narrow-lines|adf|BadImage|0|1|
more bytes than the buffer|faulty:lie-read|adf|BadImage|0|1|
reads without bytes|faulty:spin-read|adf|BadImage|0|1|
a page that does not end|faulty:endless-page|adf|TooLarge|0|1|
an empty page|faulty:empty-page|adf|BadImage|0|1|
options without end|faulty:endless-options|adf|Unsupported|0|0|
the same page of the glass for ever is one page|faulty:same-page-for-ever|flatbed|none|1|0|
unknown length|faulty:unknown-length|adf|none|3|0|
a short page is kept|faulty:short-page|adf|none|3|0|
a line that is cut off|faulty:odd-bytes|adf|none|3|0|
END
mkdir "$work/runs"
n=0 running=0
while IFS='|' read -r name device source rest; do
  n=$((n + 1))
  scan "$work/runs/$n" --source "$source" "$device" &
  running=$((running + 1))
  [ $running -lt 4 ] || { wait -n; running=$((running - 1)); }
done <"$work/table"
wait

ended() { # FILE ERROR IMAGES PUT-BACK RETRIED: how it must end
  local line want
  line=$(sed -n 's/^[0-9.]* end /end /p' "$1")
  want="end $([ "$2" = none ] && echo complete || echo failed) images $3 sheets $3 put-back $4 sides 0${5:+ $5}"
  [ "$line" = "$want" ] || { echo "want: $want"; cat "$1"; return 1; }
  [ "$2" = none ] || grep -q " error Scan\.$2: " "$1" || { cat "$1"; return 1; }
}
n=0
while IFS='|' read -r name device source error images back retried; do
  n=$((n + 1))
  ok "$name" ended "$work/runs/$n" "$error" "$images" "$back" "$retried"
done <"$work/table"
flags() { # DEVICE FLAGS: all three pages have them
  local file
  file=$work/runs/$(grep -n "|$1|" "$work/table" | cut -d: -f1)
  [ "$(grep -c "^[0-9.]* page .* \[$2\]$" "$file")" = 3 ] || { cat "$file"; return 1; }
}
ok "a short page says how short" flags faulty:short-page "short: 60 of 120 lines"
ok "a cut-off line is told" flags faulty:odd-bytes "short: 119 of 120 lines; cut-line"

# stop
answered() { # FILE: long before the driver's own deadline, and the outcome says so
  local ms
  ms=$(sed -n 's/.*stop-answer-ms //p' "$1")
  [ -n "$ms" ] && awk "BEGIN { exit !($ms < 2000) }" && grep -q " end stopped " "$1" || { cat "$1"; return 1; }
}
limit=5000
scan "$work/runs/slow" --source adf --stop-ms 700 faulty:slow-read &
scan "$work/runs/read" --source adf --stop-ms 700 faulty:hang-read &
scan "$work/runs/open" --source adf --stop-ms 700 faulty:hang-open &
scan "$work/runs/cancel" --source adf --stop-ms 700 faulty:slow-hang-cancel &
wait
# promised: 100 ms
for said in slow read open cancel; do
  sed -n "s/.*stop-answer-ms /# $said: answered after ms /p" "$work/runs/$said"
done
ok "stop is answered at once: between reads" answered "$work/runs/slow"
ok "stop is answered at once: the driver hangs in read" answered "$work/runs/read"
ok "stop is answered at once: the driver hangs in open" answered "$work/runs/open"
ok "stop is answered at once: the driver hangs in cancel" answered "$work/runs/cancel"

# look-up: every backend in its own worker
list() { # LIMIT-MS
  timeout 30 "$probe" --times --devices --limit "$1" --state "$work/backends.state" >"$work/said" 2>/dev/null
  awk '$2 == "found" || $2 == "done" { print "# " $0 }' "$work/said"
}
found_all() { # good, faulty and badlist are told before the deadline of hanginit and hanglist has passed
  local name
  for name in good faulty badlist; do
    awk -v d="$name:one" '$2 == "trouble" && $3 ~ /^hang/ { exit } $2 == "found" && $3 == d { found = 1 } END { exit !found }' "$work/said" || { cat "$work/said"; return 1; }
  done
}
trouble() { grep -q " trouble $1 Scan\.$2$" "$work/said" || { cat "$work/said"; return 1; }; }
list 5000
ok "two backends hang: the others are there before" found_all
ok "a hang in init is told" trouble hanginit Hang
ok "a hang in the list is told" trouble hanglist Hang
ok "a crash in init is told" trouble crashinit WorkerDied
ok "an exit in init is told" trouble exitinit WorkerDied
ok "a crash in the list is told" trouble crashlist WorkerDied
offenders() { [ "$(grep -c '^broke=' "$work/backends.state")" = 5 ]; }
ok "the five are remembered" offenders
list 60000
quicker() { awk '$2 == "done" { ok = 1 } END { exit !ok }' "$work/said" || { cat "$work/said"; return 1; }; }
ok "next time they get a short deadline" quicker
ok "and still delay nobody" found_all
left_over() { ! find "$TMPDIR" -name 'sohoa-scan-*' | grep .; }
ok "no private folder is left behind" left_over
finish

#!/bin/bash
# A short round of the fields' campaign: some invented documents, read, extracted, scored. TAP. The long one:
# flock … tests/record/campaign.py BUILD --seed 70000 --count 300 --cache DIR
set -u
top=${SOHOA_TOP_SRCDIR:-.} build=${SOHOA_TOP_BUILDDIR:-.}
[ -x "$build/tests/pages/sohoa-make-pages" ] || { echo "1..0 # SKIP the paper maker is not built (pango missing)"; exit 0; }
command -v python3 > /dev/null || { echo "1..0 # SKIP no python3"; exit 0; }
echo 1..1
out=$(python3 -B "$top/tests/record/campaign.py" "$build" --seed 81000 --count 4 2>&1)
status=$?
echo "$out" | sed 's/^/# /'
# no value may be claimed wrongly in so few; which ones are read at all is the long round's matter
if [ $status -eq 0 ] && echo "$out" | grep -q "wrong among them 0 "; then echo "ok 1 what is claimed is right"; else echo "not ok 1 what is claimed is right"; exit 1; fi

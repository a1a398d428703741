#!/bin/bash
# Poppler's verdict: VALID|INVALID|NONE, file. Certificates are not asked (no NSS database), the last
# signature must cover the whole file. Ends with 0 when VALID.
# usage: pdfsig.sh FILE
set -uo pipefail
[ $# -eq 1 ] || { echo "usage: pdfsig.sh FILE" >&2; exit 2; }
command -v pdfsig >/dev/null || { echo "pdfsig.sh: pdfsig: not found: install poppler-utils" >&2; exit 77; }
said=$(pdfsig -nocert "$1" 2>/dev/null)
verdict=VALID
grep -q 'Signature #' <<<"$said" || verdict=NONE
total=$(grep -c 'Signature Validation:' <<<"$said")
good=$(grep -c 'Signature Validation: Signature is Valid\.' <<<"$said")
if [ $verdict = VALID ] && { [ "$good" -ne "$total" ] || ! grep -q '  - Total document signed' <<<"$said"; }; then
  verdict=INVALID
fi
printf '%s\t%s\n' $verdict "$1"
[ $verdict = VALID ]

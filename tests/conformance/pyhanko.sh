#!/bin/bash
# pyHanko's verdict, one line per signature: field:fingerprint:VALID|INVALID|… Ends with 0 when VALID.
# usage: pyhanko.sh FILE TRUST.pem
set -uo pipefail
# shellcheck source=tests/conformance/conformance-common.sh
. "$(dirname "$0")/conformance-common.sh"
[ $# -eq 2 ] || { echo "usage: pyhanko.sh FILE TRUST.pem" >&2; exit 2; }
have_pyhanko || { echo "pyhanko.sh: pyHanko is not there: run tests/conformance/fetch.sh" >&2; exit 77; }
verdict=$("$tools/venv/bin/pyhanko" sign validate --no-revocation-check --trust "$2" --trust-replace \
  --executive-summary "$1" 2>&1)
status=$?
printf '%s\n' "$verdict"
[ $status -eq 0 ] && grep -q ':VALID$' <<<"$verdict" && ! grep -q ':INVALID' <<<"$verdict"

#!/bin/bash
# One line per file: PASS|FAIL|ERROR, flavour, file, failed rules (tab between), all in one virtual
# machine. Ends with 0 when all pass.
# usage: verapdf.sh [--flavour 2u|auto] FILE…    (auto: what each file claims to be; the default)
set -uo pipefail
# shellcheck source=tests/conformance/conformance-common.sh
. "$(dirname "$0")/conformance-common.sh"
flavour=auto
case ${1:-} in --flavour) flavour=${2:?flavour}; shift 2 ;; esac
[ $# -gt 0 ] || { echo "usage: verapdf.sh [--flavour 2u|auto] FILE…" >&2; exit 2; }
have_verapdf || { echo "verapdf.sh: veraPDF is not there: run tests/conformance/fetch.sh" >&2; exit 77; }
exec java -Xmx768m -cp "$tools/jars/*:$tools/classes" PdfaJudge "$flavour" "$@" 2>/dev/null

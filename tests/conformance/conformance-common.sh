# shellcheck shell=bash
# Sourced by the scripts here: where the fetched judges live.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${SOHOA_CONFORMANCE_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/sohoa-conformance}
# A change of what is pinned makes a new folder: an old cache is never half right.
stamp=$(cat "$here/pom.xml" "$here/PdfaJudge.java" "$here/requirements.txt" | sha256sum | cut -c1-12)
tools=$cache/$stamp
pdfjs_stamp=$(sha256sum <"$here/pdfjs/package.json" | cut -c1-12)

have_verapdf() { [ -e "$tools/verapdf.ok" ] && command -v java >/dev/null; }
have_pyhanko() { [ -e "$tools/pyhanko.ok" ] && [ -x "$tools/venv/bin/pyhanko" ]; }
have_pdfjs() { [ -e "$cache/pdfjs/$pdfjs_stamp.ok" ] && command -v node >/dev/null; }

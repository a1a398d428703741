#!/bin/bash
# Fetches the outside judges, pinned, into a cache folder outside the sources (no root needed):
# veraPDF's library with mvn, pyHanko with pip. Doing it again costs nothing.
# usage: fetch.sh [verapdf|pyhanko|pdfjs]…   (default: the first two; pdf.js needs npm)   SOHOA_CONFORMANCE_CACHE=FOLDER
set -euo pipefail
# shellcheck source=tests/conformance/conformance-common.sh
. "$(dirname "$0")/conformance-common.sh"
die() { echo "fetch.sh: $*" >&2; exit 1; }
need() { command -v "$1" >/dev/null || die "$1: not found: install ${2:-$1}"; }

fetch_verapdf() {
  have_verapdf && return 0
  need mvn maven; need javac default-jdk-headless
  rm -rf "$tools/jars" "$tools/classes"
  mkdir -p "$tools/pom" "$tools/classes"
  cp "$here/pom.xml" "$tools/pom/pom.xml"
  mvn -B -q -f "$tools/pom/pom.xml" dependency:copy-dependencies "-DoutputDirectory=$tools/jars" >&2 \
    || die "veraPDF: mvn could not fetch it: look at the network, then run again"
  (cd "$tools/jars" && sha256sum --quiet -c "$here/jars.sha256") >&2 || die "veraPDF: other bytes than pinned"
  javac -cp "$tools/jars/*" -d "$tools/classes" "$here/PdfaJudge.java" >&2 || die "PdfaJudge.java: does not compile"
  : >"$tools/verapdf.ok"
}

fetch_pyhanko() {
  have_pyhanko && return 0
  need python3
  rm -rf "$tools/venv"
  mkdir -p "$tools"
  python3 -m venv "$tools/venv" >&2 || die "pyHanko: no venv: install python3-venv"
  "$tools/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$here/requirements.txt" >&2 \
    || die "pyHanko: pip could not fetch it: look at the network, then run again"
  "$tools/venv/bin/pyhanko" --version >/dev/null || die "pyHanko: does not start"
  : >"$tools/pyhanko.ok"
}

fetch_pdfjs() {
  have_pdfjs && return 0
  need node nodejs; need npm
  rm -rf "$cache/pdfjs"
  mkdir -p "$cache/pdfjs"
  cp "$here/pdfjs/package.json" "$here/pdfjs/package-lock.json" "$cache/pdfjs/"
  (cd "$cache/pdfjs" && npm ci --silent --no-audit --no-fund --omit=optional) >&2 || die "pdf.js: npm could not fetch it"
  : >"$cache/pdfjs/$pdfjs_stamp.ok"
}

[ $# -gt 0 ] || set -- verapdf pyhanko
for judge in "$@"; do
  case $judge in
    verapdf) fetch_verapdf ;;
    pyhanko) fetch_pyhanko ;;
    pdfjs) fetch_pdfjs ;;
    *) die "$judge: unknown: verapdf, pyhanko or pdfjs" ;;
  esac
done
echo "$tools"

#!/bin/bash
# Pages that bear a secrecy mark, through the running daemon: every document is held, and no byte and no word of a
# page is found in its spool, store, runtime folder or log. Prints TAP.
# usage: SOHOA_TOP_SRCDIR=… SOHOA_TOP_BUILDDIR=… CORPUS=… tests/corpus/desk-secret.sh
. "${SOHOA_TOP_SRCDIR:?}/tests/integration/desk-common.sh"
corpus=${CORPUS:?folder of the corpus}
prepare
start_receiver
write_signing_conf qlvb </dev/null
start_daemon || { echo "Bail out! the daemon does not start"; exit 1; }

# Slices of the page's bytes and its longer words, looked for in everything the daemon has.
no_trace() { # FOLDER
  python3 - "$1" "$work/state" "$work/runtime" "$work/sohoad.log" <<'P'
import json, pathlib, sys
folder, places = pathlib.Path(sys.argv[1]), [pathlib.Path(p) for p in sys.argv[2:]]
marks = [page.read_bytes()[at:at + 48] for page in folder.glob("page-*.jpg") for at in range(4096, page.stat().st_size - 48, 65536)]
truth = json.loads((folder / "truth.json").read_text())
marks += [w.encode() for p in truth["pages"] for w in p["text"].split() if len(w) >= 7]
marks += [truth["subject"].encode(), truth["number"].encode()]
files = [f for p in places for f in ([p] if p.is_file() else p.rglob("*")) if f.is_file()]
found = [(str(f), m[:20]) for f in files for data in [f.read_bytes()] for m in marks if m in data]
print(len(files), "files,", len(marks), "marks,", found[:3])
sys.exit(bool(found))
P
}
for folder in "$corpus"/rendered-secret/doc-*; do
  name=$(basename "$folder")
  id=$("$sohoa" add --together "$folder"/page-*.jpg)
  ok "$name is held" wait_state "$id" 60 held
  ok "$name leaves no trace while held" no_trace "$folder"
  ok "$name purge" "$sohoa" purge "$id" --reason "state secret"
  ok "$name leaves no trace after the purge" no_trace "$folder"
  ok "$name has no sealed file left" test -z "$(find "$work/state" "$work/runtime" -name "*$id*" -type f)"
done
ok "nothing was registered" test "$(registrations)" = 0
finish

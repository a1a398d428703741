#!/bin/bash
# A large duplex stack, by hand: SHEETS=100 tests/integration/campaign-scan.sh (`make check` runs 4 sheets). Every side is
# a JPEG file of its own; registered, then the image streams of the PDF are compared with the device's files.
. "${SOHOA_TOP_SRCDIR:?}/tests/integration/desk-common.sh"
. "${SOHOA_TOP_SRCDIR:?}/tests/escl/escl-common.sh"
need "$pages" "$build/daemon/sohoad" "$build/scan/sohoa-scan-worker" dbus-daemon sqlite3 qpdf python3
sheets=${SHEETS:-4}
dpi=200
[ "$sheets" -le 60 ] || dpi=150 # a receiver of the axis takes 50 MB a document (domain.md 8.5)
prepare
start_receiver
write_signing_conf desk </dev/null
"$pages" --seed 41 --count 4 --kind office --pages 2 --dpi "$dpi" --out "$work/paper" >/dev/null
mkdir "$work/stack" "$work/rec"
# a comment segment makes every file another one, and changes no pixel
python3 - "$work" $((2 * sheets)) <<'PY'
import glob, sys
work, n = sys.argv[1], int(sys.argv[2])
base = sorted(glob.glob(work + "/paper/*/page-*.jpg"))
for i in range(n):
    data = open(base[i % len(base)], "rb").read()
    note = b"side %04d" % i
    open(work + "/stack/%04d.jpg" % i, "wb").write(data[:2] + b"\xff\xfe" + (len(note) + 2).to_bytes(2, "big") + note + data[2:])
PY
ok "the daemon starts" start_daemon
start_scanner Sim --record "$work/rec" "$work"/stack/*.jpg
scan_all() { timeout 1800 "$sohoa" scan -d "escl:$scanner_url" -s adf-duplex --sheets "$sheets" >"$work/said" 2>"$work/err" || { cat "$work/said" "$work/err"; return 1; }; }
began=$(date +%s%N)
ok "$sheets sheets, both sides" scan_all
id=$(sed -n 's/^document: //p' "$work/said")
ok "one document in review" wait_state "$id" 600 review
ready=$(date +%s%N)
ok "the count balances" grep -q "$sheets sheets x 2 sides + 0 again = kept $((2 * sheets)) + blank 0 + separators 0 + rejected 0" "$work/said"
"$sohoa" confirm "$id" --as demo >/dev/null
ok "registered" wait_state "$id" 900 done
ok "export" "$sohoa" export "$id" "$work/export" --name "{id}"
cat >"$work/streams.py" <<'PY'
import base64, hashlib, json, subprocess, sys
doc = json.loads(subprocess.run(["qpdf", "--json=2", "--json-stream-data=inline", "--decode-level=none", sys.argv[1]], capture_output=True).stdout)
objects = doc["qpdf"][1]
for page in doc["pages"]:
    for image in page["images"]:
        print(hashlib.sha256(base64.b64decode(objects["obj:" + image["object"]]["stream"]["data"])).hexdigest())
PY
exact() {
  python3 "$work/streams.py" "$work/export/$id.pdf" >"$work/in-pdf"
  sha256sum "$work"/stack/*.jpg | cut -d' ' -f1 | diff - "$work/in-pdf" && [ "$(wc -l <"$work/in-pdf")" = $((2 * sheets)) ]
}
ok "every image stream of the PDF is the device's file, in order" exact
ok "the receiver has one registration" test "$(registrations)" = 1
echo "# $((2 * sheets)) images: $(sed -n 's/.*feed \(complete\), .*/fed \1/p' "$work/sohoad.log" | head -n 1), in review after $(((ready - began) / 1000000)) ms"
finish

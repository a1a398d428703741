#!/bin/bash
# What a signature shows besides NĐ30's lines, measured on the rendered page by Poppler: the agency's seal in its real size
# (TT01), number and time of an annex in a file of its own, and the electronic ĐẾN stamp.
. "${SOHOA_TOP_SRCDIR:?}/tests/integration/desk-common.sh"
need "$pages" "$build/daemon/sohoad" dbus-daemon gdbus pdftoppm pdftotext pdfsig qpdf python3

prepare
page=$(make_page 83)
DPI=150
cat >"$work/seal.py" <<'P'
# A red ring of 36 mm on nothing, 300 dpi: a PNG by hand (ISO 15948).
import struct, sys, zlib
n = 425
def pixel(x, y):
    r = ((x - n / 2) ** 2 + (y - n / 2) ** 2) ** 0.5
    return b"\xd0\x00\x00\xff" if n / 2 - 14 < r <= n / 2 - 0.5 else b"\xff\xff\xff\x00"
rows = b"".join(b"\0" + b"".join(pixel(x, y) for x in range(n)) for y in range(n))
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
open(sys.argv[1], "wb").write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", n, n, 8, 6, 0, 0, 0))
    + chunk(b"pHYs", struct.pack(">IIB", 11811, 11811, 1)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
P
python3 "$work/seal.py" "$work/seal.png"
cat >"$work/measure.py" <<'P'
# measure.py seal|stamp PAGE.ppm DPI [BARE.ppm]: box of the red on the page in mm; dark dots that BARE has under it and PAGE has not
import sys
def read(path):
    with open(path, "rb") as f:
        assert f.readline().strip() == b"P6"
        w, h = map(int, f.readline().split())
        f.readline()
        return w, h, f.read()
what, dpi = sys.argv[1], float(sys.argv[3])
w, h, data = read(sys.argv[2])
red = [(i % w, i // w) for i in range(w * h) if data[3 * i] > 150 and data[3 * i + 1] < 90 and data[3 * i + 2] < 90]
x0, x1 = min(x for x, y in red), max(x for x, y in red) + 1
y0, y1 = min(y for x, y in red), max(y for x, y in red) + 1
mm = 25.4 / dpi
print(f"{what}: {(x1 - x0) * mm:.1f} x {(y1 - y0) * mm:.1f} mm, {x0 * mm:.1f} from the left, {(w - x1) * mm:.1f} from the right, {y0 * mm:.1f} from the top")
want = {"seal": (36, 36), "stamp": (50, 35)}[what]
ok = abs((x1 - x0) * mm - want[0]) < 0.7 and abs((y1 - y0) * mm - want[1]) < 0.7
if what == "seal":
    ok = ok and (w - x1) * mm < 30 and y0 * mm < 60
_, _, bare = read(sys.argv[4])
ink = lost = 0
for y in range(y0, y1):
    for x in range(x0, x1):
        i = 3 * (y * w + x)
        if bare[i] < 110 and bare[i + 1] < 110 and bare[i + 2] < 110:
            ink += 1
            lost += data[i] > 160 and data[i + 1] > 160  # paper where there was print
print(f"{lost} of {ink} dark dots lost under it")
sys.exit(not (ok and lost <= ink * 0.01 and (what == "seal" or ink <= 0.003 * (x1 - x0) * (y1 - y0))))  # specks
P
shot() { pdftoppm -r $DPI -f 1 -l 1 -singlefile "$1" "$2"; } # PDF, name without .ppm
process() { # OUT, options…
  local out=$1; shift
  timeout 200 "$sohoa" process "$page" -o "$work/$out.pdf" --json "$work/$out.json" --set "SourceCopy=Bản chính" --set "CopyForm=Sao y" \
    "$@" </dev/null
}

ok "the page without a signature" process bare
shot "$work/bare.pdf" "$work/bare"
ok "TT01: signed with the seal" process seal --profile VN-TT01-2019 --seal "$work/seal.png" --sign "p12:$work/ca/signer.p12"
shot "$work/seal.pdf" "$work/seal"
ok "the seal has its real size, top right, and no print is lost under it" python3 "$work/measure.py" seal "$work/seal.ppm" $DPI "$work/bare.ppm"
ok "agency and time stand with it, no form of copy" sh -c "'$sohoa' verify '$work/seal.pdf' --trust '$work/ca/test-ca.pem' | grep -Eq 'shown: +[^/]+ / [0-9-]+T[0-9:]+\+07:00\$'"
ok "and the signature is valid" sh -c "pdfsig -nocert '$work/seal.pdf' | grep -q 'Signature is Valid'"
ok "a width that is said counts" process wide --profile VN-TT01-2019 --seal "$work/seal.png" --seal-mm 30 --sign "p12:$work/ca/signer.p12"
ok "(30 mm on paper)" sh -c "qpdf --qdf --object-streams=disable '$work/wide.pdf' - | grep -aqE '^q (/GS1 gs )?85\.039 0 0 85\.039 '"
ok "NĐ30 shows no picture, also when there is one" process plain --seal "$work/seal.png" --sign "p12:$work/ca/signer.p12"
ok "(none)" sh -c "! qpdf --qdf --object-streams=disable '$work/plain.pdf' - | grep -aq '/SMask'"
ok "TT01 without a picture is signed, and that is said" process none --profile VN-TT01-2019 --sign "p12:$work/ca/signer.p12"
ok "(in the record)" grep -q 'seal: VN-TT01-2019 asks for its picture' "$work/none.json"
printf 'no picture' >"$work/bad.png"
ok "what is no PNG is refused" sh -c "! timeout 100 '$sohoa' process '$page' -o '$work/bad.pdf' --profile VN-TT01-2019 --seal '$work/bad.png' --set 'SourceCopy=Bản chính' --set 'CopyForm=Sao y' --sign 'p12:$work/ca/signer.p12' 2>'$work/err' </dev/null && grep -q 'picture of the seal: not a PNG' '$work/err' && test ! -e '$work/bad.pdf'"

ok "an annex in a file of its own" process annex --annex-of 152/UBND-VP --sign "p12:$work/ca/signer.p12"
ok "shows number and time, nothing else" sh -c "'$sohoa' verify '$work/annex.pdf' --trust '$work/ca/test-ca.pem' | grep -Eq 'shown: +152/UBND-VP / [0-9-]+T[0-9:]+\+07:00\$'"

# ---- the ĐẾN stamp: a profile that asks for it, and a number that the desk gives before it signs ----
cp -r "$SOHOA_TOP_SRCDIR/data" "$work/data" && chmod -R u+w "$work/data"
sed -i 's/^arrival-stamp=no/arrival-stamp=yes/' "$work/data/profiles/VN-ND30-2020.conf"
export SOHOA_DATA_DIR=$work/data
url=http://127.0.0.1:9
write_conf desk <<CONF
[signing]
p12=$work/ca/signer.p12
[demo]
enabled=yes
CONF
sed -i '/^\[target/,/^to=/d' "$work/sohoad.conf" # what is signed stays here
ok "the daemon starts" start_daemon
cp "$page" "$work/in/p.jpg"
for _ in $(seq 600); do [ -n "$(ids)" ] && break; sleep 0.1; done
id=$(ids | head -n 1)
ok "the page is read" wait_state "$id" 60 review
"$sohoa" set "$id" "ArrivalDate=$(TZ=Asia/Ho_Chi_Minh date +%F)" >/dev/null
confirm_seen "$id" >/dev/null; wait_state "$id" 30 confirmed; "$sohoa" sign "$id" >/dev/null 2>&1
ok "it is signed" wait_state "$id" 60 signed
pdf=$work/state/spool/$id/document.pdf
shot "$pdf" "$work/stamped"
ok "the stamp is 50 × 35 mm, over no print" python3 "$work/measure.py" stamp "$work/stamped.ppm" $DPI "$work/bare.ppm"
pdftotext -layout -f 1 -l 1 "$pdf" "$work/stamped.txt"
ok "number, day, and the lines to fill in" sh -c "grep -q 'ĐẾN' '$work/stamped.txt' && grep -q 'Số: 1\b' '$work/stamped.txt' && grep -q 'Ngày: $(TZ=Asia/Ho_Chi_Minh date +%d/%m/%Y)' '$work/stamped.txt' && grep -q 'Chuyển:' '$work/stamped.txt' && grep -q 'Số và ký hiệu HS:' '$work/stamped.txt'"
ok "it is no annotation" sh -c "test \$(qpdf --json '$pdf' | grep -c '/Subtype\": \"/Stamp\"') = 0"
ok "the signature holds it" sh -c "pdfsig -nocert '$pdf' | grep -q 'Total document signed'"
finish

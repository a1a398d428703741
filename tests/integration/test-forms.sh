#!/bin/bash
# The record in its forms: XMP of the finished file says what the JSON says, field by field, with the mark of conversion.
. "${SOHOA_TOP_SRCDIR:?}/tests/integration/desk-common.sh"
need "$pages" "$build/cli/sohoa" python3

page=$(make_page 71)
ok "a document is made" "$sohoa" process "$page" -o "$work/out.pdf" --json "$work/out.json" --set "Subject=V/v <thử> & \"dấu\" Đồng Tháp" \
  --set "OrganId=H31.98.01" --set "DueDate=2026-12-01"
compare() { python3 - "$work/out.pdf" "$work/out.json" <<'PY'
import json, re, sys, xml.etree.ElementTree as ET
data = open(sys.argv[1], "rb").read()
packet = re.search(rb"<x:xmpmeta.*?</x:xmpmeta>", data, re.S).group(0)
root = ET.fromstring(packet)
ns, rdf = "{https://sohoa.vn/ns/document/1/}", "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
said = {}
for e in root.iter():
    if e.tag.startswith(ns):
        items = [li.text for li in e.iter(rdf + "li")]
        said[e.tag[len(ns):]] = items if items else e.text
fields = {k: f["value"] for k, f in json.load(open(sys.argv[2]))["fields"].items() if f["value"] not in ("", [])}
marks = {k: said.pop(k) for k in list(said) if k in ("Profile", "ConversionMark", "ConvertedBy", "ConvertedAt")}
assert marks["ConversionMark"] == "Số hóa từ văn bản giấy" and marks["Profile"] == "VN-ND30-2020", marks
assert marks["ConvertedAt"].endswith("+07:00"), marks
squeeze = lambda v: [squeeze(x) for x in v] if isinstance(v, list) else " ".join(str(v).split())
assert said == {k: squeeze(v) for k, v in fields.items()}, (said, fields)
assert said["Subject"] == 'V/v <thử> & "dấu" Đồng Tháp' and len(fields) > 8
schema = packet.decode()
for name in list(said) + list(marks):
    assert f"<pdfaProperty:name>{name}</pdfaProperty:name>" in schema, name
PY
}
ok "XMP and JSON say the same, each property is described" compare
finish

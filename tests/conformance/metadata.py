#!/usr/bin/env python3
"""Info and XMP of each file say the same (ISO 19005-1, 6.7.3; 19005-2, 6.6.3), as Poppler's pdfinfo reads them, and the language
and the title bar are set. usage: metadata.py FILE…   Prints what differs; ends with 0 when nothing does."""
import datetime
import subprocess
import sys
import xml.etree.ElementTree as ET

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
DC = "{http://purl.org/dc/elements/1.1/}"
XMP = "{http://ns.adobe.com/xap/1.0/}"
PDF = "{http://ns.adobe.com/pdf/1.3/}"


def ask(*options):
    return subprocess.run(["pdfinfo", *options], capture_output=True, check=True).stdout.decode("utf-8")


def info_of(path):
    lines = (line.split(":", 1) for line in ask("-isodates", "-enc", "UTF-8", path).splitlines() if ":" in line)
    return {key.strip(): value.strip() for key, value in lines}


def moment(text):
    """One moment in time, whatever zone it is told in: ISO 8601, of which older Pythons want the zone with a colon."""
    if text.endswith("Z"):
        text = text[:-1] + "+00:00"
    elif len(text) > 3 and text[-3] in "+-":
        text += ":00"
    return datetime.datetime.fromisoformat(text)


def check(path):
    info, root = info_of(path), ET.fromstring(ask("-meta", path).strip().encode("utf-8"))
    title = root.find(f".//{DC}title/{RDF}Alt/{RDF}li")
    found = {
        "Title": title.text if title is not None else None,
        "Creator": root.findtext(f".//{XMP}CreatorTool"),
        "Producer": root.findtext(f".//{PDF}Producer"),
    }
    for key, value in found.items():
        if not value or info.get(key) != value:
            yield f"{key}: {info.get(key)!r} in Info, {value!r} in XMP"
    for key, name in (("CreationDate", "CreateDate"), ("ModDate", "ModifyDate")):
        value = root.findtext(f".//{XMP}{name}")
        if not value or key not in info or moment(info[key]) != moment(value):
            yield f"{key}: {info.get(key)!r} in Info, {value!r} in XMP"
    if root.findtext(f".//{DC}language/{RDF}Bag/{RDF}li") != "vi-VN":
        yield "no language in XMP"


def main():
    bad = 0
    for path in sys.argv[1:]:
        for fault in check(path):
            print(f"{path}: {fault}")
            bad += 1
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
"""Makes PDF files of many shapes to sign by incremental update. usage: make-shapes.py FOLDER VARIED
VARIED: a folder of tests/pdf/varied-pdfs. Writes FOLDER/good-*.pdf and FOLDER/refuse-*.pdf; needs qpdf."""
import pathlib, shutil, subprocess, sys

OUT, VARIED = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
CONTENT = b"BT /F1 12 Tf 50 700 Td (Shape) Tj ET"


def stream(data, inner=b""):
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (inner, len(data), data)


def objects(catalog=b"", page=b"", extra=(), pages=b"<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 595 842]>>"):
    made = {1: b"<</Type/Catalog/Pages 2 0 R%s>>" % catalog, 2: pages,
            3: b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>%s>>" % page,
            4: stream(CONTENT), 5: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"}
    made.update(dict(extra))
    return made


def write(made, newline=b"\n", header=b"%PDF-1.7", generations={}, trailer=b"", tail=None, skip=()):
    """Classic table, one section; free entries for numbers that are not there."""
    out = bytearray(header + newline)
    at = {}
    for number, body in made.items():
        at[number] = len(out)
        out += b"%d %d obj%s%s%sendobj%s" % (number, generations.get(number, 0), newline, body, newline, newline)
    size, start = max(made) + 1, len(out)
    out += b"xref" + newline + b"0 %d" % size + newline
    for number in range(size):
        end = b"\r\n" if newline == b"\r\n" else b" \n"
        if number in at:
            out += b"%010d %05d n" % (at[number], generations.get(number, 0)) + end
        else:
            out += b"0000000000 65535 f" + end
    out += b"trailer" + newline + b"<</Size %d/Root 1 %d R%s>>" % (size, generations.get(1, 0), trailer) + newline
    out += b"startxref" + newline + b"%d" % start + newline + (b"%%EOF" + newline if tail is None else tail)
    return bytes(out), at, start


def save(name, data):
    (OUT / f"{name}.pdf").write_bytes(data if isinstance(data, bytes) else data[0])


def updated(data, start, changed, size, root=b"1 0 R"):
    out = bytearray(data)
    rows = b""
    for number, body in changed.items():
        rows += b"%d 1\n%010d 00000 n \n" % (number, len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    at = len(out)
    out += b"xref\n" + rows + b"trailer\n<</Size %d/Root %s/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (size, root, start, at)
    return bytes(out)


def hybrid():
    """A classic table whose trailer points to a cross-reference stream for an object inside an object stream."""
    made = objects()
    font = made.pop(5)
    packed = b"5 0 " + font
    made[6] = stream(packed, b"/Type/ObjStm/N 1/First 4")
    data, at, start = write(made, tail=b"")
    body = data[:start]
    xref_at = len(body)
    row = lambda kind, a, b: bytes([kind]) + a.to_bytes(4, "big") + b.to_bytes(2, "big")
    table = row(2, 6, 0) + row(1, xref_at, 0)
    body += b"7 0 obj\n" + stream(table, b"/Type/XRef/Size 8/W[1 4 2]/Index[5 1 7 1]/Root 1 0 R") + b"\nendobj\n"
    start = len(body)
    body += b"xref\n0 7\n0000000000 65535 f \n"
    for number in range(1, 7):
        body += b"%010d 00000 n \n" % at[number] if number in at else b"0000000000 65535 f \n"
    body += b"trailer\n<</Size 8/Root 1 0 R/XRefStm %d>>\nstartxref\n%d\n%%%%EOF\n" % (xref_at, start)
    return body


def qpdf(source, name, *options):
    subprocess.run(["qpdf", *options, str(source), str(OUT / f"{name}.pdf")], check=True)


def main():
    OUT.mkdir(exist_ok=True)
    field = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(Ten)/V(x)/Rect[50 50 150 70]/F 4/P 3 0 R/DA(/F1 9 Tf)>>"
    plain, at, start = write(objects())
    save("good-01-classic", plain)
    save("good-02-hybrid", hybrid())
    qpdf(OUT / "good-01-classic.pdf", "good-03-xref-stream", "--object-streams=generate")
    qpdf(OUT / "good-01-classic.pdf", "good-04-linearized", "--linearize")
    qpdf(OUT / "good-01-classic.pdf", "good-05-linearized-streams", "--linearize", "--object-streams=generate")
    save("good-06-updated", updated(plain, start, {4: stream(b"BT /F1 12 Tf 50 700 Td (Second) Tj ET")}, max(at) + 1))
    save("good-07-form-direct", write(objects(b"/AcroForm<</Fields[6 0 R]>>", b"/Annots[6 0 R]", {6: field})))
    save("good-08-form-indirect", write(objects(b"/AcroForm 7 0 R", b"/Annots[6 0 R]", {6: field, 7: b"<</Fields[6 0 R]>>"})))
    save("good-09-fields-indirect", write(objects(b"/AcroForm 7 0 R", b"/Annots 9 0 R",
         {6: field, 7: b"<</Fields 8 0 R>>", 8: b"[6 0 R]", 9: b"[6 0 R]"})))
    save("good-10-no-newline-at-end", write(objects(), tail=b"%%EOF"))
    save("good-11-crlf", write(objects(), newline=b"\r\n"))
    save("good-12-old-version", write(objects(), header=b"%PDF-1.4"))
    save("good-13-gaps", write(objects(extra={20: b"(far)"})))
    save("good-14-info-and-id", write(objects(extra={6: b"<</Title(Shape)>>"}), trailer=b"/Info 6 0 R/ID[<00112233445566778899aabbccddeeff><00112233445566778899aabbccddeeff>]"))
    save("good-15-nested-pages", write(objects(extra={6: b"<</Type/Pages/Parent 2 0 R/Kids[3 0 R]/Count 1/Rotate 90>>"},
         pages=b"<</Type/Pages/Kids[6 0 R]/Count 1/MediaBox[0 0 595 842]>>")))
    save("good-16-rotated", write(objects(page=b"/Rotate 270")))
    save("good-17-name-taken", write(objects(b"/AcroForm<</Fields[6 0 R]>>", b"/Annots[6 0 R]", {6: field.replace(b"(Ten)", b"(SohoaSignature1)")})))
    save("good-18-empty-annots", write(objects(b"/AcroForm<</Fields[]/SigFlags 1>>", b"/Annots[]")))
    save("good-19-empty-signature-field", write(objects(b"/AcroForm<</Fields[6 0 R]/SigFlags 1>>", b"/Annots[6 0 R]",
         {6: b"<</Type/Annot/Subtype/Widget/FT/Sig/T(Later)/Rect[0 0 0 0]/F 132/P 3 0 R>>"})))
    save("good-20-outlines", write(objects(b"/Outlines 6 0 R/PageMode/UseOutlines", extra={6: b"<</Type/Outlines/First 7 0 R/Last 7 0 R/Count 1>>",
         7: b"<</Title(One)/Parent 6 0 R/Dest[3 0 R/Fit]>>"})))
    for number, source in enumerate(["1b-colour-plain-0", "1b-bitonal-plain-3-signed", "2u-grey-plain-1", "2u-mixed-odd-4-signed",
                                     "3u-palette-plain-1", "3u-grey-plain-5-signed"], 21):
        shutil.copy(VARIED / f"{source}.pdf", OUT / f"good-{number}-pdfa-{source}.pdf")
    qpdf(OUT / "good-01-classic.pdf", "refuse-encrypted", "--encrypt", "", "secret", "256", "--")
    save("refuse-damaged-table", plain.replace(b"0000000009 00000 n", b"0000000019 00000 n"))
    save("refuse-cut", plain[:-60])
    save("refuse-certified", write(objects(b"/AcroForm<</Fields[6 0 R]/SigFlags 3>>", b"/Annots[6 0 R]", {
        6: b"<</Type/Annot/Subtype/Widget/FT/Sig/T(S)/Rect[0 0 0 0]/F 132/P 3 0 R/V 7 0 R>>",
        7: b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/Contents<3000>/ByteRange[0 1 2 3]/Reference"
           b"[<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</P 1/V/1.2>>>>]>>"})))


main()

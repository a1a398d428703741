#!/usr/bin/python3
"""Do three readers find the words of the text layer again? usage: readers.py FILE.pdf WORDS.tsv [--pdfjs FOLDER] [--show N]

WORDS.tsv as tests/pdf/layer-pdf writes it: page, word, left, top, right, bottom (px), dpi, turned. Readers: pdftotext
(its text and its word boxes), MuPDF (python3-fitz), pdf.js. Words are compared as bags page by page, byte by byte, boxes by their left and right
edges. One line per reader: name, words, differing words, words not NFC, boxes off by more than 0.5 px, largest. Exit 1 when a word differs."""
import argparse, collections, html, json, pathlib, re, shutil, subprocess, sys, unicodedata

HERE = pathlib.Path(__file__).resolve().parent
BOX_PX = 0.5
Word = collections.namedtuple("Word", "text x0 y0 x1 y1 dpi turned")


def expected(path):
    pages = collections.defaultdict(list)
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        page, text, *rest = line.split("\t")
        pages[int(page)].append(Word(text, *map(float, rest[:5]), rest[5] == "1"))
    return pages


def poppler_text(pdf):
    out = subprocess.run(["pdftotext", "-enc", "UTF-8", pdf, "-"], stdout=subprocess.PIPE, check=True).stdout.decode()
    return [page.split() for page in out.split("\f")[:-1]], None


def poppler_boxes(pdf):
    out = subprocess.run(["pdftotext", "-bbox", "-enc", "UTF-8", pdf, "-"], stdout=subprocess.PIPE, check=True).stdout.decode()
    words, boxes = [], []
    for line in out.splitlines():
        if "<page " in line:
            words.append([]); boxes.append([])
        match = re.search(r'<word xMin="([^"]*)" yMin="([^"]*)" xMax="([^"]*)" yMax="([^"]*)">(.*)</word>', line)
        if match:
            text = html.unescape(match.group(5))
            words[-1].append(text)
            boxes[-1].append((text, *map(float, match.groups()[:4])))
    return words, boxes


def mupdf_text(pdf):
    out = subprocess.run(["mutool", "draw", "-q", "-F", "txt", "-o", "-", pdf], stdout=subprocess.PIPE, check=True).stdout.decode()
    return [page.split() for page in out.split("\f")[:-1]], None


def mupdf_boxes(pdf):
    import fitz
    words, boxes = [], []
    for page in fitz.open(pdf):
        found = page.get_text("words", flags=fitz.TEXT_PRESERVE_LIGATURES | fitz.TEXT_PRESERVE_WHITESPACE)
        words.append([w[4] for w in found])
        boxes.append([(w[4], w[0], w[1], w[2], w[3]) for w in found])
    return words, boxes


def pdfjs(folder):
    def read(pdf):
        out = subprocess.run(["node", str(HERE / "pdfjs-text.js"), folder, pdf], stdout=subprocess.PIPE, check=True).stdout
        return [json.loads(line)[0].split() for line in out.decode().split("\n") if line], None
    return read


def boxes_off(want, got):
    """Each word to the nearest box of the same text that no other word has; how far its edges along the line are off, px."""
    off = []
    have = collections.defaultdict(list)
    for text, *box in got:
        have[text].append(box)
    for word in want:
        k = word.dpi / 72
        def far(b, both):
            x = max(abs(b[0] * k - word.x0), abs(b[2] * k - word.x1))
            y = max(abs(b[1] * k - word.y0), abs(b[3] * k - word.y1))
            return x + y if both else y if word.turned else x
        if have[word.text]:
            best = min(have[word.text], key=lambda b: far(b, True))
            have[word.text].remove(best)
            off.append((far(best, False), word))
    return off


def judge(name, read, pdf, pages, show):
    words, boxes = read(pdf)
    total = differing = not_nfc = 0
    off = []
    for number, want in sorted(pages.items()):
        got = words[number - 1] if number <= len(words) else []
        missing = collections.Counter(w.text for w in want)
        extra = collections.Counter(got)
        missing, extra = missing - extra, extra - missing
        lost = max(sum(missing.values()), sum(extra.values()))
        total += len(want)
        differing += lost
        not_nfc += sum(not unicodedata.is_normalized("NFC", w) for w in got)
        if lost and show > 0:
            print(f"  {name} page {number}: missing {list(missing.elements())[:show]} instead {list(extra.elements())[:show]}")
        if boxes:
            off += boxes_off(want, boxes[number - 1])
    wide = [o for o, _ in off if o > BOX_PX]
    if show > 0:
        for o, w in sorted(off, key=lambda x: -x[0])[:show]:
            print(f"  {name} box {o:.2f} px {w.text}")
    print(f"{name}\twords {total}\tdiffering {differing}\tnot NFC {not_nfc}"
          + (f"\tboxes off {len(wide)}\tlargest {max((o for o, _ in off), default=0):.2f} px" if boxes else ""))
    return differing + not_nfc


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pdf"); parser.add_argument("words")
    parser.add_argument("--pdfjs"); parser.add_argument("--show", type=int, default=0)
    a = parser.parse_args()
    pages = expected(a.words)
    readers = [("poppler", poppler_text), ("poppler-boxes", poppler_boxes)]
    if shutil.which("mutool"):
        readers.append(("mupdf", mupdf_text))
    try:
        import fitz  # noqa: F401
        readers.append(("mupdf-boxes", mupdf_boxes))
    except ImportError:
        print("mupdf-boxes\tSKIP python3-fitz is not installed")
    if a.pdfjs:
        readers.append(("pdf.js", pdfjs(a.pdfjs)))
    return 1 if sum([judge(n, r, a.pdf, pages, a.show) for n, r in readers]) else 0


sys.exit(main())

"""Judges two texts. words.py nfc FILE: every character is NFC. words.py within A B: every word of A is
in B at least as often (B may hold more: the signature's text block). Prints what is missing."""
import collections
import sys
import unicodedata


def read(path):
    with open(path, encoding="utf-8") as stream:  # a byte that is not UTF-8 is an error
        return stream.read()


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "nfc":
        text = read(arguments[1])
        bad = [word for word in text.split() if not unicodedata.is_normalized("NFC", word)]
        print(" ".join(bad[:10]))
        return 1 if bad or not text.strip() else 0
    if len(arguments) == 3 and arguments[0] == "within":
        missing = collections.Counter(read(arguments[1]).split()) - collections.Counter(read(arguments[2]).split())
        print(" ".join(list(missing)[:10]))
        return 1 if missing else 0
    print(__doc__, file=sys.stderr)
    return 2


sys.exit(main(sys.argv[1:]))

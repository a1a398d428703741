"""What is right, and the tables: shared by score-corpus.py, campaign.py and tests/corpus/check-corpus."""
import collections, json, re, subprocess, unicodedata

CLAIM = 0.9
MANDATORY = ("TypeName", "CodeNumber", "CodeNotation", "IssuedDate", "OrganName", "Subject", "FullName")
LISTS = ("ToPlaces",)


def norm(s):
    """letters and digits without marks and case"""
    s = unicodedata.normalize("NFD", (s or "").replace("\u0110", "D").replace("\u0111", "d").replace("\u00d0", "D"))
    return re.sub(r"[^a-z0-9]+", " ", "".join(c for c in s if not unicodedata.combining(c)).lower()).strip()


def marks(s):
    """letters and marks; case, punctuation and the place of the tone aside"""
    s = re.sub(r"\W+", " ", s or "").strip()
    return sorted(unicodedata.normalize("NFD", s.lower().replace("\u00f0", "\u0111")))


def distance(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        old, row[0] = row[0], i
        for k, y in enumerate(b, 1):
            old, row[k] = row[k], min(row[k] + 1, row[k - 1] + 1, old + (x != y))
    return row[-1]


def bare_subject(text):
    return re.sub(r"^(v v|ve viec|ve) ", "", norm(text))


def same(key, have, want):
    have, want = str(have), str(want)
    if key in ("CodeNumber", "IssuedDate", "Priority", "ArrivalNumber", "ArrivalDate", "DueDate", "MeetingTime", "SourceCopy"):
        return have == want
    if key in ("CodeNotation", "ResponseFor"):
        return have.replace("\u00d0", "\u0110") == want.replace("\u00d0", "\u0110")
    if key == "TypeName":
        return norm(have) == norm(want)
    if key == "Subject":
        a, b = bare_subject(have), bare_subject(want)
        return distance(a, b) <= 0.03 * max(len(a), len(b), 1)
    if key == "ToPlaces":
        a, b = norm(have), norm(want)
        return distance(a, b) <= 0.05 * max(len(a), len(b), 1)
    return marks(have) == marks(want)


def extract(build, layers):
    out = subprocess.run([build / "tests/record/extract-layers", *layers], capture_output=True, text=True)
    if out.returncode:
        raise SystemExit(f"extract-layers: {out.stderr}")
    return json.loads(out.stdout)


def corpus_truths(corpus):
    """name, values (without those that the labels call unsure), keys written by hand; of the real scans"""
    priority = {"": "0", "khẩn": "1", "thượng khẩn": "2", "hỏa tốc": "3", "hỏa tốc hẹn giờ": "4"}
    for line in (corpus / "scans.jsonl").read_text().splitlines():
        d = json.loads(line)
        number, _, symbol = d["so_ky_hieu"].partition("/")
        truth = {"TypeName": d["loai"], "CodeNumber": number, "CodeNotation": symbol, "IssuedDate": d["ngay_ban_hanh"],
                 "OrganName": d["co_quan_ban_hanh"], "OrganSuperior": d["co_quan_chu_quan"], "Subject": d["trich_yeu"],
                 "FullName": d["nguoi_ky"], "Priority": priority[(d["do_khan"] or "").lower()]}
        if "so_ky_hieu" in d["khong_chac"]:
            truth["CodeNumber"] = truth["CodeNotation"] = None
        if "ngay_ban_hanh" in d["khong_chac"]:
            truth["IssuedDate"] = None
        hand = {key for key, flag in (("CodeNumber", "so_viet_tay"), ("IssuedDate", "ngay_viet_tay")) if d[flag]}
        yield d["id"], {k: v for k, v in truth.items() if v}, hand


def text_of(field):
    value = field["value"]
    return "\n".join(value) if isinstance(value, list) else str(value)


NOTHING = {"value": "", "confidence": 0, "handwritten": False}


class Score:
    """@points: file that gets a line "key confidence right" per claim, for bins.py"""

    def __init__(self, verbose=False, points=None):
        self.table = collections.defaultdict(lambda: collections.Counter())
        self.docs = collections.Counter()
        self.hand = collections.Counter()
        self.verbose, self.points = verbose, open(points, "a") if points else None

    def say(self, *what):
        if self.verbose:
            print(*what)

    def document(self, name, record, truth, hand):
        """@truth: key → value, None = the paper has none; @hand: keys written by hand or stamped"""
        wrong_mandatory, keys = False, 0
        for key, want in truth.items():
            field = record["fields"].get(key, NOTHING)
            have, kind = text_of(field), "hand" if key in hand else "print"
            claimed = field["confidence"] >= CLAIM and have != ""
            right = same(key, have, want) if want is not None else not claimed
            row = self.table[(key, kind if want is not None else "none")]
            row.update(n=1, right=right, claimed=claimed, wrong=claimed and not right, good=claimed and right)
            wrong_mandatory |= claimed and not right and key in MANDATORY
            if key in MANDATORY and want:
                # the scripted clerk: one key takes a claimed value, two keys look at a doubtful one and take it; a wrong one
                # that he meets is typed anew
                keys += 1 if claimed else 2 if right else 2 + len(want)
            if want is not None and key in ("CodeNumber", "IssuedDate"):
                self.hand.update({(kind, bool(field["handwritten"]) or have == ""): 1})
            if have != "" and self.points and want is not None:
                self.points.write(f"{key} {field['confidence']:.3f} {int(right)} {kind}\n")
            if not right or (want is not None and not claimed and kind == "print"):
                state = "CLAIMED WRONG" if claimed and not right else "wrong" if not right else "unclaimed"
                self.say(f"{name:22} {key:13} {kind} {state} {field['confidence']:.2f} have={have[:90]!r} want={str(want)[:90]!r} "
                         f"raw={field.get('raw', '')[:70]!r}")
        self.docs.update(n=1, bad=wrong_mandatory, keys=keys)

    def parts(self, name, record, want):
        have = [(p["role"], p["first_page"], p["pages"]) for p in record["parts"]]
        self.table[("parts", "print")].update(n=1, right=have == want, claimed=1, wrong=have != want, good=have == want)
        if have != want:
            self.say(f"{name:22} parts         wrong have={have} want={want}")

    def report(self, least=0):
        """prints the tables; whether every printed field reaches @least per cent and the claims hold"""
        print(f"{'field':22}{'kind':7}{'scored':>7}{'right':>7}{'%':>7}{'claimed':>9}{'wrong':>7}{'claimed of right %':>20}")
        fine = True
        for (key, kind), r in sorted(self.table.items()):
            share = 100 * r["right"] / r["n"]
            low = kind != "hand" and share < least
            fine &= not low
            print(f"{key:22}{kind:7}{r['n']:7}{r['right']:7}{share:7.1f}{r['claimed']:9}{r['wrong']:7}"
                  f"{100 * r['good'] / max(r['right'], 1):20.1f}{'  TOO LOW' if low else ''}")
        rows = [r for (key, kind), r in self.table.items() if key != "parts"]
        printed = [r for (key, kind), r in self.table.items() if kind == "print" and key != "parts"]
        claimed, wrong = sum(r["claimed"] for r in rows), sum(r["wrong"] for r in rows)
        right = sum(r["right"] for r in printed)
        print(f"claimed {claimed}, wrong among them {wrong} ({100 * wrong / max(claimed, 1):.2f} %); "
              f"right printed values claimed {100 * sum(r['good'] for r in printed) / max(right, 1):.1f} %")
        seen, all_hand = self.hand[("hand", True)], self.hand[("hand", True)] + self.hand[("hand", False)]
        if all_hand:
            print(f"handwriting known as such {seen} of {all_hand} ({100 * seen / all_hand:.1f} %); print taken for "
                  f"handwriting {self.hand[('print', True)]} of {self.hand[('print', True)] + self.hand[('print', False)]}")
        n = max(self.docs["n"], 1)
        print(f"documents {self.docs['n']}, with a confident wrong mandatory field {self.docs['bad']} "
              f"({100 * self.docs['bad'] / n:.1f} %); keystrokes to a right record {self.docs['keys'] / n:.1f} each")
        return fine and wrong < 0.02 * max(claimed, 1)

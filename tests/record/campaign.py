#!/usr/bin/env python3
"""campaign.py BUILD --seed N --count N [--cache DIR] [--least PERCENT] [-v]: makes invented documents of all families
and types (sohoa-make-pages --wide), reads them with the recogniser, extracts, and scores every field against the
truth. Text layers are kept in the cache, so that a second run costs seconds. Chunks of 10 documents; pictures go as
soon as they are read. Exit status 1 when a field is under --least or a value is claimed (>= 0.9) wrongly too often.

The long round of the issue: flock … tests/record/campaign.py BUILD --seed 70000 --count 300 --cache DIR"""
import argparse, json, os, pathlib, re, shutil, subprocess, sys, tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import scoring

CHUNK, DPI = 10, 200


def read_chunk(build, seed, count, cache, dpi):
    """truth and layers of @count documents from @seed in the cache"""
    with tempfile.TemporaryDirectory(prefix="sohoa-campaign-") as tmp:
        subprocess.run([build / "tests/pages/sohoa-make-pages", "--wide", "--seed", str(seed), "--count", str(count),
                        "--dpi", str(dpi), "--out", tmp], check=True)
        for i in range(count):
            source, target = pathlib.Path(tmp) / f"doc-{i:03}", cache / f"{seed + i}"
            target.mkdir(parents=True, exist_ok=True)
            for page in sorted(source.glob("page-*.jpg")):
                subprocess.run([build / "ocr/sohoa-ocr-dump", "--dpi", str(dpi), "--variant",
                                target / (page.stem + ".gvariant"), page], check=True, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, env=dict(os.environ, OMP_THREAD_LIMIT="1"))
            shutil.copy(source / "truth.json", target / "truth.json")


def truth_of(folder):
    """values of the record that the paper shows; None = must not be claimed"""
    d = json.loads((folder / "truth.json").read_text())
    number, _, symbol = d["number"].partition("/")
    if "-" in number:  # 139-TB/TU
        number, symbol = number.split("-")[0], d["number"].split("-", 1)[1]
    person = d["family"] == "person"
    want = {"TypeName": d["type_name"], "CodeNumber": number or None, "CodeNotation": symbol or None, "IssuedDate": d["date"],
            "OrganName": d["agency"] or None, "OrganSuperior": d["superior"] or None, "Subject": d["subject"] or None,
            "FullName": d["signer"], "Place": d["place"], "Position": d["title"],
            "Competence": d["authority"].replace("\n", " ") or None,
            "Priority": {"": "0", "KHẨN": "1", "THƯỢNG KHẨN": "2", "HỎA TỐC": "3"}[d["urgency"]],
            "SphereOfPromulgation": d["circulation"] or None, "DueDate": d["due"] or None,
            "ResponseFor": d["reply_to"] or None, "MeetingTime": d["meeting_time"] or None,
            "MeetingPlace": d["meeting_place"] or None,
            "SourceCopy": "Bản sao y" if d["copied"] else "Bản chính"}
    want["ToPlaces"] = None if person else "\n".join(d["recipients"])
    if person:
        want["Position"] = None
    hand = {"CodeNumber", "IssuedDate"} if d["handwritten"] else set()
    if d["arrival"]:
        day, month, year = d["arrival"][2].split("/")
        want["ArrivalNumber"], want["ArrivalDate"] = d["arrival"][1], f"{year}-{int(month):02}-{int(day):02}"
        hand |= {"ArrivalNumber", "ArrivalDate"}
    return want, hand, d


def parts_of(d):
    roles = [("main", 1, d["main_pages"])]
    first = d["main_pages"] + 1
    if d["annex"]:
        roles.append(("annex", first, 1))
        first += 1
    if d["enclosure"]:
        roles.append(("enclosure", first, len(d["pages"]) - first + 1))
    return roles


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("build", type=pathlib.Path)
    args.add_argument("--seed", type=int, default=70000)
    args.add_argument("--count", type=int, default=10)
    args.add_argument("--dpi", type=int, default=DPI)
    args.add_argument("--cache", type=pathlib.Path)
    args.add_argument("--least", type=float, default=0, help="per cent of every field that must be right")
    args.add_argument("--points", help="append the claims for bins.py to this file")
    args.add_argument("-v", action="store_true")
    opt = args.parse_args()
    with tempfile.TemporaryDirectory(prefix="sohoa-layers-") as tmp:
        cache = opt.cache or pathlib.Path(tmp)
        for seed in range(opt.seed, opt.seed + opt.count, CHUNK):
            count = min(CHUNK, opt.seed + opt.count - seed)
            if not all((cache / str(seed + i) / "truth.json").exists() for i in range(count)):
                read_chunk(opt.build, seed, count, cache, opt.dpi)
        score = scoring.Score(opt.v, opt.points)
        for seed in range(opt.seed, opt.seed + opt.count):
            folder = cache / str(seed)
            want, hand, d = truth_of(folder)
            record = scoring.extract(opt.build, sorted(folder.glob("page-*.gvariant")))
            score.document(f"{seed} {d['family']}/{d['kind']}", record, want, hand)
            score.parts(f"{seed} {d['family']}/{d['kind']}", record, parts_of(d))
    sys.exit(0 if score.report(opt.least) else 1)


main()

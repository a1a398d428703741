#!/usr/bin/env python3
"""score-corpus.py BUILD LAYERS CORPUS [-v] [--points FILE]: extracts from cached text layers of the corpus's documents
(ID-PAGE.gvariant) and prints the table of tests/record/scoring.py. tests/corpus/check-corpus does the same on what
`sohoa process` writes."""
import argparse, pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import scoring

args = argparse.ArgumentParser(description=__doc__)
args.add_argument("build", type=pathlib.Path)
args.add_argument("layers", type=pathlib.Path)
args.add_argument("corpus", type=pathlib.Path)
args.add_argument("--points")
args.add_argument("-v", action="store_true")
opt = args.parse_args()
score = scoring.Score(opt.v, opt.points)
for name, truth, hand in scoring.corpus_truths(opt.corpus):
    layers = sorted(opt.layers.glob(f"{name}-*.gvariant"), key=lambda p: int(p.stem.rsplit("-", 1)[1]))
    if layers:
        score.document(name, scoring.extract(opt.build, layers), truth, hand)
score.report()

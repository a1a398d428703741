#!/usr/bin/env python3
"""bins.py POINTS…: reliability table of the claims that campaign.py --points and score-corpus.py --points wrote: per
field ten bins of confidence, in each right/values. Markdown, for doc/record.md."""
import collections, sys

table = collections.defaultdict(lambda: [[0, 0] for _ in range(10)])
for path in sys.argv[1:]:
    for line in open(path):
        key, confidence, right, _ = line.split()
        cell = table[key][min(9, int(float(confidence) * 10 + 1e-9))]
        cell[0] += int(right)
        cell[1] += 1
print("| field | " + " | ".join(f"0.{i}" for i in range(10)) + " |")
print("|---" * 11 + "|")
for key, row in sorted(table.items()):
    print(f"| {key} | " + " | ".join(f"{a}/{b}" if b else "–" for a, b in row) + " |")

#!/usr/bin/env python3
"""score-corpus.py PROGRAM LAYERS CORPUS: runs extract-layers on the cached layers of the corpus's documents and
prints per field: right/scored, right printed claimed, claimed, wrong among the claimed. -v lists the misses."""
import glob, json, os, re, subprocess, sys, unicodedata

def norm(s):
    s = unicodedata.normalize('NFD', (s or '').replace('\u0110', 'D').replace('\u0111', 'd').replace('\u00d0', 'D'))
    return re.sub(r'[^a-z0-9]+', ' ', ''.join(c for c in s if not unicodedata.combining(c)).lower()).strip()

def marks(s):  # letters and marks, tone placement and case aside
    return sorted(unicodedata.normalize('NFD', (s or '').lower().replace('\u00f0', '\u0111')))

def distance(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        old, row[0] = row[0], i
        for k, y in enumerate(b, 1):
            old, row[k] = row[k], min(row[k] + 1, row[k - 1] + 1, old + (x != y))
    return row[-1]

def same(field, have, want):
    if field in ('CodeNumber', 'IssuedDate', 'Priority'):
        return have == want
    if field == 'CodeNotation':
        return have.replace('\u00d0', '\u0110') == want.replace('\u00d0', '\u0110')
    if field == 'TypeName':
        return norm(have) == norm(want)
    if field == 'Subject':
        strip = lambda t: re.sub(r'^(v v|ve viec|ve) ', '', norm(t))
        a, b = strip(have), strip(want)
        return distance(a, b) <= 0.05 * max(len(a), len(b), 1)
    if field == 'FullName':
        return marks(have) == marks(want)
    return marks(re.sub(r'\W+', ' ', have).strip()) == marks(re.sub(r'\W+', ' ', want).strip())

def truths(corpus):
    priority = {None: '0', '': '0', 'khẩn': '1', 'thượng khẩn': '2', 'hỏa tốc': '3', 'hỏa tốc hẹn giờ': '4'}
    for line in open(f'{corpus}/scans.jsonl'):
        d = json.loads(line)
        n, _, s = d['so_ky_hieu'].partition('/')
        t = {'TypeName': d['loai'], 'CodeNumber': n, 'CodeNotation': s, 'IssuedDate': d['ngay_ban_hanh'],
             'OrganName': d['co_quan_ban_hanh'], 'OrganSuperior': d['co_quan_chu_quan'], 'Subject': d['trich_yeu'],
             'FullName': d['nguoi_ky'], 'Priority': priority[(d['do_khan'] or '').lower() or None]}
        if 'so_ky_hieu' in d['khong_chac']: t.pop('CodeNumber'), t.pop('CodeNotation')
        if 'ngay_ban_hanh' in d['khong_chac']: t.pop('IssuedDate')
        yield d['id'], t, {k for k, f in (('CodeNumber', 'so_viet_tay'), ('IssuedDate', 'ngay_viet_tay')) if d[f]}
    for path in sorted(glob.glob(f'{corpus}/rendered/*/truth.json')):
        d = json.load(open(path))
        n, _, s = d['number'].partition('/')
        if '-' in n: n, s = n.split('-')[0], n.split('-', 1)[1] + '/' + s
        yield os.path.basename(os.path.dirname(path)), {
            'TypeName': d['type'], 'CodeNumber': n, 'CodeNotation': s, 'IssuedDate': d['date'],
            'OrganName': d['agency'], 'OrganSuperior': d['superior'], 'Subject': d['subject'], 'FullName': d['signer'],
            'Priority': priority[d['urgency'].lower()], 'Place': d['place'], 'Position': d['title'],
            'Competence': d['authority'].replace('\n', ' ')}, set()

def main():
    verbose = '-v' in sys.argv
    program, layers, corpus = [a for a in sys.argv[1:] if a != '-v']
    table = {}
    for doc, truth, hand in truths(corpus):
        files = [f for f in glob.glob(f'{layers}/{doc}-*') if re.search(r'-\d+\.(gvariant|tsv)$', f)]
        files.sort(key=lambda f: int(re.search(r'-(\d+)\.\w+$', f).group(1)))
        if not files:
            continue
        out = subprocess.run([program] + files, capture_output=True, text=True)
        if out.returncode:
            print(doc, 'FAILED', out.stderr); continue
        fields = json.loads(out.stdout)['fields']
        for key, want in truth.items():
            if not want: continue
            f = fields.get(key, {'value': '', 'confidence': 0, 'handwritten': False})
            have = str(f['value'])
            ok, claimed = same(key, have, want), f['confidence'] >= 0.9 and have != ''
            row = table.setdefault((key, 'hand' if key in hand else 'print'), [0] * 5)
            row[0] += 1; row[1] += ok; row[2] += claimed; row[3] += claimed and not ok; row[4] += claimed and ok
            if verbose and (not ok or (not claimed and key not in hand)):
                print(f"{doc:18} {key:13} {'CLAIMED WRONG' if claimed and not ok else 'wrong' if not ok else 'unclaimed'} "
                      f"{f['confidence']:.2f} have={have[:90]!r} want={want[:90]!r} raw={f.get('raw', '')[:60]!r}")
    print(f"{'field':14}{'kind':7}{'scored':>7}{'right':>7}{'%':>7}{'claimed':>9}{'wrong':>7}{'claimed/right %':>17}")
    for (key, kind), (n, ok, cl, bad, good) in sorted(table.items()):
        print(f'{key:14}{kind:7}{n:7}{ok:7}{100 * ok / n:7.1f}{cl:9}{bad:7}{100 * good / max(ok, 1):17.1f}')
    n = sum(r[2] for r in table.values()); bad = sum(r[3] for r in table.values())
    print(f'claimed {n}, wrong among them {bad}')

main()

"""The receiver's doors: TLS, client certificates, large files. usage: office.py URL FOLDER PID"""
import http.client
import os
import ssl
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sender import Sender, Tap  # noqa: E402

url, folder, pid = sys.argv[1].rstrip("/"), sys.argv[2], sys.argv[3]
MIB = 1 << 20
HELD_MAX_MIB = 40  # of anonymous memory more than before, for a file of 49 MiB
tap = Tap()
ok = tap.ok


def at(name):
    return os.path.join(folder, name)


with open(at("secret")) as file:
    secret = file.read().strip()


def sender(cert, **more):
    return Sender(url, secret, ca=at("ca.pem"), cert=at(cert + ".pem") if cert else None,
                  key=at(cert + ".key") if cert else None, **more)


def held():
    """Anonymous and shared memory in MiB: pages of mapped files are the disk's."""
    with open(f"/proc/{pid}/status") as status:
        rows = dict(line.split(":", 1) for line in status)
    return sum(int(rows[name].split()[0]) for name in ("RssAnon", "RssShmem")) / 1024


def fails(call):
    try:
        return call()[0] if call else None
    except (OSError, ssl.SSLError, http.client.HTTPException):
        return "no connection"


good = sender("client")
ok(good.ask("GET", "/api/v1/agencies")[0] == 200, "a known certificate and a signed request")
ok(sender(None).ask("GET", "/api/v1/agencies")[0] == 401, "no certificate: 401")
ok(fails(lambda: sender("stranger").ask("GET", "/api/v1/agencies")) == "no connection", "a stranger's certificate: no connection")
wrong = sender("client")
wrong.secret = "another"
ok(wrong.ask("GET", "/api/v1/agencies")[0] == 401, "a good certificate with a wrong secret: 401")
ok(fails(lambda: sender("client", version=ssl.TLSVersion.TLSv1_1).ask("GET", "/api/v1/agencies")) == "no connection", "TLS 1.1: no connection")
ok(sender("client", version=ssl.TLSVersion.TLSv1_2).ask("GET", "/api/v1/agencies")[0] == 200, "TLS 1.2")
ok(sender("client", version=ssl.TLSVersion.TLSv1_3).ask("GET", "/api/v1/agencies")[0] == 200, "TLS 1.3")
ok(fails(lambda: Sender(url, secret).ask("GET", "/api/v1/agencies")) == "no connection", "its certificate is not taken without its authority")

paper = {"TypeName": "Công văn", "CodeNumber": "1", "CodeNotation": "STN-VP", "IssuedDate": "2026-11-20",
         "OrganName": "Sở Thử Nghiệm", "Subject": "Tệp lớn"}
with open(at("large.pdf"), "wb") as file:
    file.write(b"%PDF-1.7\n" + os.urandom(49 * MIB))
with open(at("small.pdf"), "wb") as file:
    file.write(b"%PDF-1.7\nsmall")
with open(at("huge.pdf"), "wb") as file:
    file.write(b"%PDF-1.7\n")
    file.truncate(51 * MIB)
good.send(paper, at("small.pdf"))
before = held()
status, answer = good.send(paper, at("large.pdf"))
after = held()
ok(status == 200, "49 MiB are taken")
ok(after - before < HELD_MAX_MIB, f"not held in memory: {before:.1f} MiB before, {after:.1f} after")
connection = good.connect()
connection.request("GET", "/api/v1/documents/download/" + answer["docCode"], headers=good.sign({}))
got = connection.getresponse()
first = got.read(MIB)
during = held()
rest = got.read()
with open(at("large.pdf"), "rb") as file:
    ok(first + rest == file.read(), "and given back byte for byte")
ok(during - before < HELD_MAX_MIB, f"nor while it is given: {during:.1f} MiB")
status, answer = good.send(paper, at("huge.pdf"))
ok(status == 422 and "50 MB" in answer["reason"], "51 MiB are refused with the limit")
tap.end()

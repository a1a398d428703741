"""What a hostile page, or a careless one, may try at the agent; and ten calls at once. usage: attacks.py FOLDER
FOLDER/setting.json: port, certificate (the agent's), good, evil (origins), answers (file), questions (file), log (the form's)."""
import base64
import json
import os
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from websocket import Refused, Socket  # noqa: E402

folder = sys.argv[1]
with open(os.path.join(folder, "setting.json")) as file:
    s = json.load(file)
number = 0


def ok(good, name):
    global number
    number += 1
    print(("ok " if good else "not ok ") + f"{name}", flush=True)
    return good


def answers(**kinds):
    with open(s["answers"] + ".new", "w") as out:
        json.dump(kinds, out)
    os.rename(s["answers"] + ".new", s["answers"])


def lines(path):
    try:
        with open(path) as file:
            return [json.loads(line) for line in file]
    except FileNotFoundError:
        return []


def questions():
    return lines(s["questions"])


def form():
    return lines(s["log"])


def call(op, request, origin=None, **more):
    """The parsed answer; an int = the status of a refused handshake; None = closed without an answer."""
    try:
        talk = Socket(s["port"], "/" + op, s["certificate"], origin=origin or s["good"], **more)
    except Refused as refused:
        return int(str(refused)) if str(refused).isdigit() else None
    talk.send(request if isinstance(request, str) else json.dumps(request))
    got = talk.receive()
    talk.close()
    return json.loads(got) if got is not None else None


good, evil = s["good"], s["evil"]
upload = good + "/upload"

# ---- who may knock ----
answers(allow={"allow": False})
before = len(questions())
for origin, name in ((None, "no Origin"), ("null", "Origin null"), ("http://127.0.0.1", "an http page"), ("file://", "a file"),
                     (good + "/x", "an Origin with a path"), (good.replace("https://", "https://u@"), "an Origin with a user"),
                     ("https://evil.example:443/", "an Origin with a slash"), ("https://a b", "an Origin with a blank")):
    try:
        Socket(s["port"], "/GetVersion", s["certificate"], origin=origin).close()
        refused = None
    except Refused as why:
        refused = str(why)
    ok(refused == "403", f"{name} is refused before the socket opens ({refused})")
for host in ("evil.example:%d" % s["port"], "127.0.0.1", "127.0.0.1.evil.example:%d" % s["port"], "localhost:1", ""):
    status = call("GetVersion", "version", host=host or " ")
    ok(status in (400, 421), f"a page whose host '{host}' was bent to this machine is refused ({status})")
ok(call("GetVersion", "x", upgrade=False) == 426, "plain HTTP is refused")
ok(call("../etc/passwd", "x") == 404 and call("SignIncome/x", "x") == 404 and call("", "x") == 404, "other paths are none")
ok(len(questions()) == before, "none of them made a question")

# ---- a foreign page ----
for op in ("GetVersion", "GetCertInfo", "SignIncome", "SignCopy", "SignIssued", "SignApproved", "SignAppendix", "SignFiles", "VerifyMsg", "Config"):
    got = call(op, {"FileName": evil + "/file.pdf", "FileUploadHandler": evil + "/upload", "Files": [{"FileID": 1, "URL": evil + "/file.pdf"}]}, origin=evil)
    nothing = got == 403 or (isinstance(got, dict) and got["Status"] == 3 and not got["FileServer"] and "CertBase64" not in got)
    ok(nothing, f"a page nobody allowed gets nothing of {op}")
asked = questions()[before:]
ok(len(asked) == 1 and asked[0]["kind"] == "allow" and asked[0]["origin"] == evil, "one question named it; after the no it is not asked again")
ok(not any(r["path"].startswith(("/file", "/upload")) for r in form()), "no file was fetched or sent for it")
ok(call("GetVersion", "version")["Status"] == 0, "the allowed page is answered")
with open(s["token_certificate"], "rb") as file:
    token_certificate = base64.b64encode(file.read()).decode()
ok(call("GetCertInfo", "certinfo")["CertBase64"] == token_certificate, "and gets the token's certificate, byte for byte")

# ---- requests ----
for text, name in (("", "an empty text"), ("{", "half an object"), ("[]", "an array"), ("1", "a number"), ("[" * 100000, "deep brackets"),
                   ('{"a":' * 5000, "deep objects"), ('"' + "x" * 70000 + '"', "a long string"), ("\u0000", "a zero byte")):
    got = call("SignApproved", text)
    ok(isinstance(got, dict) and got["Status"] == 2 and "JSON" in got["Message"], f"{name} gets a clear answer")
got = call("SignApproved", {"FileName": good + "/" + "a" * 9000, "FileUploadHandler": upload})
ok(got["Status"] == 2 and "quá dài" in got["Message"], "a long address gets a clear answer")
got = call("SignApproved", {"FileName": good + "/file.pdf", "FileUploadHandler": upload, "SessionId": "a\r\nX: y"})
ok(got["Status"] == 2, "a session that would write a header of its own is refused")
for op in ("SignMsg", "Comment", "SignXML", "SignJson"):
    got = call(op, "{}")
    ok(isinstance(got, dict) and got["Status"] == 9, f"{op} says that it is not served")

# ---- frames ----
for name, frames in (("a message of 2 MiB", [(0x81, b"x" * (2 << 20), True)]), ("an unmasked frame", [(0x81, b"version", False)]),
                     ("a binary message", [(0x82, b"version", True)]), ("a reserved opcode", [(0x83, b"version", True)]),
                     ("a text that is no UTF-8", [(0x81, b"\xff\xfe", True)]), ("a continuation of nothing", [(0x80, b"x", True)]),
                     ("a ping of 1000 bytes", [(0x89, b"x" * 1000, True)])):
    talk = Socket(s["port"], "/GetVersion", s["certificate"], origin=good)
    try:
        for first, payload, masked in frames:
            talk.send_frame(first, payload, masked)
        got = talk.receive()
    except OSError:
        got = None
    talk.close()
    ok(got is None, f"{name} ends the connection without an answer")
ok(call("GetVersion", "version")["Status"] == 0, "the agent lives")

# ---- where files may come from and go to ----
answers(allow={"allow": False}, sign={"ok": True, "pin": s["pin"]})
before = len(form())
for url, name in (("http://127.0.0.1:%s/file.pdf" % good.rsplit(":", 1)[1], "http"), ("file:///etc/passwd", "a file of this machine"),
                  ("https://u:p@127.0.0.1/x.pdf", "a user in the address"), ("https://", "no host"), ("ftp://127.0.0.1/x", "ftp"),
                  ("https:\\\\127.0.0.1\\x", "backslashes"), ("javascript:1", "a script")):
    got = call("SignApproved", {"FileName": url, "FileUploadHandler": upload})
    ok(isinstance(got, dict) and got["Status"] == 2, f"{name} as an address is refused ({got['Status'] if got else got})")
for url, name in (("/redirect.pdf", "a redirect"), ("/text.pdf", "what is no PDF"), ("/huge.pdf", "a file over the limit"), ("/none.pdf", "a missing file")):
    got = call("SignApproved", {"FileName": good + url, "FileUploadHandler": upload})
    ok(got["Status"] == 5 and got["Message"], f"{name} is not signed: {got['Message']}")
paths = [r["path"] for r in form()[before:]]
ok("/file.pdf" not in paths and "/upload" not in paths, "no redirect was followed, nothing uploaded")
got = call("SignApproved", {"FileName": s["wrong_name"] + "/file.pdf", "FileUploadHandler": upload})
ok(got["Status"] == 3, "a host that nobody allowed is refused")
answers(allow={"allow": True}, sign={"ok": True, "pin": s["pin"]})
got = call("SignApproved", {"FileName": s["wrong_name"] + "/file.pdf", "FileUploadHandler": upload})
ok(got["Status"] == 5 and "không đáng tin cậy" in got["Message"], "an allowed host with another's certificate gets no visit: " + got["Message"])

# ---- files of the page ----
got = call("SignApproved", {"fileName": good + "/file.pdf?id=7", "FILEUPLOADHANDLER": upload, "DocNumber": 12, "JWTToken": "t.o.k", "SessionId": "abc",
                            "MetaData": [{"Key": "a", "Value": "á"}], "unknown": [1]})
ok(got["Status"] == 0 and got["DocumentNumber"] == "12" and json.loads(got["FileServer"])["soDen"] and got["FileName"] == "file.pdf",
   "a page's file is signed and uploaded; its answer comes back as it was")
last = form()[-1]
ok(last["parts"] == ["a", "uploadfile"] and last["authorization"] == "Bearer t.o.k" and last["cookie"] == "ASP.NET_SessionId=abc",
   "with session, token and metadata")
asked = questions()[-1]
ok(asked["kind"] == "sign" and asked["origin"] == good and asked["file"]["name"] == "file.pdf" and len(asked["file"]["sha256"]) == 64,
   "the person was shown host and file")
got = call("SignApproved", json.dumps(json.dumps({"FileName": good + "/file.pdf", "FileUploadHandler": upload})))
ok(got["Status"] == 0, "JSON inside a JSON string is understood")
got = call("SignApproved", "\ufeff  " + json.dumps({"FileName": good + "/file.pdf", "FileUploadHandler": good + "/broken"}))
ok(got["Status"] == 6 and "500" in got["Message"], "a handler that fails is told: " + got["Message"])
got = call("SignApproved", {"FileName": good + "/file.pdf", "FileUploadHandler": good + "/redirect"})
ok(got["Status"] == 6, "an upload that is sent elsewhere is not followed")
got = call("SignFiles", {"FileUploadHandler": upload, "Files": [{"FileID": 5, "FileName": "a.pdf", "URL": good + "/file.pdf"},
                                                              {"FileID": "x6", "FileName": "b.pdf", "URL": good + "/none.pdf"}]})
ok(got["Status"] == 1 and [f["Status"] for f in got["Files"]] == [0, 5] and [f["FileID"] for f in got["Files"]] == ["5", "x6"],
   "of several files each has its own answer")
got = call("VerifyMsg", {"FileName": good + "/signed.pdf"})
ok(got["Status"] == 0 and got["Message"] == "Chữ ký số hợp lệ", "a good signature is called good: " + got["Message"])
got = call("VerifyMsg", {"FileName": good + "/file.pdf"})
ok(got["Status"] == 7, "a file without one is not: " + got["Message"])
answers(allow={"allow": True}, sign={"ok": False})
got = call("SignApproved", {"FileName": good + "/file.pdf", "FileUploadHandler": upload})
ok(got["Status"] == 4, "a person's no is told")
answers(allow={"allow": True}, sign={"ok": True, "pin": "000000"})
got = call("SignApproved", {"FileName": good + "/file.pdf", "FileUploadHandler": upload})
ok(got["Status"] == 7 and "PIN" in got["Message"], "a wrong PIN: " + got["Message"])
answers(allow={"allow": True}, sign={"ok": True, "pin": s["pin"]})

# ---- ten at once ----
results = [None] * 10


def one(i):
    results[i] = call("SignApproved", {"FileName": good + f"/file.pdf?id={i}", "FileUploadHandler": upload})


threads = [threading.Thread(target=one, args=(i,)) for i in range(10)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
states = [r["Status"] if isinstance(r, dict) else r for r in results]
ok(all(state in (0, 8) for state in states) and 0 in states, f"ten calls at once each end in a clear reply: {states}")

# ---- a page that leaves while the person is asked ----
answers(allow={"allow": True}, sign="wait")
before = len(questions())
talk = Socket(s["port"], "/SignApproved", s["certificate"], origin=good)
talk.send(json.dumps({"FileName": good + "/file.pdf", "FileUploadHandler": upload}))
end = time.monotonic() + 60
while len(questions()) == before and time.monotonic() < end:
    time.sleep(0.05)
talk.close()
answers(allow={"allow": True}, sign={"ok": True, "pin": s["pin"]})
got = call("SignApproved", {"FileName": good + "/file.pdf", "FileUploadHandler": upload})
ok(got["Status"] == 0, "a page that leaves takes its question along; the next one is served")

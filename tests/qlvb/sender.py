"""A sender written from domain.md 10.1 alone: signed headers and the multipart import of the rest connector."""
import datetime
import hashlib
import hmac
import http.client
import json
import os
import ssl
import uuid

VIETNAM = datetime.timezone(datetime.timedelta(hours=7))


class Sender:
    def __init__(self, url, secret, system="TEST.SYS", ca=None, cert=None, key=None, version=None):
        scheme, rest = url.rstrip("/").split("://")
        self.host, self.secret, self.system = rest, secret, system
        self.context = None
        if scheme == "https":
            self.context = ssl.create_default_context(cafile=ca)
            if version is not None:
                self.context.set_ciphers("DEFAULT:@SECLEVEL=0")  # our end would even speak the old ones
                self.context.minimum_version = self.context.maximum_version = version
            if cert:
                self.context.load_cert_chain(cert, key)

    def connect(self):
        if self.context:
            return http.client.HTTPSConnection(self.host, context=self.context, timeout=120)
        return http.client.HTTPConnection(self.host, timeout=120)

    def sign(self, more):
        now = datetime.datetime.now(VIETNAM)
        values = {"systemid": self.system, **more, "nonce": uuid.uuid4().hex,
                  "timestamp": now.strftime("%d%m%YT%H%M%S+") + "%04d" % (now.microsecond // 1000)}
        text = json.dumps({"X-Sohoa-" + k: v for k, v in values.items()}, ensure_ascii=False, separators=(",", ":"))
        headers = {"X-Sohoa-" + k: v for k, v in values.items()}
        headers["X-Sohoa-sign-header-key"] = ";".join(values)
        headers["X-Sohoa-sign-header"] = text
        headers["X-Sohoa-hash-header"] = hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        return headers

    def ask(self, method, path, body=None):
        connection = self.connect()
        connection.request(method, path, body=body, headers=self.sign({}))
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, data

    def send(self, metadata, path, key=None):
        """@path: of the file, read in pieces."""
        meta = json.dumps(metadata, ensure_ascii=False).encode()
        digest = hashlib.sha256()
        with open(path, "rb") as file:
            for piece in iter(lambda: file.read(1 << 20), b""):
                digest.update(piece)
        boundary = uuid.uuid4().hex
        head = (f"--{boundary}\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n").encode() + meta + (
            f"\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n").encode()
        tail = f"\r\n--{boundary}--\r\n".encode()
        headers = self.sign({"key": key or digest.hexdigest(), "hash-file": digest.hexdigest(),
                             "hash-metadata": hashlib.sha256(meta).hexdigest()})
        headers["Content-Type"] = f"multipart/form-data; boundary={boundary}"
        headers["Content-Length"] = str(len(head) + os.path.getsize(path) + len(tail))
        connection = self.connect()
        connection.putrequest("POST", "/api/v1/documents/import")
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        connection.send(head)
        with open(path, "rb") as file:
            for piece in iter(lambda: file.read(1 << 20), b""):
                connection.send(piece)
        connection.send(tail)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, json.loads(data)


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def ok(self, good, name):
        self.count += 1
        self.failed += not good
        print(("ok" if good else "not ok"), self.count, name, flush=True)
        return good

    def end(self):
        print(f"1..{self.count}")
        raise SystemExit(self.failed != 0)

"""A document system's web form as such products have it: the page, a file to sign, a handler that takes signed files and gives
số đến. usage: form.py FOLDER CERT KEY [CERT KEY]   prints one port per certificate; FOLDER gets upload-N.pdf and requests.log"""
import http.server
import json
import os
import ssl
import sys
import threading
from email.parser import BytesParser
from email.policy import HTTP

folder = sys.argv[1]
here = os.path.dirname(os.path.abspath(__file__))
lock = threading.Lock()
count = 0


class Form(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def note(self, **what):
        with lock, open(os.path.join(folder, "requests.log"), "a") as log:
            log.write(json.dumps({"path": self.path, "port": self.server.server_port, "cookie": self.headers.get("Cookie", ""),
                                  "authorization": self.headers.get("Authorization", ""), **what}) + "\n")

    def answer(self, status, kind, body, **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path = self.path.split("?")[0]
        if path == "/":
            with open(os.path.join(here, "form.html"), "rb") as page:
                return self.answer(200, "text/html; charset=utf-8", page.read())
        self.note(method="GET")
        if path == "/file.pdf":
            with open(os.path.join(folder, "page.pdf"), "rb") as pdf:
                return self.answer(200, "application/pdf", pdf.read())
        if path == "/signed.pdf":
            with open(os.path.join(folder, "signed.pdf"), "rb") as pdf:
                return self.answer(200, "application/pdf", pdf.read())
        if path == "/redirect.pdf":
            return self.answer(302, "text/plain", b"", Location="/file.pdf")
        if path == "/text.pdf":
            return self.answer(200, "application/pdf", b"root:x:0:0")
        if path == "/huge.pdf":
            return self.answer(200, "application/pdf", b"%PDF-1.7\n" + b"x" * (3 << 20))
        return self.answer(404, "text/plain", b"none")

    def do_POST(self):
        global count
        body = self.rfile.read(int(self.headers["Content-Length"]))
        head = b"Content-Type: " + self.headers["Content-Type"].encode() + b"\r\n\r\n"
        parts = {part.get_param("name", header="content-disposition"): part
                 for part in BytesParser(policy=HTTP).parsebytes(head + body).iter_parts()}
        names = sorted(parts)
        with lock:
            count += 1
            mine = count
        file = parts.get("uploadfile")
        if file is not None:
            with open(os.path.join(folder, f"upload-{mine}.pdf"), "wb") as out:
                out.write(file.get_payload(decode=True))
        self.note(method="POST", parts=names, upload=mine, name=file.get_filename() if file is not None else "")
        path = self.path.split("?")[0]
        if path == "/redirect":
            return self.answer(307, "text/plain", b"", Location="/upload")
        if path == "/broken":
            return self.answer(500, "text/html", b"<h1>Loi may chu</h1>")
        return self.answer(200, "application/json", json.dumps({"fileName": f"vb-{mine}.pdf", "soDen": 40 + mine}).encode())


servers = []
for i in range(2, len(sys.argv), 2):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Form)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[i], sys.argv[i + 1])
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    servers.append(server)
print(*[server.server_port for server in servers], flush=True)
for server in servers[1:]:
    threading.Thread(target=server.serve_forever, daemon=True).start()
servers[0].serve_forever()

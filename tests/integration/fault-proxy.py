#!/usr/bin/python3
"""A bad road between the desk and its receiver: every connection may be cut, delayed or falsified.

usage: fault-proxy.py UPSTREAM-PORT LOG
Prints its port. Which fault a connection meets is drawn from the document's key and the number of the try, so that a
round can be run again; from the fourth connection of a key on the road is good. One line per connection in LOG."""
import hashlib
import re
import socket
import sys
import threading
import time

GOOD_FROM = 4          # connection of a key
HOLD_SECONDS = 4       # longer than the desk's deadline in these tests
LIMIT = 64 * 1024
# reached: the receiver has seen the whole request, and may have registered
FAULTS = ["none", "cut-before", "cut-head", "cut-body", "cut-after", "cut-answer", "hold", "500", "502", "504", "408",
          "503-before", "429-before", "html-200", "html-404-before", "html-403-before", "html-500", "wrong-hmac",
          "old-time", "slow-answer", "huge-answer", "garbage-answer"]
HTML = b"<html><body><h1>Gateway</h1></body></html>"
lock = threading.Lock()
tries = {}
upstream_port = int(sys.argv[1])
log = open(sys.argv[2], "a", buffering=1)


def read_head(s):
    data = b""
    while b"\r\n\r\n" not in data and len(data) < LIMIT:
        more = s.recv(4096)
        if not more:
            break
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    return head + b"\r\n\r\n", rest


def say(s, status, body=HTML, kind=b"text/html"):
    s.sendall(b"HTTP/1.1 %s x\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
              % (status, kind, len(body)) + body)


def pump(client, up, rest, length, limit=None):
    """The request's body, or its first @limit bytes."""
    left = length if limit is None else limit
    while left > 0:
        block = rest or client.recv(min(65536, left))
        rest = b""
        if not block:
            return
        up.sendall(block[:left])
        left -= len(block[:left])


def swallow(client, rest, length):
    left = length - len(rest)
    while left > 0:
        block = client.recv(min(65536, left))
        if not block:
            return
        left -= len(block)


def answer_of(up):
    data = b""
    while True:
        block = up.recv(65536)
        if not block:
            return data
        data += block


def draw(head):
    found = re.search(rb"(?i)by-key/([0-9a-f]{64})", head) or re.search(rb"(?i)-key: *([0-9a-f]{64})", head)
    if not found:
        return "-", 0, "none"
    key = found.group(1).decode()
    with lock:
        n = tries[key] = tries.get(key, 0) + 1
    if n >= GOOD_FROM:
        return key, n, "none"
    return key, n, FAULTS[hashlib.sha256(f"{key} {n}".encode()).digest()[0] % len(FAULTS)]


def falsify(head, fault):
    if fault == "wrong-hmac":
        return re.sub(rb"(?i)(hash-header: *)..", rb"\1!!", head)
    return re.sub(rb"(?i)(x-sohoa-timestamp: *)[^\r]*", rb"\g<1>2020-01-01T00:00:00.000Z", head)


def road(client, fault, head, rest):
    found = re.search(rb"(?i)content-length: *(\d+)", head)
    length = int(found.group(1)) if found else 0
    if fault == "cut-before":
        return
    if fault.endswith("-before"):
        swallow(client, rest, length)
        status = re.search(r"\d+", fault).group(0).encode()
        return say(client, status)
    up = socket.create_connection(("127.0.0.1", upstream_port), timeout=20)
    with up:
        head = re.sub(rb"(?i)\r\nconnection: *[^\r]*", b"", head)[:-2] + b"Connection: close\r\n\r\n"
        if fault in ("wrong-hmac", "old-time"):
            head = falsify(head, fault)
        up.sendall(head)
        if fault == "cut-head":
            return
        pump(client, up, rest, length, length // 2 if fault == "cut-body" else None)
        if fault == "cut-body":
            return
        answer = answer_of(up)
    if fault == "cut-after":
        return
    if fault == "cut-answer":
        client.sendall(answer[:len(answer) - max(1, len(answer) // 4)])
    elif fault == "hold":
        time.sleep(HOLD_SECONDS)
    elif fault == "slow-answer":
        for i in range(min(len(answer), HOLD_SECONDS * 10)):
            client.sendall(answer[i:i + 1])
            time.sleep(0.1)
    elif fault == "huge-answer":
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        for _ in range(1000):
            client.sendall(b" " * 65536)
    elif fault == "garbage-answer":
        client.sendall(b"\x00\xff\x16\x03" * 100)
    elif fault in ("500", "502", "504", "408"):
        say(client, fault.encode(), b"")
    elif fault == "html-200":
        say(client, b"200")
    elif fault == "html-500":
        say(client, b"500")
    else:
        client.sendall(answer)


def serve(client):
    with client:
        client.settimeout(20)
        try:
            head, rest = read_head(client)
            key, n, fault = draw(head)
            log.write(f"{key} {n} {head.split(b' ', 1)[0].decode('ascii', 'replace')} {fault}\n")
            road(client, fault, head, rest)
        except OSError:
            pass


def main():
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    print(listener.getsockname()[1], flush=True)
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client,), daemon=True).start()


main()

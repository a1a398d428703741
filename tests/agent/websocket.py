"""A WebSocket client (RFC 6455) that can also misbehave: any Origin, any Host, any frame."""
import base64
import os
import socket
import ssl
import struct


class Refused(Exception):
    pass


class Socket:
    def __init__(self, port, path, ca, origin=None, host=None, upgrade=True, timeout=120):
        context = ssl.create_default_context(cafile=ca)
        raw = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.tls = context.wrap_socket(raw, server_hostname="127.0.0.1")
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: {host or '127.0.0.1:%d' % port}"]
        if upgrade:
            lines += ["Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
        if origin is not None:
            lines.append(f"Origin: {origin}")
        self.tls.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            got = self.tls.recv(65536)
            if not got:
                raise Refused("closed")
            self.buffer += got
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        self.status = int(head.split()[1])
        if self.status != 101:
            raise Refused(str(self.status))

    def read(self, length):
        while len(self.buffer) < length:
            got = self.tls.recv(65536)
            if not got:
                raise EOFError
            self.buffer += got
        out, self.buffer = self.buffer[:length], self.buffer[length:]
        return out

    def send_frame(self, first, payload, masked=True):
        head = bytes([first])
        mask = 0x80 if masked else 0
        if len(payload) < 126:
            head += bytes([mask | len(payload)])
        elif len(payload) < 65536:
            head += bytes([mask | 126]) + struct.pack(">H", len(payload))
        else:
            head += bytes([mask | 127]) + struct.pack(">Q", len(payload))
        if masked:
            key = os.urandom(4)
            payload = bytes(b ^ key[i % 4] for i, b in enumerate(payload)) if len(payload) < 1 << 16 else \
                (int.from_bytes(payload, "big") ^ int.from_bytes((key * (len(payload) // 4 + 1))[:len(payload)], "big")).to_bytes(len(payload), "big")
            head += key
        self.tls.sendall(head + payload)

    def send(self, text):
        self.send_frame(0x81, text.encode())

    def receive(self):
        """The next text; None when the other end closes."""
        while True:
            try:
                first, second = self.read(2)
                length = second & 0x7f
                if length == 126:
                    length = struct.unpack(">H", self.read(2))[0]
                elif length == 127:
                    length = struct.unpack(">Q", self.read(8))[0]
                payload = self.read(length)
            except (EOFError, ConnectionError, ssl.SSLError):
                return None
            if first & 0x0f == 1:
                return payload.decode()
            if first & 0x0f == 8:
                return None

    def close(self):
        self.tls.close()

"""One SMTP connection from the client's side, byte by byte, for well-behaved and other clients."""

import socket
import ssl


class SmtpLost(Exception):
    """The connection ended where a reply was due."""


class Reply:
    def __init__(self, code, lines):
        self.code, self.lines = code, lines

    @property
    def text(self):
        return "\n".join(self.lines)

    @property
    def enhanced(self):
        """The enhanced status code of the last line, or ''."""
        word = self.lines[-1].split(" ", 1)[0] if self.lines else ""
        parts = word.split(".")
        return word if len(parts) == 3 and all(p.isdigit() for p in parts) else ""

    @property
    def ok(self):
        return 200 <= self.code < 300

    @property
    def temporary(self):
        return 400 <= self.code < 500

    @property
    def permanent(self):
        return 500 <= self.code < 600

    def __repr__(self):
        return "%d %s" % (self.code, " / ".join(self.lines))


def client_context(ca, cert=None, minimum=ssl.TLSVersion.TLSv1_2, maximum=None):
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ctx.load_verify_locations(ca)
    ctx.minimum_version = minimum
    if maximum is not None:
        ctx.maximum_version = maximum
    if cert is not None:
        ctx.load_cert_chain(cert.chain, cert.key)
    return ctx


class Wire:
    """Raw access: send bytes, read replies. Nothing is checked that the caller does not ask."""

    def __init__(self, address, timeout=120, source=None):
        self.sock = socket.create_connection(address, timeout=timeout,
                                             source_address=(source, 0) if source else None)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.extensions = {}

    def send(self, data):
        try:
            self.sock.sendall(data)
        except (OSError, ssl.SSLError) as e:
            raise SmtpLost("write: %s" % e) from e

    def line(self):
        while b"\n" not in self.buffer:
            try:
                more = self.sock.recv(65536)
            except socket.timeout as e:
                raise SmtpLost("no reply in time") from e
            except (OSError, ssl.SSLError) as e:
                raise SmtpLost("read: %s" % e) from e
            if not more:
                raise SmtpLost("closed; left over: %r" % self.buffer[:200])
            self.buffer += more
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line + b"\n"

    def reply(self):
        lines = []
        while True:
            line = self.line()
            if not line.endswith(b"\r\n") or len(line) < 5 or not line[:3].isdigit() \
                    or line[3:4] not in (b" ", b"-") and len(line) > 5:
                raise AssertionError("not an SMTP reply line: %r" % line)
            lines.append(line[4:-2].decode("utf-8", "replace"))
            if line[3:4] != b"-":
                return Reply(int(line[:3]), lines)

    def command(self, text):
        if isinstance(text, str):
            text = text.encode("utf-8")
        self.send(text + b"\r\n")
        return self.reply()

    def ehlo(self, name="AM0PR01MB0001.outbound.protection.outlook.com"):
        reply = self.command("EHLO " + name)
        self.extensions = {}
        for line in reply.lines[1:]:
            word, _, rest = line.partition(" ")
            self.extensions[word.upper()] = rest
        return reply

    def starttls(self, context, name):
        reply = self.command("STARTTLS")
        if reply.code == 220:
            self.wrap(context, name)
        return reply

    def wrap(self, context, name):
        assert not self.buffer, "bytes before the handshake: %r" % self.buffer
        try:
            self.sock = context.wrap_socket(self.sock, server_hostname=name)
        except (OSError, ssl.SSLError) as e:
            raise SmtpLost("handshake: %s" % e) from e

    def closed(self):
        """True when the other side has ended the connection and says nothing more."""
        if self.buffer:
            return False
        try:
            return self.sock.recv(1) == b""
        except (OSError, ssl.SSLError):
            return True

    def close(self):
        try:
            self.sock.close()
        except OSError:
            pass

    def abort(self):
        """End the connection with a reset, as a crashed peer or a cut line would."""
        try:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self.sock.close()
        except OSError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

"""Mails as bytes with CRLF line ends, and the header fields that Exchange Online adds on the way out.

Built by hand, not with the email package, so that every byte is the test's own decision.
"""

import base64
import random
import uuid


def body_bytes(size, seed=1):
    """Incompressible bytes, the same for the same seed."""
    return random.Random(seed).randbytes(size)


def base64_lines(data, width=76):
    text = base64.b64encode(data)
    if width == 76 and len(text) > 1 << 20:
        return base64.encodebytes(data).replace(b"\n", b"\r\n")
    return b"".join(text[i:i + width] + b"\r\n" for i in range(0, len(text), width))


def crlf(text):
    if isinstance(text, str):
        text = text.encode("utf-8")
    return text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def header(name, value):
    if isinstance(value, str):
        value = value.encode("utf-8")
    return name.encode("ascii") + b": " + value + b"\r\n"


def message_id(domain="contoso.example"):
    return "<%s@%s>" % (uuid.uuid4(), domain)


class File:
    def __init__(self, name, data, kind="application/octet-stream", disposition="attachment", cid=None):
        self.name, self.data, self.kind = name, data, kind
        self.disposition, self.cid = disposition, cid

    def part(self):
        head = b""
        name = self.name
        quoted = '"%s"' % name if name.isascii() else None
        if quoted:
            head += header("Content-Type", "%s; name=%s" % (self.kind, quoted))
            head += header("Content-Disposition", "%s; filename=%s; size=%d"
                           % (self.disposition, quoted, len(self.data)))
        else:  # RFC 2231
            coded = "".join(chr(b) if chr(b).isalnum() and b < 128 or chr(b) in "-._" else "%%%02X" % b
                            for b in name.encode("utf-8"))
            head += header("Content-Type", self.kind)
            head += header("Content-Disposition", "%s; filename*=utf-8''%s" % (self.disposition, coded))
        if self.cid:
            head += header("Content-ID", "<%s>" % self.cid)
        head += header("Content-Transfer-Encoding", "base64")
        return head + b"\r\n" + base64_lines(self.data)


def build(sender="alice@contoso.example", to=("bob@fabrikam.example",), cc=(), subject="Quarterly figures",
          text="Dear reader,\n\nthe figures are attached.\n\nAlice\n", html=None, files=(), extra=(),
          mid=None, date="Sat, 21 Nov 2026 10:00:00 +0100", boundary=None):
    """One mail as an Outlook user would send it; files is a list of File."""
    head = header("From", "Alice Adams <%s>" % sender)
    head += header("To", ",\r\n\t".join("<%s>" % a for a in to))
    if cc:
        head += header("Cc", ",\r\n\t".join("<%s>" % a for a in cc))
    head += header("Subject", subject)
    head += header("Date", date)
    head += header("Message-ID", mid or message_id())
    for name, value in extra:
        head += header(name, value)
    head += header("MIME-Version", "1.0")
    outer = boundary or "_004_%s_" % uuid.uuid4().hex.upper()
    inner = "_000_%s_" % uuid.uuid4().hex.upper()
    plain = (header("Content-Type", 'text/plain; charset="utf-8"')
             + header("Content-Transfer-Encoding", "8bit" if not str(text).isascii() else "7bit")
             + b"\r\n" + crlf(text))
    if html is None:
        content = plain
    else:
        page = (header("Content-Type", 'text/html; charset="utf-8"')
                + header("Content-Transfer-Encoding", "8bit" if not str(html).isascii() else "7bit")
                + b"\r\n" + crlf(html))
        content = (header("Content-Type", 'multipart/alternative;\r\n\tboundary="%s"' % inner) + b"\r\n"
                   + b"--%s\r\n" % inner.encode() + plain + b"\r\n"
                   + b"--%s\r\n" % inner.encode() + page + b"\r\n"
                   + b"--%s--\r\n" % inner.encode())
    if not files:
        return head + content
    out = [head, header("Content-Type", 'multipart/mixed;\r\n\tboundary="%s"' % outer), b"\r\n",
           b"This is a multi-part message in MIME format.\r\n\r\n",
           b"--%s\r\n" % outer.encode(), content, b"\r\n"]
    for f in files:
        out += [b"--%s\r\n" % outer.encode(), f.part(), b"\r\n"]
    out.append(b"--%s--\r\n" % outer.encode())
    return b"".join(out)


HTML = ("<html><head><style>p { color: navy }</style></head><body lang=EN-US>"
        "<p>Dear reader,</p>\n<p>the figures are attached.</p>\n<p>Alice</p></body></html>\n")


def with_file(size=5000, name="figures.pdf", seed=1, **kw):
    """The usual mail of the tests: text, HTML and one attachment."""
    kw.setdefault("html", HTML)
    return build(files=[File(name, body_bytes(size, seed), "application/pdf")], **kw)


def stamp(raw, entra_id, secret=None, secret_header="X-Contoso-Secret", originator="contoso.example",
          network_id=None, extra=()):
    """
    What Exchange Online and the tenant's mail flow rule put before a mail that goes to our connector.
    None leaves a field out; network_id "" too. Returns the stamped mail.
    """
    top = (b"Received: from AM0PR01MB0001.eurprd01.prod.exchangelabs.com\r\n"
           b" ([fe80::1]) by AM0PR01MB0001.eurprd01.prod.exchangelabs.com\r\n"
           b" ([fe80::1%4]) with mapi id 15.20.9999.007; Sat, 21 Nov 2026 09:00:00 +0000\r\n")
    if secret is not None:
        top += header(secret_header, secret)
    if entra_id is not None:
        top += header("X-MS-Exchange-CrossTenant-Id", entra_id)
    if originator is not None:
        top += header("X-OriginatorOrg", originator)
    if network_id is None:
        network_id = str(uuid.uuid4())
    if network_id:
        top += header("X-MS-Exchange-Organization-Network-Message-Id", network_id)
        top += header("X-MS-Exchange-CrossTenant-Network-Message-Id", network_id)
    for name, value in extra:
        top += header(name, value)
    return top + raw


def split(raw):
    """(list of header fields as raw bytes, the empty line and body)."""
    at = raw.find(b"\r\n\r\n")
    if raw.startswith(b"\r\n"):
        return [], raw
    head, rest = (raw, b"") if at < 0 else (raw[:at + 2], raw[at + 2:])
    fields = []
    for line in head.split(b"\r\n")[:-1]:
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1] += line + b"\r\n"
        else:
            fields.append(line + b"\r\n")
    return fields, rest


def field_name(field):
    return field.split(b":", 1)[0].strip().lower().decode("latin-1")


def field_values(raw, name):
    """Unfolded values of all header fields of that name, in order."""
    fields, _ = split(raw)
    return [f.split(b":", 1)[1].replace(b"\r\n", b"").strip().decode("utf-8", "replace")
            for f in fields if field_name(f) == name.lower()]


def add_fields(raw, fields):
    """The same mail with further (name, value) header fields on top."""
    return b"".join(header(n, v) for n, v in fields) + raw

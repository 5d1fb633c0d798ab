#!/usr/bin/env python3
"""
No byte of a protected file comes back, whatever shape the mail has (M1, M2).

Each row hides a file in a shape that two readers may read in two ways. The mail is refused for good, or it
comes back without the file: not as any part that Python's email sees, and not to a hunter that decodes every
stretch of base64 and quoted-printable in the raw bytes at every offset, whatever the headers say.
"""

import base64
import binascii
import email
import email.policy
import quopri
import re

from secudoc_e2e import mails
from secudoc_e2e.case import SystemCase, main

SECRET = b"the-secret-of-this-file-"
FILE = SECRET * 100
B64 = mails.base64_lines(FILE)
TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\nhello\r\n"
HTML = b"Content-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>hello</p></body></html>\r\n"
PDF = (b"Content-Type: application/pdf; name=a.pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n"
       b"Content-Transfer-Encoding: base64\r\n\r\n" + B64)


def hunt(raw):
    """Is the secret in there for anybody who looks hard enough?"""
    if SECRET in raw or SECRET in quopri.decodestring(raw):
        return True
    squeezed = re.sub(rb"[\r\n \t]+", b"", raw)
    for run in re.findall(rb"[A-Za-z0-9+/=]{32,}", squeezed):
        run = run.replace(b"=", b"")
        for offset in range(4):
            piece = run[offset:]
            piece = piece[:len(piece) // 4 * 4]
            try:
                if SECRET in base64.b64decode(piece):
                    return True
            except binascii.Error:
                pass
    return False


def multi(kind, *parts, b=b"b1", pre=b"", post=b"", param=None, close=True, head=b""):
    out = head + b"Content-Type: " + kind + (param if param is not None else b'; boundary="' + b + b'"') + b"\r\n\r\n" + pre
    for p in parts:
        out += b"--" + b + b"\r\n" + p + b"\r\n"
    return out + (b"--" + b + b"--\r\n" if close else b"") + post


def leaf(headers, body=B64):
    return headers + b"\r\n\r\n" + body


B = b"Content-Transfer-Encoding: base64"
ROWS = [
    ("plain attachment", multi(b"multipart/mixed", TEXT, PDF)),
    ("the body is the file", PDF),
    ("the body is the file, no disposition", leaf(b"Content-Type: application/pdf\r\n" + B)),
    ("no MIME type, but a name", leaf(b"Content-Disposition: attachment; filename=x.bin\r\n" + B)),
    ("closing boundary missing", multi(b"multipart/mixed", TEXT, PDF, close=False)),
    ("behind the closing boundary", multi(b"multipart/mixed", TEXT, post=b"--b1\r\n" + PDF + b"\r\n--b1--\r\n")),
    ("two Content-Types, multipart first", multi(b"multipart/mixed", TEXT, PDF, head=b"Content-Type: text/plain\r\n")),
    ("two Content-Types in a part", multi(b"multipart/mixed", TEXT, b"Content-Type: text/plain\r\n" + PDF)),
    ("two encodings in a part", multi(b"multipart/mixed", TEXT, b"Content-Transfer-Encoding: 7bit\r\n" + PDF)),
    ("two dispositions", multi(b"multipart/mixed", TEXT, b"Content-Disposition: inline\r\n" + PDF)),
    ("two boundaries", multi(b"multipart/mixed", TEXT, PDF, param=b"; boundary=b2; boundary=b1")),
    ("boundary in RFC 2231 pieces", multi(b"multipart/mixed", TEXT, PDF, param=b"; boundary*0=b; boundary*1=1")),
    ("boundary extended", multi(b"multipart/mixed", TEXT, PDF, param=b"; boundary*=us-ascii''b1")),
    ("boundary as encoded word", multi(b"multipart/mixed", TEXT, PDF, b=b"=?us-ascii?q?b1?=")),
    ("empty boundary", multi(b"multipart/mixed", TEXT, PDF, b=b"")),
    ("boundary missing", multi(b"multipart/mixed", TEXT, PDF, param=b"")),
    ("boundary with trailing blank", multi(b"multipart/mixed", TEXT, PDF, param=b'; boundary="b1 "')),
    ("comment in the boundary", multi(b"multipart/mixed", TEXT, PDF, param=b"; (x) boundary (y) = (z) b1 (w)")),
    ("bad parameter before", multi(b"multipart/mixed", TEXT, PDF, param=b'; a="b; c"; x; boundary=b1')),
    ("quote never closed before", multi(b"multipart/mixed", TEXT, PDF, param=b'; a="b; boundary=b1')),
    ("boundary a prefix of another", multi(
        b"multipart/mixed", multi(b"multipart/mixed", TEXT, PDF, b=b"b12"), PDF)),
    ("inner boundary equals outer", multi(b"multipart/mixed", multi(b"multipart/mixed", TEXT, PDF), PDF)),
    ("delimiter with blanks behind", multi(b"multipart/mixed", TEXT).replace(b"--b1--", b"--b1 \t \r\n" + PDF + b"\r\n--b1--")),
    ("delimiter with letters behind", multi(b"multipart/mixed", TEXT).replace(b"--b1--", b"--b1x\r\n" + PDF + b"\r\n--b1--")),
    ("close with letters behind", multi(b"multipart/mixed", TEXT).replace(b"--b1--", b"--b1--x\r\n--b1\r\n" + PDF + b"\r\n--b1--")),
    ("bare LF before the delimiter", multi(b"multipart/mixed", TEXT + b"\n--b1\n" + PDF.replace(b"\r\n", b"\n"))),
    ("bare CR before the delimiter", multi(b"multipart/mixed", TEXT + b"\r--b1\r" + PDF)),
    ("LF in a part's header", multi(b"multipart/mixed", TEXT, PDF.replace(b"\r\n", b"\n"))),
    ("NUL in the header", multi(b"multipart/mixed", TEXT, b"X: a\0b\r\n" + PDF)),
    ("header line without colon", multi(b"multipart/mixed", TEXT, b"no colon here\r\n" + PDF)),
    ("blank before the colon", multi(b"multipart/mixed", TEXT, PDF.replace(b"Content-Type:", b"Content-Type :"))),
    ("folded field name", multi(b"multipart/mixed", TEXT, PDF.replace(b"Content-Type:", b"Content-\r\n Type:"))),
    ("blank line of folding", multi(b"multipart/mixed", TEXT, b"X: a\r\n \r\n" + PDF)),
    ("unknown encoding", multi(b"multipart/mixed", TEXT, PDF.replace(b": base64", b": x-unknown"))),
    ("encoding with a comment", multi(b"multipart/mixed", TEXT, PDF.replace(b": base64", b": base64 (really)"))),
    ("encoding with a parameter", multi(b"multipart/mixed", TEXT, PDF.replace(b": base64", b": base64; x=y"))),
    ("encoding in capitals", multi(b"multipart/mixed", TEXT, PDF.replace(b": base64", b": BASE64"))),
    ("encoding as encoded word", multi(b"multipart/mixed", TEXT, PDF.replace(b": base64", b": =?utf-8?q?base64?="))),
    ("base64 on the multipart", multi(b"multipart/mixed", TEXT, PDF, head=B + b"\r\n")),
    ("quoted-printable on the multipart", multi(b"multipart/mixed", TEXT, PDF, head=b"Content-Transfer-Encoding: quoted-printable\r\n")),
    ("no encoding named, yet base64", multi(b"multipart/mixed", TEXT, leaf(b"Content-Type: application/pdf"))),
    ("file as text/plain with a name", multi(b"multipart/mixed", TEXT, leaf(b"Content-Type: text/plain; name=a.txt\r\n" + B))),
    ("file as text/plain, attachment", multi(b"multipart/mixed", TEXT, leaf(
        b"Content-Type: text/plain\r\nContent-Disposition: attachment\r\n" + B))),
    ("file as text, name in pieces", multi(b"multipart/mixed", TEXT, leaf(
        b"Content-Type: text/plain; name*0=a; name*1=.txt\r\n" + B))),
    ("file as text, disposition misspelt", multi(b"multipart/mixed", TEXT, leaf(
        b"Content-Type: text/plain\r\nContent-Disposition: x-weird; filename=a.txt\r\n" + B))),
    ("file as text/html with a name", multi(b"multipart/mixed", TEXT, leaf(b"Content-Type: text/html; name=a.html\r\n" + B))),
    ("file as text/csv", multi(b"multipart/mixed", TEXT, leaf(b"Content-Type: text/csv\r\n" + B))),
    ("file without a type", multi(b"multipart/mixed", TEXT, leaf(b"Content-Type: pdf\r\nContent-Disposition: attachment\r\n" + B))),
    ("type with junk", multi(b"multipart/mixed", TEXT, leaf(b"Content-Type: application/pdf/x; y\r\n" + B))),
    ("empty type", multi(b"multipart/mixed", TEXT, leaf(b"Content-Type:\r\nContent-Disposition: attachment\r\n" + B))),
    ("in alternative", multi(b"multipart/alternative", TEXT, HTML, PDF)),
    ("alone in alternative", multi(b"multipart/alternative", PDF)),
    ("in related, not referred to", multi(b"multipart/related", HTML, PDF)),
    ("in related, referred to, but no picture", multi(
        b"multipart/related", HTML.replace(b"<p>", b"<img src=cid:x@y><p>"), b"Content-ID: <x@y>\r\n" + PDF)),
    ("in related as its root", multi(b"multipart/related; start=\"<x@y>\"", HTML, b"Content-ID: <x@y>\r\n" + PDF)),
    ("in digest", multi(b"multipart/digest", leaf(b"", b"Subject: x\r\n\r\n" + FILE))),
    ("in an unknown multipart", multi(b"multipart/mixed", TEXT, multi(b"multipart/x-strange", PDF, b=b"in"))),
    ("unknown multipart as the mail", multi(b"multipart/x-strange", TEXT, PDF)),
    ("in parallel", multi(b"multipart/parallel", TEXT, PDF)),
    ("in form-data", multi(b"multipart/form-data", TEXT, PDF)),
    ("in byteranges", multi(b"multipart/byteranges", TEXT, PDF)),
    ("in appledouble", multi(b"multipart/mixed", TEXT, multi(b"multipart/appledouble", PDF, PDF, b=b"ad"))),
    ("in message/rfc822", multi(b"multipart/mixed", TEXT, leaf(b"Content-Type: message/rfc822", PDF))),
    ("in message/global", multi(b"multipart/mixed", TEXT, leaf(b"Content-Type: message/global", PDF))),
    ("in message/rfc822, encoded", multi(b"multipart/mixed", TEXT, leaf(b"Content-Type: message/rfc822\r\n" + B, mails.base64_lines(PDF)))),
    ("message/rfc822 as the mail", leaf(b"Content-Type: message/rfc822", PDF)),
    ("message/partial", leaf(b"Content-Type: message/partial; id=x; number=1; total=2", PDF)),
    ("message/external-body", multi(b"multipart/mixed", TEXT, leaf(b"Content-Type: message/external-body; access-type=x", PDF))),
    ("nested twenty deep", None),
    ("padding in the middle", multi(b"multipart/mixed", TEXT, PDF.replace(B64, mails.base64_lines(FILE[:1000]) + mails.base64_lines(FILE[1000:])))),
    ("junk in the base64", multi(b"multipart/mixed", TEXT, PDF.replace(B64, b"!*!" + b"*".join(B64[i:i + 7] for i in range(0, len(B64), 7))))),
    ("quoted-printable file", multi(b"multipart/mixed", TEXT, leaf(
        b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: quoted-printable",
        b"".join(b"=%02X" % c + (b"=\r\n" if i % 24 == 23 else b"") for i, c in enumerate(FILE))))),
    ("picture nobody shows", multi(b"multipart/mixed", HTML, leaf(b"Content-Type: image/png\r\n" + B))),
    ("picture in a comment only", multi(b"multipart/related", HTML.replace(b"<p>", b"<!-- <img src=cid:x@y> --><p>"),
                                        leaf(b"Content-Type: image/png\r\nContent-ID: <x@y>\r\n" + B))),
    ("inline disposition, not shown", multi(b"multipart/mixed", TEXT, leaf(
        b"Content-Type: application/pdf\r\nContent-Disposition: inline\r\n" + B))),
    ("UTF-16 text as the file", multi(b"multipart/mixed", leaf(
        b"Content-Type: text/plain; charset=utf-16le\r\n" + B, mails.base64_lines(FILE)), PDF)),
    ("very long boundary", multi(b"multipart/mixed", TEXT, PDF, b=b"b" * 300)),
    ("uuencode inside an attachment", multi(b"multipart/mixed", TEXT, leaf(
        b"Content-Type: application/octet-stream; name=a\r\nContent-Transfer-Encoding: x-uuencode", FILE))),
]

# No reader takes these for files: they are text, or lie where no text is looked for. They stay as they are.
TEXT_ROWS = [
    ("in the epilogue as bare base64", multi(b"multipart/mixed", TEXT, PDF, post=B64)),
    ("in the preamble as a part", multi(b"multipart/mixed", TEXT, PDF, pre=b"--b0\r\n" + PDF + b"\r\n--b0--\r\n")),
    ("blank before the delimiter", multi(b"multipart/mixed", TEXT, TEXT + b"\r\n --b1\r\n" + PDF)),
    ("a second header behind an empty first", b"\r\n" + multi(b"multipart/mixed", TEXT, PDF)),
]

# double encoding and junk between the letters hide from the hunter, not from a mail reader
BEYOND_THE_HUNTER = ("in message/rfc822, encoded", "junk in the base64")


def nested(depth):
    body = PDF
    for i in range(depth):
        body = multi(b"multipart/mixed", TEXT, body, b=b"n%d-" % i)
    return body


class Leak(SystemCase):
    def test_no_byte_comes_back(self):
        """hidden files leave the mail, or the mail is refused for good"""
        refused = 0
        for name, body in ROWS:
            with self.subTest(shape=name):
                rcpt = self.rcpt()
                raw = self.tenant.stamp(mails.header("From", self.sender) + mails.header("Message-ID", mails.message_id())
                                        + mails.header("MIME-Version", "1.0") + (nested(20) if body is None else body))
                out = self.driver.send(raw, self.sender, [rcpt])
                if not out.accepted:
                    self.assertEqual(out.reply.code // 100, 5, out)
                    self.assertIn(out.reply.enhanced, ("5.6.0",), out)
                    refused += 1
                    continue
                back = self.recorder.wait(1, to=rcpt)[0]
                self.assertFalse(hunt(back.raw), "the file came back:\n%s" % back.raw[:3000].decode("latin-1"))
                for part in back.message.walk():
                    self.assertNotIn(SECRET, part.get_payload(decode=True) or b"")
        self.assertLess(refused, len(ROWS) // 2, "most of these shapes should be understood")

    def test_the_hunter_hunts(self):
        """the hunter finds the file in the mails as they were sent"""
        for name, body in ROWS:
            with self.subTest(shape=name):
                self.assertEqual(hunt(nested(20) if body is None else body), name not in BEYOND_THE_HUNTER)

    def test_text_is_no_file(self):
        """what Python's email, too, takes for text or passes over is not taken out"""
        for name, body in TEXT_ROWS:
            with self.subTest(shape=name):
                rcpt = self.rcpt()
                raw = self.tenant.stamp(mails.header("From", self.sender) + mails.header("Message-ID", mails.message_id())
                                        + mails.header("MIME-Version", "1.0") + body)
                files = [p for p in email.message_from_bytes(raw, policy=email.policy.default).iter_attachments()
                         if SECRET in (p.get_payload(decode=True) or b"")]
                self.send(raw, [rcpt])
                back = self.recorder.wait(1, to=rcpt)[0]
                self.assertTrue(hunt(back.raw))
                if files:
                    self.one_link(back)
                else:
                    self.assertPassed(raw, back)


if __name__ == "__main__":
    main()

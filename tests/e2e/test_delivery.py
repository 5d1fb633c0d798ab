#!/usr/bin/env python3
"""What goes back: untouched mail byte for byte (SD-150), mail with a link (SD-151), mail to colleagues (SD-152)."""

import hashlib
import urllib.parse

from secudoc_e2e import mails, portal
from secudoc_e2e.case import SystemCase, main


class Passing(SystemCase):
    def passes(self, raw, rcpts=None, **kw):
        rcpts = rcpts or [self.rcpt()]
        self.send(raw, rcpts, **kw)
        back = self.recorder.wait(1, to=rcpts[0])[0]
        self.assertEqual(back.addresses, rcpts)
        self.assertPassed(raw, back)
        return back

    def test_sd150_no_attachment(self):
        """SD-150: a mail without attachment arrives byte for byte, besides the closed list"""
        self.passes(self.tenant.stamp(mails.build(sender=self.sender, html=mails.HTML)))

    def test_one_copy_for_all_recipients(self):
        """a mail that passes is one copy for all its recipients"""
        rcpts = [self.rcpt() for _ in range(20)]
        back = self.passes(self.tenant.stamp(mails.build(sender=self.sender, to=rcpts[:3])), rcpts)
        self.assertEqual(len(back.addresses), 20)
        self.quiet(rcpts[0], 1)

    def test_odd_but_legal_header(self):
        """folding, blanks, empty values, long lines, 8-bit and duplicate fields stay as they are"""
        raw = self.tenant.stamp(
            b"X-Empty:\r\nX-Blank: \t \r\nX-Folded: a\r\n\tb\r\n  c\r\nx-lower:no blank\r\n"
            b"X-Long: " + b"z" * 900 + b"\r\nX-Twice: 1\r\nX-Twice: 2\r\nX-Utf8: gr\xc3\xbc\xc3\x9fe\r\n"
            b"DKIM-Signature: v=1; a=rsa-sha256; d=contoso.example; s=s1;\r\n\tb=AAAA\r\n"
            b"ARC-Seal: i=1; a=rsa-sha256; t=1\r\nAuthentication-Results: spf=pass\r\n"
            + mails.build(sender=self.sender))
        back = self.passes(raw, body="8BITMIME")
        self.assertEqual(len(mails.field_values(back.raw, "DKIM-Signature")), 1)

    def test_control_headers_leave(self):
        """incoming X-SecuDoc* headers and the secret header are deleted, whatever their case"""
        raw = self.tenant.stamp(b"x-secudoc: 9.9 forged\r\nX-SECUDOC-Enabled: 0\r\nX-SecuDoc-Whatever: a\r\n b\r\n"
                                + mails.build(sender=self.sender))
        back = self.passes(raw)
        self.assertEqual(len(mails.field_values(back.raw, "X-SecuDoc")), 1)
        self.assertEqual(mails.field_values(back.raw, "X-SecuDoc-Whatever"), [])
        self.assertEqual(mails.field_values(back.raw, self.tenant.secret_header), [])
        self.assertNotIn(self.tenant.secret.encode(), back.raw)

    def test_static_mark(self):
        """X-SecuDoc: 1.0 <tenant token>, X-SecuDoc-Mark and Received are there once each"""
        back = self.passes(self.tenant.stamp(mails.build(sender=self.sender)))
        self.assertRegex(mails.field_values(back.raw, "X-SecuDoc")[0], r"^1\.0 \S{16,}$")
        self.assertRegex(mails.field_values(back.raw, "X-SecuDoc-Mark")[0],
                         r"^v1; t=%s; c=\d+; d=\d+; m=[\w-]+$" % self.tenant.entra_id)
        self.assertEqual(len(mails.field_values(back.raw, "Received")), 2)
        self.assertRegex(mails.field_values(back.raw, "Received")[0],
                         r"^from .*\sby smtp\.secudoc\.example\.nl .*;\s.+[+-]\d{4}")

    def test_no_final_line_end(self):
        """a body that ends without a line end keeps its end"""
        self.passes(self.tenant.stamp(mails.build(sender=self.sender, text="no end").rstrip(b"\r\n")))

    def test_empty_body(self):
        """a mail that is header only, with and without the empty line"""
        self.passes(self.tenant.stamp(b"From: a@contoso.example\r\nMessage-ID: <e1@contoso.example>\r\n\r\n"))

    def test_dots(self):
        """lines that begin with dots arrive with as many"""
        self.passes(self.tenant.stamp(mails.build(sender=self.sender, text=".\n..\n...\n.x\n\n.")))
        raw = self.tenant.stamp(mails.build(sender=self.sender, text=".\n..\n...\n.x\n\n.\n"))
        self.passes(raw, chunking=False)

    def test_odd_chunks(self):
        """the same mail in chunks of 1, 7 and 1000 bytes and with an empty last chunk"""
        for chunk in (1, 7, 1000):
            raw = self.tenant.stamp(mails.build(sender=self.sender, text="x\n" * 50))
            self.passes(raw, chunk=chunk)

    def test_small_attachment_stays(self):
        """an attachment below the threshold of 1 KB stays, one of exactly 1000 bytes leaves"""
        raw = self.tenant.stamp(mails.with_file(size=999, sender=self.sender))
        self.passes(raw)
        bob = self.rcpt()
        self.send(self.tenant.stamp(mails.with_file(size=1000, sender=self.sender)), [bob])
        self.one_link(self.recorder.wait(1, to=bob)[0])

    def test_inline_picture_stays(self):
        """a picture that the HTML refers to by cid is no attachment"""
        page = '<html><body><p>logo</p><img src="cid:logo@contoso"></body></html>'
        raw = self.tenant.stamp(mails.build(sender=self.sender, html=page, files=[
            mails.File("logo.png", mails.body_bytes(4000), "image/png", "inline", cid="logo@contoso")]))
        self.passes(raw)

    def test_sd152_colleague(self):
        """SD-152: where inside recipients are excluded, a colleague gets the attachment as it was"""
        t = self.use(self.extra("northwind", excluded_recipients="@northwind.example"))
        colleague = t.address("carol")
        raw = t.stamp(mails.with_file(size=5000, sender=self.sender, to=[colleague]))
        self.passes(raw, [colleague])

    def test_sd079_colleague(self):
        """SD-079: without that exclusion inside recipients get a link as well"""
        colleague = self.tenant.address("carol-1")
        raw = self.tenant.stamp(mails.with_file(size=5000, sender=self.sender, to=[colleague]))
        self.send(raw, [colleague])
        self.one_link(self.recorder.wait(1, to=colleague)[0])


class Securing(SystemCase):
    def secured(self, raw, rcpt, **kw):
        self.send(raw, [rcpt], **kw)
        back = self.recorder.wait(1, to=rcpt)[0]
        return back, self.one_link(back)

    def fetched(self, link, rcpt):
        return [(d.name, d.sha256) for d in self.visitor().fetch_all(link, self.recorder, rcpt)]

    def test_sd151_attachment(self):
        """SD-151: the mail arrives without attachment, with a banner at the top of text and HTML"""
        bob = self.rcpt()
        raw = self.tenant.stamp(
            b"DKIM-Signature: v=1; b=AAAA\r\nARC-Seal: i=1\r\nARC-Message-Signature: i=1\r\n"
            b"ARC-Authentication-Results: i=1\r\n" + mails.with_file(size=5000, sender=self.sender, to=[bob]))
        back, link = self.secured(raw, bob)
        self.assertEdited(raw, back)
        for name in ("DKIM-Signature", "ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results"):
            self.assertEqual(mails.field_values(back.raw, name), [])
        for kind in ("plain", "html"):
            text = back.message.get_body((kind,)).get_content()
            self.assertIn(link, text)
            self.assertIn("Contoso Ltd", text)
            self.assertLess(text.index(link), text.index("Dear reader"))
        self.assertEqual([p for p in back.message.walk() if p.get_filename()], [])

    def test_text_around_the_banner_is_untouched(self):
        """everything of the texts that was there is still there, in its order"""
        bob = self.rcpt()
        back, _ = self.secured(self.tenant.stamp(mails.with_file(size=5000, sender=self.sender)), bob)
        self.assertTrue(back.message.get_body(("plain",)).get_content().replace("\r\n", "\n").endswith(
            "Dear reader,\n\nthe figures are attached.\n\nAlice\n"))
        page = back.message.get_body(("html",)).get_content().replace("\r\n", "\n")
        head, _, rest = mails.HTML.partition("<body lang=EN-US>")
        self.assertTrue(page.startswith(head + "<body lang=EN-US>"), page)
        self.assertTrue(page.endswith(rest), page)

    def test_several_files(self):
        """three files of one mail: all named in the banner, all there behind one link"""
        bob = self.rcpt()
        files = [mails.File("a.pdf", mails.body_bytes(3000, 1), "application/pdf"),
                 mails.File("Überweisung 2026.xlsx", mails.body_bytes(150_001, 2)),
                 mails.File("c.txt", b"plain\n" * 400, "text/plain")]
        raw = self.tenant.stamp(mails.build(sender=self.sender, text="Grüße\n", html=mails.HTML, files=files))
        back, link = self.secured(raw, bob, body="8BITMIME")
        for f in files:
            self.assertIn(f.name, back.message.get_body(("plain",)).get_content())
        self.assertEqual(self.fetched(link, bob),
                         [(f.name, hashlib.sha256(f.data).hexdigest()) for f in files])

    def test_no_text_part(self):
        """a mail without a text part gets one; a body that is itself the file becomes a text"""
        data = mails.body_bytes(20_000, 3)
        bob = self.rcpt()
        raw = self.tenant.stamp(
            mails.header("From", self.sender) + mails.header("Message-ID", mails.message_id())
            + mails.header("Subject", "scan") + mails.header("MIME-Version", "1.0")
            + mails.File("scan.pdf", data, "application/pdf").part())
        back, link = self.secured(raw, bob)
        self.assertEdited(raw, back, content_replaced=True)
        self.assertIn(link, back.message.get_body(("plain",)).get_content())
        self.assertEqual(self.fetched(link, bob), [("scan.pdf", hashlib.sha256(data).hexdigest())])

    def test_text_only(self):
        """a text mail with a file: text banner only, nothing else added"""
        bob = self.rcpt()
        raw = self.tenant.stamp(mails.with_file(size=5000, sender=self.sender, html=None))
        back, _ = self.secured(raw, bob)
        self.assertIsNone(back.message.get_body(("html",)))

    def test_attached_mail(self):
        """a mail as attachment is one file and comes back byte for byte"""
        inner = mails.build(sender="x@y.example", files=[mails.File("in.bin", mails.body_bytes(2000))])
        outer = (mails.header("From", self.sender) + mails.header("Message-ID", mails.message_id())
                 + mails.header("MIME-Version", "1.0")
                 + mails.header("Content-Type", 'multipart/mixed; boundary="outer"')
                 + b"\r\n--outer\r\nContent-Type: text/plain\r\n\r\nsee below\r\n--outer\r\n"
                 + b"Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename=\"old mail.eml\"\r\n\r\n"
                 + inner + b"\r\n--outer--\r\n")
        bob = self.rcpt()
        _, link = self.secured(self.tenant.stamp(outer), bob)
        self.assertEqual(self.fetched(link, bob), [("old mail.eml", hashlib.sha256(inner).hexdigest())])

    def test_languages(self):
        """the banner speaks the tenant's language"""
        for code, word in (("nl", "downloaden"), ("de", "herunterladen"), ("en", "download")):
            t = self.use(self.extra("lang" + code, language=code))
            bob = self.rcpt()
            back, _ = self.secured(t.stamp(mails.with_file(size=5000, sender=self.sender)), bob)
            self.assertIn(word, back.message.get_body(("plain",)).get_content().lower())

    def test_hostile_file_names(self):
        """names with paths, markup, control and bidi characters are labels and nothing else"""
        names = ['..\\..\\evil.exe', '../../etc/passwd', 'a"b.pdf'.replace('"', "''"),
                 "<script>alert(1)</script>.pdf", "invoice\u202efdp.exe", "x" * 200 + ".pdf"]
        files = [mails.File(n, mails.body_bytes(1500, i)) for i, n in enumerate(names)]
        bob = self.rcpt()
        raw = self.tenant.stamp(mails.build(sender=self.sender, html=mails.HTML, files=files))
        back, link = self.secured(raw, bob)
        page = back.message.get_body(("html",)).get_content()
        self.assertNotIn("<script>", page)
        self.assertNotIn("\u202e", page)
        got = self.visitor().fetch_all(link, self.recorder, bob)
        self.assertEqual([d.sha256 for d in got], [hashlib.sha256(f.data).hexdigest() for f in files])
        for d in got:
            self.assertNotRegex(d.name, r"[/\\<>\u202e]")
            self.assertEqual(d.fields["X-Content-Type-Options"], "nosniff")
            self.assertTrue(d.fields["Content-Disposition"].startswith("attachment"))

    def test_range(self):
        """a part of a file is that part; no session, no file"""
        data = mails.body_bytes(300_000, 5)
        bob = self.rcpt()
        raw = self.tenant.stamp(mails.build(sender=self.sender, files=[mails.File("r.bin", data)]))
        _, link = self.secured(raw, bob)
        v = self.visitor()
        page = v.files_page(link, self.recorder, bob)
        url = urllib.parse.urljoin(page.url, page.file_links[0])
        for spec, want in (("bytes=0-99", data[:100]), ("bytes=65530-65545", data[65530:65546]),
                           ("bytes=-10", data[-10:]), ("bytes=299999-", data[299999:])):
            d = v.download(url, fields={"Range": spec})
            self.assertEqual((spec, d.status, d.data == want), (spec, 206, True))
        d = v.download(url, fields={"Range": "bytes=300000-"})
        self.assertEqual(d.status, 416)
        self.assertNotEqual(self.visitor().download(url).status, 200)


if __name__ == "__main__":
    main()

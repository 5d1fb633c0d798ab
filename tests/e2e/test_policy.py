#!/usr/bin/env python3
"""What decides between pass and link: the tenant's mode, the switch header, exclusions, kinds of message."""

from secudoc_e2e import mails
from secudoc_e2e.case import SystemCase, main


class Policy(SystemCase):
    def mail(self, *switch, **kw):
        extra = [("X-SecuDoc-Enabled", s) for s in switch]
        kw.setdefault("size", 4000)
        return self.tenant.stamp(mails.with_file(sender=self.sender, extra=extra, **kw))

    def goes(self, raw, sender=None, rcpt=None):
        """"pass" or "link", with the byte-exact proof for the first."""
        rcpt = rcpt or self.rcpt()
        self.send(raw, [rcpt], sender=sender)
        back = self.recorder.wait(1, to=rcpt)[0]
        if b"/t/" in back.raw and mails.split(back.raw)[1] != mails.split(raw)[1]:
            self.one_link(back)
            return "link"
        self.assertPassed(raw, back)
        return "pass"

    def rows(self, cases):
        for switch, want in cases:
            with self.subTest(switch=switch):
                self.assertEqual(self.goes(self.mail(*switch)), want)

    def test_opt_out(self):
        """opt-out: absent and 1 secure, 0 passes, anything odd or twice secures"""
        self.rows([((), "link"), (("1",), "link"), (("0",), "pass"), (("false",), "link"), (("",), "link"),
                   (("0", "0"), "link"), (("0", "1"), "link"), (("0.0",), "link"), (("00",), "link")])

    def test_opt_in(self):
        """opt-in: absent and 0 pass, 1 secures, anything odd or twice secures"""
        self.use(self.extra("optin", mode="opt-in"))
        self.rows([((), "pass"), (("0",), "pass"), (("1",), "link"), (("yes",), "link"),
                   (("0", "0"), "link"), (("1.0",), "link")])

    def test_excluded_sender(self):
        """SD-090: an excluded sender's mail keeps its attachment, in any case of the address; others do not"""
        t = self.use(self.extra("invoices", excluded_senders=["facturen@invoices.example",
                                                              "billing@invoices.example"]))
        self.assertEqual(self.goes(self.mail(), sender=t.address("facturen")), "pass")
        self.assertEqual(self.goes(self.mail(), sender=t.address("Billing")), "pass")
        self.assertEqual(self.goes(self.mail(), sender=t.address("alice")), "link")
        self.assertEqual(self.goes(self.mail(), sender=t.address("xfacturen")), "link")

    def test_excluded_recipient(self):
        """an excluded recipient gets the attachment, a subdomain of it does not count"""
        self.use(self.extra("friends", excluded_recipients=["@partner.example", "one@single.example"]))
        self.assertEqual(self.goes(self.mail(), rcpt="a1@partner.example"), "pass")
        self.assertEqual(self.goes(self.mail(), rcpt="one@single.example"), "pass")
        self.assertEqual(self.goes(self.mail(), rcpt="two@single.example"), "link")
        self.assertEqual(self.goes(self.mail(), rcpt="a1@sub.partner.example"), "link")
        self.assertEqual(self.goes(self.mail(), rcpt="a1@notpartner.example"), "link")

    def test_mixed_recipients(self):
        """excluded recipients get one copy as it came, the others of the same mail get links of their own"""
        self.use(self.extra("mixed", excluded_recipients="@partner.example"))
        inside = ["a2@partner.example", "a3@partner.example"]
        outside = [self.rcpt(), self.rcpt()]
        raw = self.mail()
        self.send(raw, [inside[0], outside[0], inside[1], outside[1]])
        links = {self.one_link(self.recorder.wait(1, to=rcpt)[0]) for rcpt in outside}
        self.assertEqual(len(links), 2)
        back = self.recorder.wait(1, to=inside[0])[0]
        self.assertEqual(back.addresses, inside)
        self.assertPassed(raw, back)

    def test_mixed_recipients_shared_link(self):
        """the same with one link for all: the excluded one's copy has none"""
        self.use(self.extra("mixedshared", excluded_recipients="@partner.example", links="shared"))
        outside = [self.rcpt(), self.rcpt()]
        raw = self.mail()
        self.send(raw, ["a4@partner.example"] + outside)
        back = self.recorder.wait(1, to=outside[0])[0]
        self.assertEqual(back.addresses, outside)
        self.one_link(back)
        self.assertPassed(raw, self.recorder.wait(1, to="a4@partner.example")[0])

    def test_mixed_recipients_one_by_one(self):
        """the excluded recipient of a mail whose others are known already makes no empty transfer"""
        t = self.use(self.extra("mixedlater", excluded_recipients="@partner.example"))
        outside = self.rcpt()
        raw = self.mail()
        self.send(raw, [outside])
        self.one_link(self.recorder.wait(1, to=outside)[0])
        before = self.system.cli_json("transfer", "list", "--tenant", t.name)
        self.send(raw, [outside, "a5@partner.example"])
        self.assertPassed(raw, self.recorder.wait(1, to="a5@partner.example")[0])
        self.assertEqual(self.system.cli_json("transfer", "list", "--tenant", t.name), before)
        self.quiet(outside, 1)

    def test_required_header(self):
        """SD-133: without the required header the mail passes, with it it is secured"""
        self.use(self.extra("required", required_header="X-Secure-Me: yes"))
        self.assertEqual(self.goes(self.mail()), "pass")
        raw = self.tenant.stamp(b"X-Secure-Me: yes\r\n" + mails.with_file(size=4000, sender=self.sender))
        self.assertEqual(self.goes(raw), "link")
        raw = self.tenant.stamp(b"X-Secure-Me: no\r\n" + mails.with_file(size=4000, sender=self.sender))
        self.assertEqual(self.goes(raw), "pass")

    def test_threshold(self):
        """the tenant's threshold counts decoded bytes"""
        self.use(self.extra("large", threshold="10 KB"))
        self.assertEqual(self.goes(self.mail(size=9999)), "pass")
        self.assertEqual(self.goes(self.mail(size=10000)), "link")

    def kind(self, content_type, *parts, boundary="b1", preamble=b""):
        head = (mails.header("From", self.sender) + mails.header("Message-ID", mails.message_id())
                + mails.header("MIME-Version", "1.0")
                + mails.header("Content-Type", content_type + ('; boundary="%s"' % boundary)) + b"\r\n")
        body = preamble
        for p in parts:
            body += b"--%s\r\n" % boundary.encode() + p + b"\r\n"
        return self.tenant.stamp(head + body + b"--%s--\r\n" % boundary.encode())

    def test_kinds_that_pass(self):
        """signed, encrypted, calendar, report and TNEF mails pass byte for byte"""
        text = b"Content-Type: text/plain\r\n\r\nhello\r\n"
        file = mails.File("a.pdf", mails.body_bytes(4000), "application/pdf").part()
        signature = mails.File("smime.p7s", mails.body_bytes(3000), "application/pkcs7-signature").part()
        rows = [
            ("signed", self.kind('multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256',
                                 b'Content-Type: multipart/mixed; boundary="in"\r\n\r\n--in\r\n' + text
                                 + b"\r\n--in\r\n" + file + b"\r\n--in--\r\n", signature)),
            ("encrypted", self.kind('multipart/encrypted; protocol="application/pgp-encrypted"',
                                    b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n",
                                    b"Content-Type: application/octet-stream\r\n\r\n"
                                    + b"-----BEGIN PGP MESSAGE-----\r\n" * 100)),
            ("calendar", self.kind("multipart/alternative", text,
                                   b"Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\n"
                                   b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n")),
            ("report", self.kind("multipart/report; report-type=delivery-status", text,
                                 b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n",
                                 b"Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\n" + b"y" * 2000)),
            ("tnef", self.kind("multipart/mixed", text,
                               mails.File("winmail.dat", mails.body_bytes(4000), "application/ms-tnef").part())),
            ("smime", self.tenant.stamp(
                mails.header("From", self.sender) + mails.header("Message-ID", mails.message_id())
                + mails.header("MIME-Version", "1.0")
                + mails.File("smime.p7m", mails.body_bytes(4000), "application/pkcs7-mime").part())),
        ]
        for name, raw in rows:
            with self.subTest(kind=name):
                self.assertEqual(self.goes(raw), "pass")

    def test_fail_closed_shapes(self):
        """shapes that strippers overlook are attachments (M2)"""
        text = b"Content-Type: text/plain\r\n\r\nhello\r\n"
        file = mails.File("a.pdf", mails.body_bytes(4000), "application/pdf").part()
        rows = [
            ("in alternative", self.kind("multipart/alternative", text, file)),
            ("in related, not referred to", self.kind("multipart/related", text, file)),
            ("in unknown multipart", self.kind("multipart/x-strange", text, file)),
            ("no disposition, no name", self.kind(
                "multipart/mixed", text, b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64"
                b"\r\n\r\n" + mails.base64_lines(mails.body_bytes(4000)))),
            ("upper case names", self.kind("MULTIPART/MIXED", text, file.upper().replace(
                mails.base64_lines(mails.body_bytes(4000)).upper(), mails.base64_lines(mails.body_bytes(4000))))),
            ("text with a name", self.kind("multipart/mixed", text,
                                           mails.File("a.csv", b"1;2\n" * 1000, "text/csv").part())),
        ]
        for name, raw in rows:
            with self.subTest(shape=name):
                self.assertEqual(self.goes(raw), "link")

    def test_ambiguous_is_refused(self):
        """two readers could disagree: refused with 5xx, nothing goes out (M1)"""
        text = b"Content-Type: text/plain\r\n\r\nhello\r\n"
        file = mails.File("a.pdf", mails.body_bytes(4000), "application/pdf").part()
        rows = [
            ("two Content-Types", self.kind("text/plain", text, file).replace(
                b"MIME-Version", b"Content-Type: multipart/mixed; boundary=b1\r\nMIME-Version")),
            ("two boundaries", self.kind('multipart/mixed; boundary="zz"', text, file)),
            ("two encodings", self.kind("multipart/mixed", text,
                                        b"Content-Transfer-Encoding: 7bit\r\n" + file)),
            ("line without colon", self.kind("multipart/mixed", text, file).replace(
                b"MIME-Version: 1.0\r\n", b"MIME-Version: 1.0\r\nno colon here\r\n")),
            ("empty boundary", self.kind("multipart/mixed", text, file, boundary="")),
        ]
        for name, raw in rows:
            with self.subTest(shape=name):
                bob = self.rcpt()
                out = self.driver.send(raw, self.sender, [bob])
                self.assertRefused(out, 554 if out.reply and out.reply.code == 554 else 550)
                self.assertTrue(out.reply.enhanced.startswith("5.6"), out)
                self.quiet(bob, 0)


if __name__ == "__main__":
    main()

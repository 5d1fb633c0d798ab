#!/usr/bin/env python3
"""SMTP in: extensions, grammar, line ends, smuggling, BDAT's corners, caps. What a stranger may try."""

import socket
import ssl

from secudoc_e2e import mails
from secudoc_e2e.case import SystemCase, main
from secudoc_e2e.wire import SmtpLost, Wire


class Wired(SystemCase):
    # no connection is kept: what the other side offers is asked for each mail
    settings = {"deliver": {"idle": "0 s"}}

    def session(self):
        s = self.driver.session()
        self.addCleanup(s.wire.close)
        return s

    def envelope(self, wire, rcpt, sender=None):
        self.assertEqual(wire.command("MAIL FROM:<%s>" % (sender or self.sender)).code, 250)
        self.assertEqual(wire.command("RCPT TO:<%s>" % rcpt).code, 250)

    def plain_mail(self, **kw):
        return self.tenant.stamp(mails.build(sender=self.sender, **kw))


class Session(Wired):
    def test_extensions(self):
        """before TLS only STARTTLS matters; under TLS every extension that is promised, none that is not"""
        s = self.session()
        self.assertIn("STARTTLS", [w.split()[0] for w in s.plain_ehlo.lines[1:]])
        for word in ("PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "DSN", "CHUNKING", "SIZE"):
            self.assertIn(word, s.extensions)
        self.assertEqual(s.extensions["SIZE"], str(150 * 1024 * 1024))
        for word in ("STARTTLS", "BINARYMIME", "XOORG", "AUTH", "VRFY"):
            self.assertNotIn(word, s.extensions)

    def test_no_mail_in_the_clear(self):
        """MAIL before STARTTLS: 530"""
        w = Wire(self.system.smtp_address())
        self.addCleanup(w.close)
        self.assertEqual(w.reply().code, 220)
        w.ehlo()
        self.assertEqual(w.command("MAIL FROM:<%s>" % self.sender).code, 530)

    def test_starttls_injection(self):
        """commands in the same segment as STARTTLS are not run under TLS (S4)"""
        w = Wire(self.system.smtp_address())
        self.addCleanup(w.close)
        w.reply()
        w.ehlo()
        w.send(b"STARTTLS\r\nMAIL FROM:<evil@contoso.example>\r\n")
        try:
            reply = w.reply()
            if reply.code == 220:
                w.buffer = b""
                w.sock.settimeout(20)
                w.wrap(self.driver.context(), self.driver.server_name)
                self.assertEqual(w.command("RCPT TO:<x@fabrikam.example>").code, 503)
            else:
                self.assertGreaterEqual(reply.code, 400)
        except SmtpLost:
            pass  # dropped: as good

    def test_order(self):
        """commands out of order are 503 and change nothing"""
        w = self.session().wire
        self.assertEqual(w.command("RCPT TO:<a@fabrikam.example>").code, 503)
        self.assertEqual(w.command("DATA").code, 503)
        self.assertEqual(w.command("MAIL FROM:<%s>" % self.sender).code, 250)
        self.assertEqual(w.command("MAIL FROM:<%s>" % self.sender).code, 503)
        self.assertEqual(w.command("DATA").code, 503)
        self.assertEqual(w.command("STARTTLS").code // 100, 5)
        self.assertEqual(w.command("RSET").code, 250)
        self.assertEqual(w.command("RCPT TO:<a@fabrikam.example>").code, 503)
        self.assertEqual(w.command("NOOP").code, 250)
        self.assertEqual(w.command("QUIT").code, 221)
        self.assertTrue(w.closed())

    def test_grammar(self):
        """paths and parameters that are not in the grammar are refused with 5.5.4 or 5.1.x"""
        s = self.session().wire
        good = self.sender
        rows = ["MAIL FROM:alice@contoso.example", "MAIL FROM:<alice@contoso.example",
                "MAIL FROM:<%s> SIZE=abc" % good, "MAIL FROM:<%s> SIZE=1 SIZE=1" % good,
                "MAIL FROM:<%s> BODY=BINARYMIME" % good, "MAIL FROM:<%s> XOORG=x" % good,
                "MAIL FROM:<%s> RET=SOME" % good, "MAIL FROM:<a b@contoso.example>",
                "MAIL FROM:<alice@contoso.example> ENVID=a=b", "MAIL FROM:<%s@contoso.example>" % ("x" * 65),
                "MAIL TO:<%s>" % good, "MAIL"]
        for line in rows:
            with self.subTest(line=line):
                self.assertEqual(s.command(line).code // 100, 5)
        self.assertEqual(s.command("MAIL FROM:<%s>" % good).code, 250)
        rows = ["RCPT TO:<>", "RCPT TO:bob@fabrikam.example", "RCPT TO:<@a:bob@fabrikam.example>x",
                "RCPT TO:<bob@fabrikam.example> NOTIFY=NEVER,FAILURE", "RCPT TO:<bob@fabrikam.example> NOTIFY=",
                "RCPT TO:<bob@fabrikam.example> ORCPT=bob", "RCPT TO:<bob@fabrikam..example>",
                "RCPT TO:<bob\x01@fabrikam.example>", "RCPT TO:<b\xfcb@fabrikam.example>", "RCPT"]
        for line in rows:
            with self.subTest(line=line):
                self.assertEqual(s.command(line).code // 100, 5)

    def test_line_ends_of_commands(self):
        """a command that ends in LF alone, or holds CR or NUL, is refused and does not become two"""
        for line in (b"NOOP\nMAIL FROM:<a@contoso.example>\r\n", b"NOOP\rX\r\n", b"NOOP \0\r\n"):
            with self.subTest(line=line):
                w = self.session().wire
                w.send(line)
                try:
                    reply = w.reply()
                    self.assertEqual(reply.code // 100, 5, reply)
                    w.send(b"QUIT\r\n")
                    later = w.reply()
                    self.assertIn(later.code, (221, 421), later)
                except SmtpLost:
                    pass

    def test_long_command(self):
        """an endless command line is answered or cut, never stored without bound"""
        w = self.session().wire
        try:
            w.send(b"NOOP " + b"x" * 100_000)
            w.send(b"\r\n")
            self.assertEqual(w.reply().code // 100, 5)
        except SmtpLost:
            pass

    def test_size(self):
        """a declared or real size over the limit is 552 before and after"""
        w = self.session().wire
        reply = w.command("MAIL FROM:<%s> SIZE=%d" % (self.sender, 150 * 1024 * 1024 + 1))
        self.assertEqual((reply.code, reply.enhanced), (552, "5.3.4"))

    def test_8bit_and_utf8(self):
        """SMTPUTF8: addresses and header in UTF-8 go through with their parameters"""
        sender, rcpt = "jürgen@contoso.example", "пользователь-1@fabrikam.example"
        raw = self.tenant.stamp(mails.with_file(size=3000, sender=sender, to=[rcpt], subject="Grüße"))
        self.send(raw, [rcpt], sender=sender, smtputf8=True, body="8BITMIME")
        back = self.recorder.wait(1, to=rcpt)[0]
        self.assertEqual(back.mail_from, sender)
        self.assertIn("SMTPUTF8", back.mail_params)
        self.assertEqual(back.mail_params.get("BODY"), "8BITMIME")
        self.one_link(back)

    def test_utf8_without_the_parameter(self):
        """a UTF-8 address without SMTPUTF8 is refused"""
        w = self.session().wire
        self.assertEqual(w.command("MAIL FROM:<jürgen@contoso.example>").code // 100, 5)

    def test_utf8_to_a_server_without_it(self):
        """the other side offers no SMTPUTF8: one permanent report, nothing mangled"""
        self.recorder.extensions.remove("SMTPUTF8")
        self.addCleanup(self.recorder.extensions.append, "SMTPUTF8")
        rcpt = "пользователь-2@fabrikam.example"
        raw = self.tenant.stamp(mails.build(sender=self.sender, to=[rcpt], subject="Grüße"))
        self.send(raw, [rcpt], smtputf8=True, body="8BITMIME")
        self.recorder.wait(1, to=self.sender)
        self.assertEqual(self.recorder.accepted(to=rcpt), [])

    def test_dsn_parameters(self):
        """RET, ENVID, NOTIFY and ORCPT are carried through"""
        a, b = self.rcpt("a"), self.rcpt("b")
        raw = self.plain_mail()
        self.send(raw, [a, b], ret="HDRS", envid="QQ314159+3D1", notify={a: "SUCCESS,FAILURE", b: "NEVER"},
                  orcpt={a: "rfc822;Old+2Baddress@fabrikam.example"})
        back = self.recorder.wait(1, to=a)[0]
        self.assertEqual(back.mail_params.get("RET"), "HDRS")
        self.assertEqual(back.mail_params.get("ENVID"), "QQ314159+3D1")
        params = dict(back.rcpts)
        self.assertEqual(sorted(params[a]["NOTIFY"].split(",")), ["FAILURE", "SUCCESS"])
        self.assertEqual(params[a]["ORCPT"], "rfc822;Old+2Baddress@fabrikam.example")
        self.assertEqual(params[b]["NOTIFY"], "NEVER")

    def test_mails_on_one_connection(self):
        """fifty mails on one connection, with a refused one among them"""
        s = self.session()
        rcpts = []
        for i in range(50):
            r = self.rcpt("n%d" % i)
            out = s.send(self.plain_mail(), self.sender, [r])
            self.assertEqual(out.accepted, [r], out)
            rcpts.append(r)
            if i == 25:
                bad = s.send(mails.build(), self.sender, [self.rcpt()])
                self.assertEqual(bad.accepted, [])
        for r in rcpts:
            self.recorder.wait(1, to=r)

    def test_connection_lost_in_mid_mail(self):
        """a connection that ends before the last byte leaves nothing: no mail, no container"""
        bob = self.rcpt()
        raw = self.tenant.stamp(mails.with_file(size=500_000, sender=self.sender))
        s = self.session()
        self.envelope(s.wire, bob)
        s.wire.send(b"BDAT %d LAST\r\n" % len(raw) + raw[:-1])
        s.wire.abort()
        s = self.session()
        self.envelope(s.wire, bob)
        self.assertEqual(s.wire.command("DATA").code, 354)
        s.wire.send(raw)
        s.wire.abort()
        self.quiet(bob, 0)


class LineEnds(Wired):
    def data(self, body_bytes, rcpt):
        """One DATA with these bytes behind the header, then the end as CR LF . CR LF."""
        w = self.session().wire
        self.envelope(w, rcpt)
        self.assertEqual(w.command("DATA").code, 354)
        head = self.tenant.stamp(mails.build(sender=self.sender, text=""))
        w.send(head + body_bytes + b"\r\n.\r\n")
        return w

    def test_smuggling(self):
        """only CR LF . CR LF ends a mail: every other spelling is refused, and no second mail is seen (S1)"""
        spellings = [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r.\r\n", b"\r\n.\r", b"\n.\r", b"\r.\n",
                     b"\n\n.\r\n", b"\r\r\n.\r\n", b"\0\r\n.\r\r\n", b"\r\n\0.\r\n\n", b"\r\n.\0\r\n\r", b"\n"]
        for end in spellings:
            with self.subTest(end=end):
                bob, evil = self.rcpt(), self.rcpt("smuggled")
                smuggled = (b"MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n" % (
                    self.sender.encode(), evil.encode())) + self.plain_mail()
                try:
                    w = self.data(b"first" + end + smuggled, bob)
                    reply = w.reply()
                    self.assertEqual(reply.code // 100, 5, reply)
                except SmtpLost:
                    pass  # closed: as good
                self.system.wait_queue_empty()
                self.assertEqual(self.recorder.accepted(to=evil), [])
                self.assertEqual(self.recorder.accepted(to=bob), [])

    def test_bare_in_data(self):
        """bare CR and bare LF in DATA: 5xx with 5.6.x, and the reply says why"""
        for bad in (b"a\nb", b"a\rb", b"a\r\rb", b"\n", b"a\r\n\r"):
            with self.subTest(bad=bad):
                w = self.data(bad + b"x", self.rcpt())
                reply = w.reply()
                self.assertEqual((reply.code // 100, reply.enhanced[:4]), (5, "5.6."), reply)

    def test_end_across_segments(self):
        """the end of data byte by byte is the end of data"""
        bob = self.rcpt()
        w = self.session().wire
        self.envelope(w, bob)
        w.command("DATA")
        raw = self.plain_mail()
        w.send(raw)
        for i in range(3):
            w.send(b".\r\n"[i:i + 1])
        self.assertEqual(w.reply().code, 250)
        self.assertPassed(raw, self.recorder.wait(1, to=bob)[0])

    def bdat(self, raw, rcpt):
        self.send(raw, [rcpt])
        return self.recorder.wait(1, to=rcpt)[0]

    def test_bare_lf_by_bdat(self):
        """bare LF, bare CR, NUL and long lines by BDAT pass byte for byte, and go out by BDAT"""
        for body in (b"a\nb\r\nc\rd\r\n", b"\0nul\r\n", b"z" * 5000 + b"\r\n", b"\n.\n\r\n.\r\nMAIL FROM:<x>\r\n",
                     b"\xff\xfe8-bit\r\n"):
            with self.subTest(body=body[:20]):
                raw = self.tenant.stamp(mails.build(sender=self.sender, text="")) + body
                back = self.bdat(raw, self.rcpt())
                self.assertEqual(back.via, "BDAT")
                self.assertPassed(raw, back)

    def test_bare_lf_beside_an_attachment(self):
        """a body with bare LF loses its attachment and keeps its line ends"""
        bob = self.rcpt()
        raw = self.tenant.stamp(mails.with_file(size=3000, sender=self.sender, html=None)).replace(
            b"the figures are attached.\r\n", b"the figures\nare attached.\r\n")
        back = self.bdat(raw, bob)
        self.assertEqual(back.via, "BDAT")
        self.assertIn(b"the figures\nare attached.\r\n", back.raw)
        self.one_link(back)

    def test_bare_lf_without_chunking(self):
        """the other side has no CHUNKING: one permanent report (5.6.x), nothing is bent to fit"""
        self.recorder.extensions.remove("CHUNKING")
        self.addCleanup(self.recorder.extensions.append, "CHUNKING")
        for word, body in (("lf", b"a\nb\r\n"), ("cr", b"a\rb\r\n"), ("nul", b"a\0b\r\n"),
                           ("long", b"z" * 999 + b"\r\n")):
            with self.subTest(body=word):
                bob, sender = self.rcpt(), self.tenant.address(word + "-sender")
                raw = self.tenant.stamp(mails.build(sender=sender, text="")) + body
                self.send(raw, [bob], sender=sender)
                report = self.recorder.wait(1, to=sender)[0]
                self.assertIn(b"5.6.", report.raw)
                self.assertEqual(report.via, "DATA")
                self.assertEqual(self.recorder.accepted(to=bob), [])

    def test_ordinary_without_chunking(self):
        """an ordinary mail goes by DATA then, dots and all"""
        self.recorder.extensions.remove("CHUNKING")
        self.addCleanup(self.recorder.extensions.append, "CHUNKING")
        bob = self.rcpt()
        raw = self.tenant.stamp(mails.build(sender=self.sender, text=".\n..\n.x\n\n.\n"))
        back = self.bdat(raw, bob)
        self.assertEqual(back.via, "DATA")
        self.assertPassed(raw, back)

    def test_bare_lf_in_header(self):
        """bare CR or LF in the header or beside a boundary is refused, also by BDAT"""
        raw = self.plain_mail()
        mixed = self.tenant.stamp(mails.with_file(size=3000, sender=self.sender, boundary="bbb"))
        for name, bad in (("LF", raw.replace(b"MIME-Version: 1.0\r\n", b"MIME-Version: 1.0\n")),
                          ("CR", raw.replace(b"MIME-Version: 1.0\r\n", b"MIME-Version: 1.0\r")),
                          ("LF in value", raw.replace(b"Quarterly figures", b"Quarterly\nfigures")),
                          ("NUL", raw.replace(b"Quarterly figures", b"Quarterly\0figures")),
                          ("boundary LF", mixed.replace(b"--bbb\r\n", b"--bbb\n")),
                          ("LF boundary", mixed.replace(b"\r\n--bbb--", b"\n--bbb--"))):
            with self.subTest(where=name):
                bob = self.rcpt()
                out = self.driver.send(bad, self.sender, [bob])
                self.assertEqual(out.accepted, [], out)
                self.assertEqual((out.reply.code // 100, out.reply.enhanced[:4]), (5, "5.6."), out)
                self.assertEqual(self.recorder.accepted(to=bob), [])


class Chunks(Wired):
    def test_bdat_zero_last(self):
        """the whole mail in one chunk, then BDAT 0 LAST"""
        bob = self.rcpt()
        raw = self.plain_mail()
        w = self.session().wire
        self.envelope(w, bob)
        w.send(b"BDAT %d\r\n" % len(raw) + raw)
        self.assertEqual(w.reply().code, 250)
        self.assertEqual(w.command("BDAT 0 LAST").code, 250)
        self.assertPassed(raw, self.recorder.wait(1, to=bob)[0])

    def test_bdat_then_data(self):
        """DATA after a chunk is refused; the transaction is not taken for a mail (S3)"""
        bob = self.rcpt()
        w = self.session().wire
        self.envelope(w, bob)
        raw = self.plain_mail()
        w.send(b"BDAT %d\r\n" % len(raw) + raw)
        self.assertEqual(w.reply().code, 250)
        self.assertEqual(w.command("DATA").code, 503)
        self.assertEqual(w.command("RSET").code, 250)
        self.assertEqual(w.command("BDAT 0 LAST").code, 503)
        self.quiet(bob, 0)

    def test_last_twice(self):
        """LAST ends the mail; a chunk behind it belongs to none"""
        bob = self.rcpt()
        raw = self.plain_mail()
        w = self.session().wire
        self.envelope(w, bob)
        w.send(b"BDAT %d LAST\r\n" % len(raw) + raw)
        self.assertEqual(w.reply().code, 250)
        w.send(b"BDAT 5 LAST\r\nhello")
        self.assertEqual(w.reply().code, 503)
        self.assertEqual(w.command("NOOP").code, 250)
        self.assertPassed(raw, self.recorder.wait(1, to=bob)[0])

    def test_chunk_without_transaction(self):
        """the bytes of a refused chunk are read over, not run as commands"""
        w = self.session().wire
        chunk = b"MAIL FROM:<a@contoso.example>\r\n"
        w.send(b"BDAT %d\r\n" % len(chunk) + chunk + b"NOOP\r\n")
        self.assertEqual(w.reply().code, 503)
        reply = w.reply()
        self.assertEqual(reply.code, 250, reply)
        self.assertEqual(w.command("RCPT TO:<x@fabrikam.example>").code, 503)

    def test_odd_sizes(self):
        """sizes that are no number, negative or beyond every bound"""
        for size in ("", "x", "-1", "+1", "0x10", "1.5", "99999999999999999999", "18446744073709551617 LAST",
                     "10 LAST LAST", "10 FIRST"):
            with self.subTest(size=size):
                w = self.session().wire
                self.envelope(w, self.rcpt())
                try:
                    self.assertEqual(w.command("BDAT " + size).code // 100, 5)
                except SmtpLost:
                    pass

    def test_too_large(self):
        """a chunk that makes the mail larger than allowed: 552"""
        w = self.session().wire
        self.envelope(w, self.rcpt())
        try:
            w.send(b"BDAT %d LAST\r\n" % (150 * 1024 * 1024 + 1))
            w.send(b"x" * 65536)
            reply = w.reply()
            self.assertEqual(reply.code, 552, reply)
        except SmtpLost:
            pass

    def test_pipelined_chunks(self):
        """envelope and chunks in one go, replies after"""
        bob = self.rcpt()
        raw = self.plain_mail()
        half = len(raw) // 2
        w = self.session().wire
        w.send(b"MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nBDAT %d\r\n" % (self.sender.encode(), bob.encode(), half)
               + raw[:half] + b"BDAT %d LAST\r\n" % (len(raw) - half) + raw[half:] + b"NOOP\r\n")
        self.assertEqual([w.reply().code for _ in range(5)], [250] * 5)
        self.assertPassed(raw, self.recorder.wait(1, to=bob)[0])


class Caps(Wired):
    settings = {"smtp": {"max_connections": 20, "max_connections_per_address": 5, "max_size": "1 MiB",
                         "command_timeout": "5 s"}}

    def test_connections_per_address(self):
        """more connections than one address may have: 421, and room again afterwards"""
        open_now = [self.session() for _ in range(5)]
        w = Wire(self.system.smtp_address())
        self.addCleanup(w.close)
        self.assertEqual(w.reply().code, 421)
        for s in open_now:
            s.quit()
        from secudoc_e2e.system import wait_until

        def again():
            w = Wire(self.system.smtp_address())
            try:
                return w.reply().code == 220
            finally:
                w.close()
        wait_until(again, 30, "a connection is taken again")

    def test_max_size(self):
        """a mail over smtp.max_size is 552 at its end, one below it is taken"""
        over = self.tenant.stamp(mails.with_file(size=900_000, sender=self.sender))
        self.assertGreater(len(over), 1 << 20)
        for chunking in (True, False):
            out = self.driver.send(over, self.sender, [self.rcpt()], size=False, chunking=chunking)
            self.assertEqual(out.accepted, [])
            self.assertEqual((out.reply.code, out.reply.enhanced), (552, "5.3.4"), out)
        under = self.tenant.stamp(mails.with_file(size=700_000, sender=self.sender))
        self.assertTrue(self.driver.send(under, self.sender, [self.rcpt()]).accepted)

    def test_idle_client(self):
        """a client that says nothing is told so and cut off in time"""
        w = self.session().wire
        w.sock.settimeout(60)
        self.assertEqual(w.reply().code, 421)
        self.assertTrue(w.closed())


if __name__ == "__main__":
    main()

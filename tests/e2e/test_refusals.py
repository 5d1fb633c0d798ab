#!/usr/bin/env python3
"""What the inbound connector may do to us: refuse now, refuse for good, hang up, be slow, be somebody else."""

import threading

from secudoc_e2e import mails
from secudoc_e2e.case import SystemCase, main
from secudoc_e2e.recorder import Recorder
from secudoc_e2e.reports import Report, is_report

STEPS = ("CONNECT", "EHLO", "STARTTLS", "MAIL", "RCPT", "END")
TEMPORARY = {"CONNECT": "421 4.3.2 Service not available", "STARTTLS": "454 4.7.0 TLS not available",
             "END": "451 4.7.500 Server busy. Please try again later"}


class Temporary(SystemCase):
    settings = {"deliver": {"idle": "1 s"}}

    def once(self, **kw):
        """A mail that meets the scripted trouble arrives in the end, once."""
        bob = self.rcpt()
        raw = self.tenant.stamp(mails.with_file(sender=self.sender, size=3000))
        self.send(raw, [bob], **kw)
        self.recorder.wait(1, to=bob)
        return bob

    def test_refused_for_now(self):
        """4xx at every step: retried until it is taken, delivered once"""
        for step in STEPS:
            with self.subTest(step=step):
                rule = self.recorder.on(step, reply=TEMPORARY.get(step, "451 4.3.0 later"), times=2)
                bob = self.once()
                self.assertEqual(len(self.recorder.accepted(to=bob)), 1)
                self.recorder.off(rule)
                self.quiet(bob, 1)

    def test_dropped(self):
        """the connection is closed at every step: retried, delivered once"""
        for step in STEPS:
            with self.subTest(step=step):
                rule = self.recorder.on(step, drop=True, times=2)
                bob = self.once()
                self.recorder.off(rule)
                self.quiet(bob, 1)

    def test_some_recipients_later(self):
        """of a passed mail's three recipients one is refused for now: he gets his copy later, alone"""
        rcpts = [self.rcpt(w) for w in ("one", "later", "three")]
        self.recorder.on("RCPT", reply="450 4.2.2 mailbox full", times=2, match=rcpts[1])
        self.send(self.tenant.stamp(mails.build(sender=self.sender)), rcpts)
        self.assertEqual(sorted(self.recorder.wait(1, to=rcpts[0])[0].addresses),
                         sorted([rcpts[0], rcpts[2]]))
        self.assertEqual(self.recorder.wait(1, to=rcpts[1])[0].addresses, [rcpts[1]])
        for r in rcpts:
            self.quiet(r, 1)

    def test_same_bytes_on_retry(self):
        """every attempt renders the same bytes: link, mark and Received included"""
        bob = self.rcpt()
        self.recorder.on("END", reply="451 4.3.0 later", times=2, match=bob)
        self.send(self.tenant.stamp(mails.with_file(sender=self.sender, size=3000)), [bob])
        self.recorder.wait(1, to=bob)
        tries = [m.raw for m in self.recorder.mails if bob in m.addresses]
        self.assertEqual(len(tries), 3)
        self.assertEqual(len(set(tries)), 1)

    def test_slow_side_holds_nobody_up(self):
        """one tenant's side hangs: the other tenant's mail goes its way"""
        go = threading.Event()
        self.addCleanup(go.set)
        reached = threading.Event()
        self.recorder.on("MAIL", hold=go, reached=reached)
        bob = self.rcpt()
        self.send(self.tenant.stamp(mails.build(sender=self.sender)), [bob])
        self.assertTrue(reached.wait(60))
        recorder = self.recorder
        self.use(self.extra("fabrikam"))
        self.once()
        go.set()
        recorder.wait(1, to=bob)


class Permanent(SystemCase):
    def report_for(self, sender):
        return Report(self.recorder.wait(1, to=sender, match=is_report)[0])

    def refused_mail(self, word, **kw):
        bob, sender = self.rcpt(word), self.tenant.address("sender-" + word)
        raw = self.tenant.stamp(mails.build(sender=sender, to=[bob], subject="Offer " + word, **kw))
        return bob, sender, raw

    def test_report(self):
        """refused for good: one RFC 3464 report to the sender, null reverse-path, the server's own words"""
        for step, reply in (("MAIL", "550 5.7.64 TenantAttribution; Relay Access Denied"),
                            ("RCPT", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found"),
                            ("END", "554 5.6.0 Corrupt message content")):
            with self.subTest(step=step):
                bob, sender, raw = self.refused_mail(step.lower())
                whose = {"MAIL": sender, "RCPT": bob, "END": bob}[step]
                rule = self.recorder.on(step, reply=reply, match=whose)
                self.send(raw, [bob], sender=sender)
                report = self.report_for(sender)
                self.recorder.off(rule)
                self.assertEqual(report.mail.mail_from, "")
                self.assertEqual(report.mail.addresses, [sender])
                fields = report.recipients[bob]
                self.assertEqual(fields["Action"], "failed")
                self.assertEqual(fields["Status"].split(".")[0], "5")
                self.assertIn(reply.split(" ", 2)[2].split(";")[0], fields["Diagnostic-Code"])
                self.assertTrue(fields["Diagnostic-Code"].lower().startswith("smtp;"))
                self.assertIn("Reporting-MTA", report.message_fields)
                self.assertIn("Offer " + step.lower(), report.text)  # names the mail
                self.assertIn(bob, report.text)
                self.assertIn("Offer " + step.lower(), report.header)
                self.assertNotIn(self.tenant.secret, report.mail.raw.decode("latin-1"))
                self.assertNotEqual(report.mail.message["Auto-Submitted"], None)
                self.quiet(sender, 1)
                self.assertEqual(self.recorder.accepted(to=bob), [])

    def test_report_has_no_content(self):
        """the report quotes the header only"""
        bob, sender, raw = self.refused_mail("secretive", text="The password is swordfish.\n")
        self.recorder.on("RCPT", reply="550 5.1.1 no", match=bob)
        self.send(raw, [bob], sender=sender)
        self.assertNotIn("swordfish", self.report_for(sender).mail.raw.decode("latin-1"))

    def test_silence(self):
        """no report for null senders, automatic mail, and where NOTIFY says NEVER"""
        rows = [("null", "", {}, {}),
                ("auto", None, dict(extra=[("Auto-Submitted", "auto-replied")]), {}),
                ("suppress", None, dict(extra=[("X-Auto-Response-Suppress", "All")]), {}),
                ("never", None, {}, dict(notify="NEVER"))]
        for word, sender, mail_kw, send_kw in rows:
            with self.subTest(kind=word):
                bob, own, raw = self.refused_mail(word, **mail_kw)
                self.recorder.on("RCPT", reply="550 5.1.1 no", match=bob)
                kw = {"notify": {bob: send_kw["notify"]}} if send_kw else {}
                self.send(raw, [bob], sender=own if sender is None else sender, **kw)
                self.quiet(own, 0)
                self.assertEqual(self.recorder.accepted(to=""), [])

    def test_report_that_is_refused(self):
        """a report that is refused itself ends there"""
        bob, sender, raw = self.refused_mail("deaf")
        self.recorder.on("RCPT", reply="550 5.1.1 no", match=bob)
        self.recorder.on("RCPT", reply="550 5.1.1 no either", match=sender)
        self.send(raw, [bob], sender=sender)
        self.quiet(sender, 0)


class GivingUp(SystemCase):
    settings = {"deliver": {"give_up": "4 s", "retry_min": "500 ms", "retry_max": "1 s"}}

    def test_give_up(self):
        """what was refused for now for deliver.give_up is given up: one report that quotes the last reply"""
        bob, sender = self.rcpt(), self.tenant.address("patient")
        self.recorder.on("RCPT", reply="451 4.2.1 still not today", match=bob)
        self.send(self.tenant.stamp(mails.build(sender=sender, to=[bob])), [bob], sender=sender)
        report = Report(self.recorder.wait(1, to=sender, match=is_report)[0])
        self.assertEqual(report.recipients[bob]["Action"], "failed")
        self.assertEqual(report.recipients[bob]["Status"], "4.4.7")
        self.assertIn("still not today", report.mail.raw.decode("latin-1"))
        self.assertGreater(len([a for a in self.recorder.steps("RCPT") if bob in a]), 2)
        self.recorder.off()
        self.quiet(bob, 0)
        self.quiet(sender, 1)


class SomebodyElse(SystemCase):
    """Who is not the tenant's inbound connector gets nothing, and the mail waits."""

    def nothing_goes(self, name, recorder):
        self.addCleanup(recorder.close)
        t = self.use(self.extra(name))
        good = "%s:%d" % (t.recorder.host, t.recorder.port)
        t.set(inbound_host="%s:%d" % (recorder.host, recorder.port))
        bob = self.rcpt()
        self.send(t.stamp(mails.with_file(sender=self.sender, size=3000)), [bob])
        recorder.wait_for(lambda: recorder.connections >= 2, 60)
        self.assertEqual(recorder.steps("MAIL"), [])
        self.assertEqual(recorder.mails, [])
        self.assertEqual(len(self.system.cli_json("queue", "list")), 1)
        t.set(inbound_host=good)  # the right side again: it goes
        self.assertEqual(len(t.recorder.wait(1, to=bob)), 1)

    def test_no_starttls(self):
        """STARTTLS is not offered (stripped): never in the clear"""
        self.nothing_goes("stripped", Recorder(self.certs.inbound("stripped.mail.protection.outlook.com"),
                                               self.certs.our_root.cert, starttls=False))

    def test_wrong_name(self):
        """a certificate with another name"""
        self.nothing_goes("wrongname", Recorder(self.certs.inbound("other.mail.protection.outlook.com"),
                                                self.certs.our_root.cert))

    def test_foreign_certificate(self):
        """the right name from an authority that we do not know, and self-signed"""
        host = "foreign.mail.protection.outlook.com"
        self.nothing_goes("foreign", Recorder(self.certs.foreign_root.issue("foreign-in", [host]),
                                              self.certs.our_root.cert))
        self.nothing_goes("foreign", Recorder(self.certs.self_signed, self.certs.our_root.cert))

    def test_expired_certificate(self):
        """the right name, expired"""
        cert = self.certs.exchange_root.issue("expired-in", ["late.mail.protection.outlook.com"], expired=True)
        self.nothing_goes("late", Recorder(cert, self.certs.our_root.cert))

    def test_response_injection(self):
        """a reply smuggled behind the 220 of STARTTLS is not believed (S5)"""
        self.nothing_goes("injected", Recorder(self.certs.inbound("injected.mail.protection.outlook.com"),
                                               self.certs.our_root.cert, inject=True))

    def test_nobody_there(self):
        """nobody listens: the mail waits and goes when somebody does"""
        t = self.use(self.extra("absent"))
        good = "%s:%d" % (t.recorder.host, t.recorder.port)
        spare = Recorder(self.certs.inbound(t.host), self.certs.our_root.cert)
        spare.close()
        t.set(inbound_host="%s:%d" % (spare.host, spare.port))
        bob = self.rcpt()
        self.send(t.stamp(mails.build(sender=self.sender)), [bob])
        self.assertEqual(len(self.system.cli_json("queue", "list")), 1)
        t.set(inbound_host=good)
        t.recorder.wait(1, to=bob)


class TwoTenants(SystemCase):
    def test_certificates_never_cross(self):
        """two tenants interleaved at load: each side sees its own client certificate only (T4)"""
        a, b = self.tenant, self.extra("fabrikam")
        sent = {a: [], b: []}

        def work(number):
            driver = self.system.driver()
            with driver.session() as s:
                for i in range(15):
                    t = (a, b)[(i + number) % 2]
                    rcpt = self.rcpt("x%d" % i)
                    out = s.send(t.stamp(mails.build(sender=t.address("alice"))), t.address("alice") if i % 3 else "", [rcpt])
                    if out.accepted:
                        sent[t].append(rcpt)
        threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
        for x in threads:
            x.start()
        for x in threads:
            x.join()
        for t, other in ((a, b), (b, a)):
            self.assertEqual(len(sent[t]), 45)
            for rcpt in sent[t]:
                back = t.recorder.wait(1, to=rcpt)[0]
                self.assertEqual(back.client_subject, t.client.name.replace("client-", ""))
                self.assertEqual(other.recorder.accepted(to=rcpt), [])


if __name__ == "__main__":
    main()

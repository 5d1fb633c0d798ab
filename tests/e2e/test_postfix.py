#!/usr/bin/env python3
"""A real Postfix as sender before us and as receiver behind us, TLS and client certificates on both ways."""

import hashlib
import smtplib
import unittest

from secudoc_e2e import certs, mails, portal, postfix
from secudoc_e2e.case import main
from secudoc_e2e.system import System, wait_until


class Delivered:
    """A mail from the Maildir, shaped as the recorder's, so that the same helpers read it."""

    def __init__(self, text):
        import email
        import email.policy
        self.text = text
        self.message = email.message_from_bytes(text, policy=email.policy.default)


class Interoperation(unittest.TestCase):
    def setUp(self):
        if PROBLEM:
            self.skipTest(PROBLEM)
        self.certs = certs.shared()
        self.system = System().start()
        self.addCleanup(self.system.stop)
        self.host = "contoso.mail.protection.outlook.com"
        self.in_port, self.back_port = postfix.free_port(), postfix.free_port()
        self.tenant = self.system.add_tenant("contoso", inbound_host="127.0.0.1:%d" % self.back_port)
        self.sender = self.tenant.address("alice")

    def outbound(self, cert=None):
        """The sender: takes mail in the clear on loopback, hands it to us with Exchange's certificate."""
        cert = cert or self.certs.exchange
        p = postfix.Postfix({
            "relayhost": "[127.0.0.1]:%d" % self.system.smtp_address()[1],
            "smtp_tls_security_level": "secure", "smtp_tls_secure_cert_match": certs.SMTP_NAME,
            "smtp_tls_CAfile": self.certs.our_root.cert, "smtp_tls_cert_file": cert.chain,
            "smtp_tls_key_file": cert.key, "smtp_tls_loglevel": "1",
        }, {self.in_port: {}})
        self.addCleanup(p.stop)
        return p.start()

    def inbound(self, client_ca=None):
        """The receiver: demands our client certificate and delivers into a Maildir."""
        cert = self.certs.inbound(self.host)
        p = postfix.Postfix({
            "smtpd_tls_security_level": "encrypt", "smtpd_tls_cert_file": cert.chain,
            "smtpd_tls_key_file": cert.key, "smtpd_tls_CAfile": client_ca or self.certs.our_root.cert,
            "smtpd_tls_ask_ccert": "yes", "smtpd_tls_req_ccert": "yes", "smtpd_tls_received_header": "yes",
            "smtpd_tls_loglevel": "1", "virtual_mailbox_domains": "static:all",
            "virtual_mailbox_maps": "static:all/",
            "virtual_uid_maps": "static:10", "virtual_gid_maps": "static:10",
            "smtpd_recipient_restrictions":
                "check_recipient_access inline:{{nobody@fabrikam.example = 550 5.1.1 no such user here}}, "
                "permit",
        }, {self.back_port: {}})
        self.addCleanup(p.stop)
        return p.start()

    def hand_in(self, raw, rcpts, sender=None):
        with smtplib.SMTP("127.0.0.1", self.in_port) as s:
            s.sendmail(self.sender if sender is None else sender, rcpts, raw)

    def delivered(self, receiver, to, count=1):
        def found():
            return [Delivered(m) for m in receiver.mails()
                    if mails.field_values(mails.crlf(m), "X-Original-To") == [to]
                    or mails.field_values(mails.crlf(m), "Delivered-To") == [to]]
        try:
            return wait_until(lambda: found() if len(found()) >= count else None, 60, "mail for " + to, 0.1)
        except AssertionError as e:
            raise AssertionError("%s\n%s\n%s" % (e, receiver.log(), self.system.log_tail()))

    def test_round_trip(self):
        """Postfix hands in, we take the file out, Postfix gets it back with a link; the file is the same"""
        self.outbound()
        receiver = self.inbound()
        data = mails.body_bytes(300_000, 3)
        raw = self.tenant.stamp(mails.build(sender=self.sender, to=["bob@fabrikam.example"], html=mails.HTML,
                                            files=[mails.File("figures.pdf", data, "application/pdf")]))
        self.hand_in(raw, ["bob@fabrikam.example"])
        back = self.delivered(receiver, "bob@fabrikam.example")[0]
        received = mails.field_values(mails.crlf(back.text), "Received")
        self.assertEqual(len(received), 4)  # Exchange, Postfix, us, Postfix
        self.assertIn("TLSv1.3", received[0])
        self.assertIn("verified OK", received[0])
        link = portal.links_in(back)[0]

        box = MaildirBox(self, receiver)
        files = portal.Visitor(self.system.web_address, self.certs).fetch_all(link, box, "bob@fabrikam.example")
        self.assertEqual([d.sha256 for d in files], [hashlib.sha256(data).hexdigest()])

    def test_untouched(self):
        """a mail without attachment arrives with the same header fields and body"""
        self.outbound()
        receiver = self.inbound()
        raw = self.tenant.stamp(mails.build(sender=self.sender, text=".\n..dots\n" + "long " * 180 + "\n"))
        self.hand_in(raw, ["bob@fabrikam.example", "carol@fabrikam.example"])
        for rcpt in ("bob@fabrikam.example", "carol@fabrikam.example"):
            back = mails.crlf(self.delivered(receiver, rcpt)[0].text)
            self.assertEqual(mails.split(back)[1], mails.split(raw)[1])
            fields = mails.split(back)[0]
            for f in mails.split(raw)[0]:
                if not f.startswith(self.tenant.secret_header.encode()):
                    self.assertIn(f, fields)

    def test_wrong_client_certificate(self):
        """Postfix with somebody else's certificate: nothing is taken, nothing arrives"""
        sender = self.outbound(self.certs.wrong_name)
        receiver = self.inbound()
        self.hand_in(self.tenant.stamp(mails.build(sender=self.sender)), ["bob@fabrikam.example"], sender="")
        wait_until(lambda: "status=bounced" in sender.log() or "status=deferred" in sender.log(), 60,
                   "Postfix was refused")
        self.assertEqual(receiver.mails(), [])

    def test_receiver_does_not_know_us(self):
        """the receiver trusts another authority: our mail waits, and goes when it is put right"""
        self.outbound()
        stranger = self.inbound(client_ca=self.certs.foreign_root.cert)
        self.hand_in(self.tenant.stamp(mails.build(sender=self.sender)), ["bob@fabrikam.example"])
        wait_until(lambda: [c for c in self.system.cli_json("queue", "list") if c["tries"] > 0], 60,
                   "one attempt was made", 0.2)
        self.assertEqual(stranger.mails(), [])
        stranger.stop()
        receiver = self.inbound()
        self.delivered(receiver, "bob@fabrikam.example")

    def test_unknown_user(self):
        """the receiver refuses a user: its words reach the sender in a report, by way of the receiver"""
        self.outbound()
        receiver = self.inbound()
        self.hand_in(self.tenant.stamp(mails.with_file(sender=self.sender)),
                     ["nobody@fabrikam.example", "bob@fabrikam.example"])
        self.delivered(receiver, "bob@fabrikam.example")
        report = self.delivered(receiver, self.sender)[0]
        self.assertEqual(report.message.get_content_type(), "multipart/report")
        self.assertIn(b"no such user here", report.text)

    def test_postfix_load(self):
        """two hundred mails through both: each arrives once"""
        self.outbound()
        receiver = self.inbound()
        with smtplib.SMTP("127.0.0.1", self.in_port) as s:
            for i in range(200):
                s.sendmail(self.sender, ["u%d@fabrikam.example" % i],
                           self.tenant.stamp(mails.with_file(sender=self.sender, size=2000, seed=i)))
        wait_until(lambda: len(receiver.mails()) >= 200, 180, "200 mails: " + receiver.log()[-500:], 0.5)
        self.system.wait_queue_empty()
        names = [mails.field_values(mails.crlf(m), "X-Original-To")[0] for m in receiver.mails()]
        self.assertEqual(len(names), 200)
        self.assertEqual(len(set(names)), 200)


class MaildirBox:
    """What portal.Visitor asks of a recorder, over a Maildir."""

    def __init__(self, test, receiver):
        self.test, self.receiver = test, receiver

    def accepted(self, to, match):
        found = [Delivered(m) for m in self.receiver.mails()
                 if mails.field_values(mails.crlf(m), "X-Original-To") == [to]]
        for m in found:
            m.raw = m.text
        return [m for m in found if match(m)]

    def wait(self, count, to, match):
        return wait_until(lambda: self.accepted(to, match) if len(self.accepted(to, match)) >= count else None,
                          60, "a code mail", 0.1)


PROBLEM = None
try:
    postfix.in_namespace()
except postfix.Unavailable as e:
    PROBLEM = "no Postfix here: %s" % e

if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Who may speak for a tenant: certificate, tenant id, secret and sender domain, all four, exactly once."""

import os
import ssl
import uuid

from secudoc_e2e import mails
from secudoc_e2e.case import SystemCase, main
from secudoc_e2e.wire import SmtpLost


class Certificates(SystemCase):
    def attempt(self, cert):
        driver = self.system.driver(cert=cert)
        return driver.send(self.tenant.stamp(mails.build(sender=self.sender)), self.sender, [self.rcpt()])

    def no_entry(self, cert):
        """Either the handshake fails, or MAIL is answered 5.7.x; in no case a recipient is taken."""
        out = self.attempt(cert)
        self.assertEqual(out.accepted, [])
        if out.mail is not None:
            self.assertTrue(out.mail.permanent, out)
            self.assertTrue(out.mail.enhanced.startswith("5.7."), out)
        else:
            self.assertIsNotNone(out.lost)

    def test_wrong_certificates(self):
        """another name, the name only as CN, a longer name, a foreign or own signature, expired, none"""
        for name in ("wrong_name", "name_in_cn_only", "longer_name", "foreign", "self_signed", "expired"):
            with self.subTest(certificate=name):
                self.no_entry(getattr(self.certs, name))
        with self.subTest(certificate="none"):
            self.no_entry(None)

    def test_refusals_on_record(self):
        """who was turned away at MAIL stands in the machine's chain with the reason, once; who was let in does not"""
        for cert, reason in ((None, "certificate-missing"), (self.certs.wrong_name, "certificate-name"),
                             (self.certs.foreign, "certificate-invalid"), (self.certs.exchange, None)):
            with self.subTest(reason=reason):
                before = self.system.audit()
                self.attempt(cert)
                new = self.system.audit()[len([x for x in before if x[0] == "(machine)"]):]
                new = [x for x in new if x[0] == "(machine)"]
                self.assertEqual(new, [("(machine)", "refused", reason)] if reason else [])

    def test_right_certificates(self):
        """Exchange Online's certificate, also when it is for servers only"""
        self.assertTrue(self.attempt(self.certs.exchange).accepted)
        self.assertTrue(self.attempt(self.certs.exchange_server_auth).accepted)

    def test_tls_versions(self):
        """TLS 1.2 and 1.3 are taken"""
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version=version):
                with self.driver.session(context=self.driver.context(maximum=version, minimum=version)) as s:
                    self.assertEqual(s.wire.sock.version().replace("v1.", "v1_"), version.name)

    def test_old_tls(self):
        """TLS 1.1 is not"""
        context = self.driver.context(minimum=ssl.TLSVersion.TLSv1, maximum=ssl.TLSVersion.TLSv1_1)
        context.set_ciphers("ALL:@SECLEVEL=0")
        with self.assertRaises(SmtpLost):
            self.driver.session(context=context).quit()


class Claims(SystemCase):
    def refused(self, raw, sender=None, rcpts=None):
        rcpts = rcpts or [self.rcpt()]
        out = self.driver.send(raw, self.sender if sender is None else sender, rcpts)
        self.assertEqual(out.accepted, [], out)
        self.assertIsNone(out.lost, out)
        self.assertTrue(out.reply.permanent, out)
        self.assertTrue(out.reply.enhanced.startswith("5.7."), out)
        for r in rcpts:
            self.assertEqual(self.recorder.accepted(to=r), [])
        return out

    def body(self):
        return mails.with_file(sender=self.sender, size=3000)

    def test_tenant_id(self):
        """unknown, missing, empty, malformed, twice, twice the same, folded into two"""
        good = self.tenant.entra_id
        rows = [("unknown", dict(entra_id=str(uuid.uuid4()))), ("missing", dict(entra_id=None)),
                ("empty", dict(entra_id="")), ("malformed", dict(entra_id=good[:-1])),
                ("with more behind", dict(entra_id=good + " x")),
                ("twice the same", dict(extra=[("X-MS-Exchange-CrossTenant-Id", good)])),
                ("twice", dict(extra=[("x-ms-exchange-crosstenant-id", str(uuid.uuid4()))])),
                ("a list", dict(entra_id=good + ", " + str(uuid.uuid4())))]
        for name, how in rows:
            with self.subTest(tenant_id=name):
                self.refused(self.tenant.stamp(self.body(), **how))

    def test_second_id_deeper_in_the_header(self):
        """a second tenant id at the very end of the header counts too"""
        raw = self.tenant.stamp(self.body())
        at = raw.index(b"\r\n\r\n")
        self.refused(raw[:at] + b"\r\nX-MS-Exchange-CrossTenant-Id: %s" % self.tenant.entra_id.encode()
                     + raw[at:])

    def test_claims_in_the_body_do_not_count(self):
        """a header that looks like ours behind the header's end is text"""
        fake = mails.header("X-MS-Exchange-CrossTenant-Id", self.tenant.entra_id) \
            + mails.header(self.tenant.secret_header, self.tenant.secret)
        raw = mails.stamp(mails.build(sender=self.sender), None, secret=None)
        head, _, body = raw.partition(b"\r\n\r\n")
        self.refused(head + b"\r\n\r\n" + fake + body)

    def test_folded_tenant_id(self):
        """a tenant id or secret that is folded in its middle is refused"""
        raw = self.tenant.stamp(self.body())
        for value in (self.tenant.entra_id, self.tenant.secret):
            with self.subTest(value=value):
                self.refused(raw.replace(value.encode(), value[:8].encode() + b"\r\n " + value[8:].encode()))

    def test_secret(self):
        """missing, wrong, empty, too long, in another case, twice"""
        good = self.tenant.secret
        rows = [("missing", dict(secret=None)), ("wrong", dict(secret=uuid.uuid4().hex)),
                ("empty", dict(secret="")), ("prefix", dict(secret=good[:-1])),
                ("longer", dict(secret=good + "0")), ("other case", dict(secret=good.upper())),
                ("twice", dict(extra=[(self.tenant.secret_header, good)])),
                ("right and wrong", dict(extra=[(self.tenant.secret_header, "x" * 32)]))]
        for name, how in rows:
            with self.subTest(secret=name):
                self.refused(self.tenant.stamp(self.body(), **how))

    def test_secret_of_another_tenant(self):
        """tenant id of one, secret of another"""
        other = self.extra("fabrikam")
        self.refused(self.tenant.stamp(self.body(), secret=other.secret))
        self.refused(other.stamp(self.body(), secret=self.tenant.secret))
        raw = other.stamp(self.body(), secret=self.tenant.secret, secret_header=self.tenant.secret_header)
        self.refused(raw)

    def test_secret_rotation(self):
        """two secrets at once; after the change the old one is refused"""
        t = self.extra("rotating")
        old, new = t.secret, uuid.uuid4().hex
        t.set(secret_values=[old, new])
        driver = self.system.driver()
        for value in (old, new):
            out = driver.send(t.stamp(mails.build(sender=t.address("alice")), secret=value), t.address("alice"), [self.rcpt()])
            self.assertTrue(out.accepted, out)
        t.set(secret_values=[new])
        self.refused(t.stamp(mails.build(sender=t.address("alice")), secret=old), sender=t.address("alice"))
        t.secret = new

    def test_sender_domain(self):
        """a sender outside the tenant's registered domains, and near misses of them"""
        for sender in ("alice@fabrikam.example", "alice@sub.contoso.example", "alice@contoso.example.evil.example",
                       "alice@xcontoso.example", "alice@contoso.exampl"):
            with self.subTest(sender=sender):
                self.refused(self.tenant.stamp(self.body()), sender=sender)

    def test_sender_domain_in_other_case(self):
        """domains compare without case"""
        out = self.driver.send(self.tenant.stamp(self.body()), "Alice@CONTOSO.Example", [self.rcpt()])
        self.assertTrue(out.accepted, out)

    def test_author(self):
        """the author's domain counts too: missing, foreign, several, twice; also behind the null sender"""
        me, foreign = "alice@contoso.example", "mallory@fabrikam.example"
        good = mails.build(sender=me)
        line = [f for f in mails.split(good)[0] if f.startswith(b"From:")][0]
        rows = [("missing", b""), ("foreign", b"From: <%s>\r\n" % foreign.encode()),
                ("name that looks right", b'From: "%s" <%s>\r\n' % (me.encode(), foreign.encode())),
                ("two authors", b"From: <%s>, <%s>\r\n" % (me.encode(), foreign.encode())),
                ("twice", line + b"From: <%s>\r\n" % foreign.encode())]
        for name, instead in rows:
            for sender in (self.sender, ""):
                with self.subTest(author=name, sender=sender):
                    self.refused(self.tenant.stamp(good.replace(line, instead)), sender=sender)

    def test_another_tenants_sender(self):
        """everything of one tenant but the sender of another"""
        other = self.extra("fabrikam")
        self.refused(self.tenant.stamp(self.body()), sender=other.address("bob"))

    def test_disabled_tenant(self):
        """a tenant that is switched off: its mail waits at Exchange (4xx)"""
        t = self.extra("sleeping", enabled="false")
        out = self.driver.send(t.stamp(mails.build(sender=t.address("alice"))), t.address("alice"), [self.rcpt()])
        self.assertEqual(out.accepted, [])
        self.assertTrue(out.reply.temporary, out)
        t.set(enabled="true")
        self.assertTrue(self.driver.send(t.stamp(mails.build(sender=t.address("alice"))), t.address("alice"), [self.rcpt()]).accepted)

    def test_refusal_is_one_sentence(self):
        """the reply is one clear line without a word of the secret"""
        out = self.refused(self.tenant.stamp(self.body(), secret=uuid.uuid4().hex))
        self.assertEqual(len(out.reply.lines), 1)
        self.assertNotIn(self.tenant.secret, out.reply.text)
        self.assertRegex(out.reply.text, r"^5\.7\.\d+ [A-Z\w].{10,}")

    def container_files(self):
        top = os.path.join(self.system.folder, "containers")
        return sorted(f for _, _, names in os.walk(top) for f in names)

    def test_nothing_left_behind(self):
        """a refusal leaves no container, no row in the queue, and one audit line with its reason"""
        before, files = self.system.metric("secudoc_trust_refused_total"), self.container_files()
        self.refused(self.tenant.stamp(mails.with_file(size=400_000, sender=self.sender), secret=None))
        self.assertEqual(self.system.metric("secudoc_trust_refused_total"), before + 1)
        self.assertEqual(self.container_files(), files)
        self.system.wait_queue_empty()
        self.assertIn("ok", self.system.cli_ok("audit", "verify").lower())
        self.assertEqual(self.system.audit("--tenant", "contoso")[-1], ("contoso", "refused", "secret-missing"))

    def test_audit_of_all_tenants(self):
        """without --tenant audit list shows the machine's chain and every tenant's, each line with its name"""
        other = self.extra("wingtip")
        self.refused(other.stamp(self.body(), secret=None), sender=other.address("alice"))
        self.refused(self.tenant.stamp(self.body(), entra_id=None))
        lines = self.system.audit()
        self.assertIn(("wingtip", "refused", "secret-missing"), lines)
        self.assertIn(("(machine)", "refused", "tenant-missing"), lines)
        self.assertIn("contoso", {tenant for tenant, _, _ in lines})
        self.assertEqual({tenant for tenant, _, _ in self.system.audit("--tenant", "wingtip")}, {"wingtip"})


class NullSender(SystemCase):
    def test_group_copy(self):
        """with tenant id and secret a null sender is mail like any other"""
        bob = self.rcpt()
        self.send(self.tenant.stamp(mails.with_file(size=3000)), [bob], sender="")
        back = self.recorder.wait(1, to=bob)[0]
        self.assertEqual(back.mail_from, "")
        self.one_link(back)

    def validation(self, **kw):
        kw.setdefault("secret", None)
        mail = mails.build(sender="O365ConnectorValidation@contoso.example",
                           subject="Test email for connector validation",
                           text="This test email message was sent from Microsoft Office 365's mail "
                                "service to check that mail can be routed through your connector.\n")
        return self.tenant.stamp(mail, **kw)

    def test_connector_validation(self):
        """SD-066, X-17: the validation mail without the secret returns, byte for byte"""
        inside = self.tenant.address("admin-1")
        raw = self.validation()
        self.send(raw, [inside], sender="")
        self.assertPassed(raw, self.recorder.wait(1, to=inside)[0])

    def refused(self, raw, rcpts, sender=""):
        out = self.driver.send(raw, sender, rcpts)
        self.assertEqual(out.accepted, [], out)
        self.assertTrue(out.reply.permanent, out)
        self.assertTrue(out.reply.enhanced.startswith("5.7."), out)

    def test_not_a_validation_mail(self):
        """without the secret: to outside, with attachment, too large, of an unknown tenant, wrong secret"""
        inside = self.tenant.address("admin-2")
        self.refused(self.validation(), [self.rcpt()])
        self.refused(self.validation(), [inside, self.rcpt()])
        self.refused(self.tenant.stamp(mails.with_file(size=3000), secret=None), [inside])
        self.refused(self.tenant.stamp(mails.build(text="x" * 70 + "\n" + "y" * 70_000), secret=None), [inside])
        self.refused(self.validation(entra_id=str(uuid.uuid4())), [inside])
        self.refused(self.validation(secret="w" * 32), [inside])
        self.refused(self.validation(), [inside], sender=self.sender)

    def test_rate(self):
        """validation mails are rate limited: sooner or later 4xx, never a flood"""
        inside = self.tenant.address("admin-3")
        replies = [self.driver.send(self.validation(), "", [inside]) for _ in range(60)]
        limited = [o for o in replies if not o.accepted]
        self.assertTrue(limited, "60 validation mails in a row were taken")
        self.assertTrue(all(o.reply.temporary for o in limited), limited[:3])


if __name__ == "__main__":
    main()

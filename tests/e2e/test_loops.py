#!/usr/bin/env python3
"""Marks and repeats: our own mail that comes back, forged marks, and mails that Exchange sends again."""

import re
import threading
import uuid

from secudoc_e2e import mails, portal
from secudoc_e2e.case import SystemCase, main


def set_fields(raw, name, value):
    """raw with the field's value replaced; None removes it."""
    fields, rest = mails.split(raw)
    out = []
    for f in fields:
        if mails.field_name(f) == name.lower():
            if value is not None:
                out.append(mails.header(name, value))
        else:
            out.append(f)
    return b"".join(out) + rest


class Marks(SystemCase):
    def first_pass(self, raw, rcpt, **kw):
        self.send(raw, [rcpt], **kw)
        return self.recorder.wait(1, to=rcpt)[0]

    def returned(self, back, **kw):
        """The mail as the rule sends it here again: what is on it stays, the secret is set anew."""
        return mails.add_fields(back.raw, [(self.tenant.secret_header, self.tenant.secret)])

    def test_return_of_a_secured_mail(self):
        """our own mail with its mark comes back: it passes untouched, the link stays the same"""
        bob = self.rcpt()
        back = self.first_pass(self.tenant.stamp(mails.with_file(sender=self.sender)), bob)
        again = self.returned(back)
        self.send(again, [bob])
        second = self.recorder.wait(2, to=bob)[1]
        self.assertPassed_with_link(again, second)
        self.assertEqual(self.one_link(second), self.one_link(back))

    def assertPassed_with_link(self, sent, mail):
        from secudoc_e2e import compare
        self.assertEqual(compare.passed_problems(sent, mail.raw, self.tenant.secret_header), [])

    def test_return_of_a_passed_mail(self):
        """a mail that passed with its attachment (switch 0) passes again although the switch is gone"""
        bob = self.rcpt()
        raw = self.tenant.stamp(mails.with_file(sender=self.sender, extra=[("X-SecuDoc-Enabled", "0")]))
        back = self.first_pass(raw, bob)
        self.assertPassed(raw, back)
        again = self.returned(back)
        self.send(again, [bob])
        self.assertPassed(again, self.recorder.wait(2, to=bob)[1])

    def test_second_return_stops(self):
        """the second return of a mail is stopped, with one notice at most, and no storm"""
        bob = self.rcpt()
        back = self.first_pass(self.tenant.stamp(mails.with_file(sender=self.sender)), bob)
        self.send(self.returned(back), [bob])
        second = self.recorder.wait(2, to=bob)[1]
        before = len(self.recorder.accepted(to=self.sender))
        for _ in range(5):
            self.driver.send(self.returned(second), self.sender, [bob])
            self.driver.send(self.returned(back), self.sender, [bob])
        self.quiet(bob, 2)
        self.assertLessEqual(len(self.recorder.accepted(to=self.sender)) - before, 1)
        self.assertGreaterEqual(self.system.metric("secudoc_mails_looped_total"), 1)

    def test_second_return_of_some(self):
        """a second return with further recipients: they get it, and the sender one report on the others"""
        bob, carol = self.rcpt(), self.rcpt("carol")
        raw = self.tenant.stamp(mails.with_file(sender=self.sender, extra=[("X-SecuDoc-Enabled", "0")]))
        back = self.first_pass(raw, bob)
        again = self.returned(back)
        self.send(again, [bob])
        self.recorder.wait(2, to=bob)
        told = len(self.recorder.accepted(to=self.sender))
        # under another id: else Exchange has only asked again what it was answered already
        again = set_fields(again, "X-MS-Exchange-Organization-Network-Message-Id", str(uuid.uuid4()))
        for _ in range(3):
            self.send(again, [bob, carol])
        self.assertPassed(again, self.recorder.wait(1, to=carol)[0])
        report = self.recorder.wait(told + 1, to=self.sender)[-1]
        self.quiet(carol, 1)
        self.quiet(bob, 2)
        self.assertEqual(len(self.recorder.accepted(to=self.sender)), told + 1)
        self.assertEqual(report.mail_from, "")
        self.assertIn(bob, report.raw.decode())
        self.assertNotIn(carol, report.raw.decode())
        self.assertNotIn(self.tenant.secret, report.raw.decode())

    def test_loop_of_a_null_sender_is_silent(self):
        """a looping mail with null sender is stopped without any notice"""
        bob = self.rcpt()
        back = self.first_pass(self.tenant.stamp(mails.with_file()), bob, sender="")
        self.driver.send(self.returned(back), "", [bob])
        second = self.recorder.wait(2, to=bob)[1]
        for _ in range(3):
            self.driver.send(self.returned(second), "", [bob])
        self.quiet(bob, 2)
        self.assertEqual(self.recorder.accepted(to=""), [])

    def forged(self, change):
        """A fresh mail with an attachment that carries a mark made from a real one: it must be secured."""
        bob = self.rcpt()
        back = self.first_pass(self.tenant.stamp(mails.with_file(sender=self.sender)), bob)
        mark = mails.field_values(back.raw, "X-SecuDoc-Mark")[0]
        invalid = self.system.metric("secudoc_marks_invalid_total")
        carol = self.rcpt("carol")
        fresh = mails.with_file(sender=self.sender, seed=9, extra=[
            ("X-SecuDoc", mails.field_values(back.raw, "X-SecuDoc")[0]), ("X-SecuDoc-Mark", change(mark))])
        second = self.first_pass(self.tenant.stamp(fresh), carol)
        self.one_link(second)
        self.assertEqual([p for p in second.message.walk() if p.get_filename()], [])
        self.assertEqual(self.system.metric("secudoc_marks_invalid_total"), invalid + 1)

    def test_mark_of_another_mail(self):
        """a valid mark on another mail (another Message-ID) counts for nothing and is counted"""
        self.forged(lambda m: m)

    def test_changed_mark(self):
        """a mark with one character changed, with another copy id, with rubbish"""
        self.forged(lambda m: m[:-1] + ("A" if m[-1] != "A" else "B"))
        self.forged(lambda m: re.sub(r"c=\d+", "c=1", m))
        self.forged(lambda m: "v1; t=x; c=0; d=0; m=")

    def test_mark_of_another_tenant(self):
        """a mark of one tenant means nothing at another"""
        bob = self.rcpt()
        back = self.first_pass(self.tenant.stamp(mails.with_file(sender=self.sender)), bob)
        mark = mails.field_values(back.raw, "X-SecuDoc-Mark")[0]
        mid = mails.field_values(back.raw, "Message-ID")[0]
        t = self.use(self.extra("fabrikam"))
        raw = t.stamp(mails.with_file(sender=self.sender, mid=mid, extra=[("X-SecuDoc-Mark", mark)]))
        self.one_link(self.first_pass(raw, self.rcpt("carol")))

    def test_static_mark_alone(self):
        """X-SecuDoc: 1.0 alone, as anybody can write it, switches nothing off"""
        bob = self.rcpt()
        raw = self.tenant.stamp(mails.with_file(sender=self.sender, extra=[("X-SecuDoc", "1.0")]))
        self.one_link(self.first_pass(raw, bob))

    def test_new_attachment_on_a_returned_mail(self):
        """a valid mark on a mail that has something to detach: it is secured"""
        bob = self.rcpt()
        back = self.first_pass(self.tenant.stamp(mails.with_file(sender=self.sender)), bob)
        fields, _ = mails.split(back.raw)
        keep = [f for f in fields if not mails.field_name(f).startswith(("content-", "mime-version"))]
        _, body = mails.split(mails.with_file(sender=self.sender, seed=5))
        content = [f for f in mails.split(mails.with_file(sender=self.sender, seed=5, boundary="again"))[0]
                   if mails.field_name(f) in ("content-type", "mime-version")]
        body = mails.split(mails.with_file(sender=self.sender, seed=5, boundary="again"))[1]
        raw = mails.add_fields(b"".join(keep + content) + body,
                               [(self.tenant.secret_header, self.tenant.secret)])
        self.send(raw, [bob])
        second = self.recorder.wait(2, to=bob)[1]
        self.assertEqual([p for p in second.message.walk() if p.get_filename()], [])
        self.one_link(second)


class Repeats(SystemCase):
    def mail(self, **kw):
        kw.setdefault("network_id", str(uuid.uuid4()))
        return self.tenant.stamp(mails.with_file(sender=self.sender, mid=mails.message_id()), **kw)

    def test_same_mail_again(self):
        """the same mail for the same recipient: 250, and nothing happens"""
        bob = self.rcpt()
        raw = self.mail()
        for _ in range(3):
            self.send(raw, [bob])
        self.quiet(bob, 1)

    def test_new_recipients_are_work(self):
        """the same mail for further recipients: only they get it"""
        a, b, c = (self.rcpt(x) for x in "abc")
        raw = self.mail()
        self.send(raw, [a])
        self.send(raw, [a, b])
        self.send(raw, [c, b], sender="")  # a group copy of the same mail
        for r in (a, b, c):
            self.recorder.wait(1, to=r)
        for r in (a, b, c):
            self.quiet(r, 1)

    def test_address_in_other_case(self):
        """a repeat is one in any case of the address"""
        bob = self.rcpt()
        raw = self.mail()
        self.send(raw, [bob])
        self.send(raw, [bob.upper().replace("BOB", "Bob")])
        self.system.wait_queue_empty()
        found = [m for m in self.recorder.accepted() if bob in [x.lower() for x in m.addresses]]
        self.assertEqual(len(found), 1)

    def test_other_content_is_no_repeat(self):
        """the same ids with other content, or other ids with the same content, are mails of their own"""
        bob = self.rcpt()
        network, mid = str(uuid.uuid4()), mails.message_id()
        self.send(self.tenant.stamp(mails.with_file(sender=self.sender, mid=mid), network_id=network), [bob])
        self.send(self.tenant.stamp(mails.with_file(sender=self.sender, mid=mid, seed=2),
                                    network_id=network), [bob])
        self.send(self.tenant.stamp(mails.with_file(sender=self.sender, mid=mid)), [bob])
        self.quiet(bob, 3)

    def test_without_network_id(self):
        """without the network message id the Message-ID serves"""
        bob = self.rcpt()
        raw = self.mail(network_id="")
        self.send(raw, [bob])
        self.send(raw, [bob])
        self.quiet(bob, 1)

    def test_repeat_after_a_lost_answer(self):
        """the connection is cut before the 250 is read; Exchange sends again; it is delivered once"""
        for i in range(10):
            bob = self.rcpt()
            raw = self.mail()
            s = self.driver.session()
            s.wire.command("MAIL FROM:<%s>" % self.sender)
            s.wire.command("RCPT TO:<%s>" % bob)
            s.wire.send(b"BDAT %d LAST\r\n" % len(raw) + raw)
            s.wire.abort()
            self.driver.deliver(raw, self.sender, [bob])
            self.recorder.wait(1, to=bob)
            self.quiet(bob, 1)

    def test_at_the_same_time(self):
        """eight sessions hand over the same mail at once: it is delivered once"""
        bob = self.rcpt()
        raw = self.mail()
        outs = []
        threads = [threading.Thread(target=lambda: outs.append(
            self.driver.deliver(raw, self.sender, [bob]))) for _ in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(len(outs), 8)
        self.quiet(bob, 1)

    def test_tenants_apart(self):
        """the same mail at two tenants is two mails"""
        bob = self.rcpt()
        network = str(uuid.uuid4())
        self.send(self.mail(network_id=network), [bob])
        self.recorder.wait(1, to=bob)
        self.use(self.extra("fabrikam"))
        self.send(self.mail(network_id=network), [bob])
        self.recorder.wait(1, to=bob)


if __name__ == "__main__":
    main()

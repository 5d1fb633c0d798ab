#!/usr/bin/env python3
"""One to a hundred recipients: each his own link, To and Cc as they were; or one shared link."""

import hashlib

from secudoc_e2e import mails, portal
from secudoc_e2e.case import SystemCase, main


class Recipients(SystemCase):
    settings = {"smtp": {"max_recipients": 100}}

    def many(self, count):
        rcpts = [self.rcpt("r%d" % i) for i in range(count)]
        raw = self.tenant.stamp(mails.with_file(size=3000, sender=self.sender, to=rcpts[:3] or rcpts,
                                                cc=rcpts[3:5]))
        self.send(raw, rcpts)
        links = []
        for r in rcpts:
            back = self.recorder.wait(1, to=r)[0]
            self.assertEqual(back.addresses, [r])
            self.assertEdited(raw, back)  # To and Cc among the rest
            links.append(self.one_link(back))
        self.assertEqual(len(set(links)), count)
        return rcpts, links

    def test_counts(self):
        """1, 2, 10 and 100 recipients"""
        for count in (1, 2, 10, 100):
            with self.subTest(count=count):
                self.many(count)

    def test_every_link_opens_for_its_own(self):
        """three recipients, three links, three codes to three addresses, the same file"""
        rcpts, links = self.many(3)
        want = hashlib.sha256(mails.body_bytes(3000, 1)).hexdigest()
        for r, link in zip(rcpts, links):
            self.assertEqual([d.sha256 for d in self.visitor().fetch_all(link, self.recorder, r)], [want])

    def test_code_of_another(self):
        """a code of one recipient does not open the link of another"""
        rcpts, links = self.many(2)
        _, code = self.visitor().ask_code(links[0], self.recorder, rcpts[0])
        v = self.visitor()
        page, own = v.ask_code(links[1], self.recorder, rcpts[1])
        if own != code:
            self.assertEqual(v.enter_code(page, code).file_links, [])
        self.assertEqual(v.files_page(links[1], self.recorder, rcpts[1]).status, 200)

    def test_same_address_twice(self):
        """an address given twice, in two spellings, is one recipient with one mail"""
        local = self.rcpt()
        raw = self.tenant.stamp(mails.with_file(size=3000, sender=self.sender))
        out = self.driver.send(raw, self.sender, [local, local.upper().replace("FABRIKAM.EXAMPLE",
                                                                                "Fabrikam.Example")])
        self.assertTrue(out.data.ok, out)
        self.recorder.wait_for(lambda: any(local in [a.lower() for a in m.addresses]
                                           for m in self.recorder.mails))
        self.system.wait_queue_empty()
        found = [m for m in self.recorder.accepted() if local in [a.lower() for a in m.addresses]]
        self.assertEqual(sum(len(m.addresses) for m in found), 1, found)

    def test_bcc(self):
        """a blind copy's recipient stands nowhere in the others' mails"""
        a, hidden = self.rcpt("a"), self.rcpt("hidden")
        self.send(self.tenant.stamp(mails.with_file(size=3000, sender=self.sender, to=[a])), [a, hidden])
        self.assertNotIn(hidden.encode(), self.recorder.wait(1, to=a)[0].raw)
        self.recorder.wait(1, to=hidden)

    def test_too_many(self):
        """more recipients than smtp.max_recipients: 452 for those beyond, the rest are served"""
        limit = 100
        rcpts = [self.rcpt("x%d" % i) for i in range(limit + 2)]
        raw = self.tenant.stamp(mails.build(sender=self.sender))
        out = self.driver.send(raw, self.sender, rcpts)
        self.assertEqual([out.rcpts[r].code for r in rcpts[limit:]], [452, 452])
        self.assertEqual(len(out.accepted), limit)
        self.assertEqual(sorted(self.recorder.wait(1, to=rcpts[0])[0].addresses), sorted(rcpts[:limit]))

    def test_one_refused_by_the_other_side(self):
        """one of three is refused for good: the two others get theirs, the sender one report"""
        rcpts = [self.rcpt(w) for w in ("good", "gone", "fine")]
        self.recorder.on("RCPT", reply="550 5.1.1 no such user here", match=rcpts[1])
        self.send(self.tenant.stamp(mails.with_file(size=3000, sender=self.sender)), rcpts)
        self.recorder.wait(1, to=rcpts[0])
        self.recorder.wait(1, to=rcpts[2])
        report = self.recorder.wait(1, to=self.sender)[0]
        self.assertIn(rcpts[1].encode(), report.raw)
        self.assertNotIn(rcpts[0].encode(), report.raw.split(b"rfc822-headers")[0])


class SharedLink(SystemCase):
    tenant_settings = {"links": "shared"}

    def test_shared_link(self):
        """one copy for all, one link; each recipient names himself and gets a code of his own"""
        data = mails.body_bytes(3000, 1)
        rcpts = [self.rcpt("s%d" % i) for i in range(3)]
        raw = self.tenant.stamp(mails.with_file(size=3000, sender=self.sender, to=rcpts))
        self.send(raw, rcpts)
        back = self.recorder.wait(1, to=rcpts[0])[0]
        self.assertEqual(sorted(back.addresses), sorted(rcpts))
        link = self.one_link(back)
        for r in rcpts[:2]:
            files = self.visitor().fetch_all(link, self.recorder, r)
            self.assertEqual([d.sha256 for d in files], [hashlib.sha256(data).hexdigest()])

    def test_stranger(self):
        """an address that is not among the recipients sees the same page and gets no mail"""
        bob, stranger = self.rcpt(), self.rcpt("stranger")
        self.send(self.tenant.stamp(mails.with_file(size=3000, sender=self.sender)), [bob])
        link = self.one_link(self.recorder.wait(1, to=bob)[0])
        v = self.visitor()
        page = v.get(link)
        page = v.submit(page, page.form("address"), address=stranger)
        self.assertEqual(page.status, 200)
        self.assertTrue(page.form("code"))
        self.quiet(stranger, 0)


if __name__ == "__main__":
    main()

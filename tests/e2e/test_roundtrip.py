#!/usr/bin/env python3
"""The main job once, through all layers: a mail in by BDAT over mutual TLS, back with a link, the file out."""

import hashlib

from secudoc_e2e import mails
from secudoc_e2e.case import SystemCase, main


class Roundtrip(SystemCase):
    def test_round_trip(self):
        """BDAT in, link back, code by mail, download, same SHA-256"""
        bob = self.rcpt()
        data = mails.body_bytes(200_000, seed=7)
        sent = self.tenant.stamp(mails.build(sender=self.sender, to=[bob], html=mails.HTML,
                                             files=[mails.File("figures 2026.pdf", data, "application/pdf")]))
        self.send(sent, [bob])

        back = self.recorder.wait(1, to=bob)[0]
        self.assertEqual(back.mail_from, self.sender)
        self.assertEqual(back.addresses, [bob])
        self.assertEqual(back.client_subject, "contoso-x7.smtp.secudoc.example.nl")
        self.assertEdited(sent, back)
        self.assertNotIn("application/pdf", [p.get_content_type() for p in back.message.walk()])
        self.assertIn("figures 2026.pdf", back.message.get_body(("plain",)).get_content())
        self.assertIn("figures 2026.pdf", back.message.get_body(("html",)).get_content())

        files = self.visitor().fetch_all(self.one_link(back), self.recorder, bob)
        self.assertEqual([f.status for f in files], [200])
        self.assertEqual(files[0].name, "figures 2026.pdf")
        self.assertEqual(files[0].sha256, hashlib.sha256(data).hexdigest())


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""A mail of 100 MB, in and out and down: the same bytes, and flat memory in every process."""

import hashlib

from secudoc_e2e import mails
from secudoc_e2e.case import SystemCase, main
from secudoc_e2e.system import memory, reset_peak

# Without sanitizers a role stays below this whatever the mail; with them, shadow memory and quarantine come
# on top, so there only the growth is bounded.
GROWTH_MAX = 48 << 20
FILE_SIZE = 73_000_000  # decoded: about 100 MB on the wire


class Big(SystemCase):
    # the sanitizer keeps freed memory back; less of it, so that what is seen is what is used
    environment = {"ASAN_OPTIONS": "quarantine_size_mb=1"}
    settings = {"log": {"level": "info"}}

    def peaks(self):
        return {r: memory(self.system.pid(r))["VmHWM"] for r in ("receive", "deliver", "web")}

    def warm(self):
        """A small mail through everything, so that what is loaded once is loaded."""
        bob = self.rcpt("warm")
        self.send(self.tenant.stamp(mails.with_file(sender=self.sender, size=300_000)), [bob])
        self.visitor().fetch_all(self.one_link(self.recorder.wait(1, to=bob)[0]), self.recorder, bob)
        for role in ("receive", "deliver", "web"):
            reset_peak(self.system.pid(role))
        return self.peaks()

    def test_100_mb(self):
        """100 MB: in by BDAT, back with a link, down through the portal; every process stays small"""
        data = mails.body_bytes(FILE_SIZE)
        want = hashlib.sha256(data).hexdigest()
        bob = self.rcpt()
        raw = self.tenant.stamp(mails.build(sender=self.sender, html=mails.HTML,
                                            files=[mails.File("film.mp4", data, "video/mp4")]))
        del data
        before = self.warm()
        self.assertGreater(len(raw), 99_000_000)
        self.send(raw, [bob])
        back = self.recorder.wait(1, to=bob, timeout=300)[0]
        self.assertEdited(raw, back)
        self.assertLess(len(back.raw), 50_000)
        files = self.visitor().fetch_all(self.one_link(back), self.recorder, bob, keep=False)
        self.assertEqual([(d.size, d.sha256) for d in files], [(FILE_SIZE, want)])
        self.bounded(before)

    def test_100_mb_untouched(self):
        """100 MB that pass (switch 0): byte for byte, in and out, small processes"""
        bob = self.rcpt()
        raw = self.tenant.stamp(mails.with_file(size=FILE_SIZE, sender=self.sender,
                                                extra=[("X-SecuDoc-Enabled", "0")]))
        before = self.warm()
        self.send(raw, [bob])
        back = self.recorder.wait(1, to=bob, timeout=300)[0]
        self.assertPassed(raw, back)
        self.bounded(before)

    def test_long_text(self):
        """a text body of 30 MB beside an attachment is not held in memory either"""
        bob = self.rcpt()
        text = ("The quick brown fox jumps over the lazy dog, again and again.\n" * 17)
        raw = self.tenant.stamp(mails.build(sender=self.sender, text=text * 28_000, files=[
            mails.File("a.bin", mails.body_bytes(5000))]))
        self.assertGreater(len(raw), 29_000_000)
        before = self.warm()
        self.send(raw, [bob])
        self.one_link(self.recorder.wait(1, to=bob, timeout=300)[0])
        self.bounded(before)

    def bounded(self, before):
        for role, peak in self.peaks().items():
            self.assertLess(peak - before[role], GROWTH_MAX,
                            "%s grew from %d to %d KiB" % (role, before[role] >> 10, peak >> 10))


if __name__ == "__main__":
    main()

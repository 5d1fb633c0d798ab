#!/usr/bin/env python3
"""scripts/demo: what a user sees, with its own mail and with his."""

import os
import re
import signal
import ssl
import subprocess
import sys
import tempfile
import unittest
import urllib.request

from secudoc_e2e import mails
from secudoc_e2e.case import main
from secudoc_e2e.system import find_program, processes

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEMO = os.path.join(TREE, "scripts", "demo")


class Demo(unittest.TestCase):
    def environment(self):
        return dict(os.environ, SECUDOC=find_program())

    def demo(self, *args):
        done = subprocess.run([DEMO, *args], env=self.environment(), stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
        return done.returncode, done.stdout

    def file(self, raw):
        f = tempfile.NamedTemporaryFile(suffix=".eml")
        self.addCleanup(f.close)
        f.write(raw)
        f.flush()
        return f.name

    def test_own_mail(self):
        """without arguments: links, code, the same SHA-256; exit 0; the returned mail is where it says"""
        code, out = self.demo()
        self.assertEqual(code, 0, out)
        self.assertIn("All files are the same", out)
        self.assertNotIn("NOT THE SAME", out)
        self.assertRegex(out, r"https://localhost:\d+/t/[a-z2-7]{32}")
        self.assertRegex(out, r"code that was mailed: \d{6}")
        for path in re.findall(r"mail +(\S+\.eml) ", out):
            self.assertTrue(os.path.exists(path), path)

    def test_users_mail(self):
        """a file with LF line ends, any sender, an mbox line in front"""
        raw = mails.with_file(size=50_000, sender="Jan.Jansen@gemeente.example", to=["x@y.example"])
        code, out = self.demo(self.file(b"From x Sat Nov 21 10:00:00 2026\n" + raw.replace(b"\r\n", b"\n")))
        self.assertEqual(code, 0, out)
        self.assertIn("All files are the same", out)
        self.assertIn("x@y.example", out)

    def test_nothing_to_take_out(self):
        """a mail without attachment: it says that it passed"""
        code, out = self.demo(self.file(mails.build()))
        self.assertEqual(code, 0, out)
        self.assertIn("Nothing was taken out", out)

    def test_refused_mail(self):
        """a mail that is refused: the reply, exit 1"""
        raw = mails.with_file().replace(b"MIME-Version", b"Content-Type: text/plain\r\nMIME-Version")
        code, out = self.demo(self.file(raw))
        self.assertEqual(code, 1, out)
        self.assertRegex(out, r"was not taken: 5\d\d 5\.6")

    def test_not_a_mail(self):
        """a file that is no mail, one that is not there, an unknown option"""
        code, out = self.demo(self.file(b"hello"))
        self.assertEqual((code, "does not look like a mail" in out), (1, True), out)
        self.assertEqual(self.demo("/nonexistent.eml")[0], 2)
        self.assertEqual(self.demo("--nonsense")[0], 2)

    def test_keep(self):
        """--keep: the pages answer until Ctrl-C, then nothing is left"""
        p = subprocess.Popen([DEMO, "--keep"], env=self.environment(), stdin=subprocess.DEVNULL, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        self.addCleanup(p.stdout.close)
        link, text = None, ""
        for line in p.stdout:
            text += line
            found = re.search(r"link +(https://\S+)", line)
            link = link or (found.group(1) if found else None)
            if "Ctrl-C ends it" in line:
                break
        self.assertIsNotNone(link, text)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with urllib.request.urlopen(link, context=context, timeout=60) as page:
            self.assertEqual(page.status, 200)
        children = [q.pid for q in processes() if q.parent == p.pid]
        p.send_signal(signal.SIGINT)
        p.communicate(timeout=120)
        self.assertEqual(p.returncode, 0)
        left = [q.pid for q in processes() if q.pid in children and q.state != "Z"]
        self.assertEqual(left, [])


if __name__ == "__main__":
    sys.exit(main())

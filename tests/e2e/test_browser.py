#!/usr/bin/env python3
"""A recipient's browser: Debian's Chromium takes the link and the code from the mails and downloads.

Screenshots of each page go to $SECUDOC_SHOTS when that is set (docs/images has them).
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile

from secudoc_e2e import mails, portal
from secudoc_e2e.case import SystemCase, main

_BROWSER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "browser")


def install():
    """The one package, as pinned in package-lock.json; its own browser download is never used."""
    for program in ("node", "npm", os.environ.get("CHROMIUM", "/usr/bin/chromium")):
        if shutil.which(program) is None:
            raise AssertionError("%s is missing: scripts/packages e2e installs it" % program)
    with open(os.path.join(_BROWSER, "package.json"), encoding="utf-8") as f:
        pinned = json.load(f)["dependencies"]["playwright-core"]
    try:
        with open(os.path.join(_BROWSER, "node_modules", "playwright-core", "package.json"), encoding="utf-8") as f:
            installed = json.load(f)["version"]
    except FileNotFoundError:
        installed = None
    if installed != pinned:
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=_BROWSER,
                       check=True, stdout=subprocess.DEVNULL, timeout=300)


class Browser(SystemCase):
    link_base = "local"

    @classmethod
    def setUpClass(cls):
        install()
        super().setUpClass()

    def walk(self, link, address, **environment):
        """Run the browser; gives its events."""
        before = len(self.recorder.accepted(to=address, match=portal.is_code_mail))
        env = dict(os.environ, SECUDOC_LINK=link, **environment)
        process = subprocess.Popen(["node", "portal.mjs"], cwd=_BROWSER, env=env, text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        events, codes = [], []
        try:
            for line in process.stdout:
                events.append(json.loads(line))
                if events[-1]["event"] == "code":
                    mail = self.recorder.wait(before + 1, to=address, match=portal.is_code_mail)[-1]
                    codes.append(portal.code_in(mail))
                    process.stdin.write(codes[-1] + "\n")
                    process.stdin.flush()
            _, errors = process.communicate(timeout=120)
        finally:
            process.kill()
            process.wait()
        self.assertEqual(process.returncode, 0, errors)
        self.assertEqual(events[-1]["event"], "done", errors)
        self.check_log(link.rsplit("/", 1)[1], codes)
        return events

    def check_log(self, token, codes):
        """Even at debug level the log opens nothing."""
        with open(self.system.log_path, encoding="utf-8") as f:
            log = f.read()
        self.assertIn('"request"', log)
        self.assertNotIn(token, log)
        for code in codes:
            self.assertIsNone(re.search(r"(?<![0-9])%s(?![0-9])" % code, log))

    def check(self, events, data):
        pages = [e["name"] for e in events if e["event"] == "page"]
        self.assertEqual(pages, ["link", "code", "wrong", "files", "closed", "over", "gone"])
        files = {e["name"]: e["sha256"] for e in events if e["event"] == "file"}
        self.assertEqual(files, {name: hashlib.sha256(d).hexdigest() for name, d in data.items()})

    def secured(self, bobs, data, **kw):
        files = [mails.File(name, d, "application/octet-stream") for name, d in data.items()]
        sent = self.tenant.stamp(mails.build(sender=self.sender, to=bobs, html=mails.HTML, files=files, **kw))
        self.send(sent, bobs)
        return [self.recorder.wait(1, to=bob)[0] for bob in bobs]

    def test_own_link(self):
        """each language: the mail's button, link, code, files, same SHA-256"""
        data = {"Jaarverslag 2026 (definitief).pdf": mails.body_bytes(2_400_000, seed=1),
                "Begroting.xlsx": mails.body_bytes(48_000, seed=2),
                "Foto's kantoor – één.zip": mails.body_bytes(900_000, seed=3)}
        for language in ("nl", "de", "en"):
            with self.subTest(language):
                bob = self.rcpt()
                back = self.secured([bob], data)[0]
                shots = {} if language == "en" else {"SECUDOC_SHOTS": ""}
                with tempfile.NamedTemporaryFile("w", suffix=".html", encoding="utf-8") as page:
                    page.write(back.message.get_body(("html",)).get_content())
                    page.flush()
                    self.check(self.walk(self.one_link(back), bob, SECUDOC_LANGUAGE=language,
                                         SECUDOC_MAIL=page.name, **shots), data)

    def test_dark(self):
        """dark colours"""
        bob = self.rcpt()
        data = {"notes.txt": mails.body_bytes(5_000, seed=4)}
        back = self.secured([bob], data)[0]
        self.check(self.walk(self.one_link(back), bob, SECUDOC_SCHEME="dark"), data)

    def test_trouble(self):
        """the pages for what goes wrong, each with its own words"""
        bob = self.rcpt()
        back = self.secured([bob], {"notes.txt": mails.body_bytes(5_000, seed=6)})[0]
        events = self.walk(self.one_link(back), bob, SECUDOC_WAY="trouble")
        self.assertEqual([(e["name"], e["title"].split(" · ")[0]) for e in events if e["event"] == "page"],
                         [("stale", "This page is out of date"), ("refused", "That is not possible"),
                          ("later", "Please wait a moment")])

    def test_shared_link(self):
        """one link for all: the address is typed"""
        self.tenant.set(links="shared")
        try:
            bobs = [self.rcpt("bob"), self.rcpt("carol")]
            data = {"figures.csv": mails.body_bytes(20_000, seed=5)}
            files = [mails.File(name, d, "text/csv") for name, d in data.items()]
            sent = self.tenant.stamp(mails.build(sender=self.sender, to=bobs, html=mails.HTML, files=files))
            self.send(sent, bobs)
            back = self.recorder.wait(1, to=bobs[1])[0]
            events = self.walk(self.one_link(back), bobs[1], SECUDOC_ADDRESS=bobs[1])
            self.check(events, data)
        finally:
            self.tenant.set(links="each")


if __name__ == "__main__":
    main()

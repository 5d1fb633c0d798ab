#!/usr/bin/env python3
"""The main job once, told in plain words. Started by scripts/demo."""

import email
import email.policy
import email.utils
import hashlib
import os
import shutil
import signal
import sys
import threading

TREE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TREE, "tests", "e2e"))

from secudoc_e2e import certs as certs_module  # noqa: E402
from secudoc_e2e import mails, portal  # noqa: E402
from secudoc_e2e.system import System  # noqa: E402

OUT = os.path.join(TREE, "build", "demo")


class Trouble(Exception):
    """Something that the user is told in one sentence."""


def say(text=""):
    print(text)
    sys.stdout.flush()


def size_text(count):
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if count >= factor:
            return "%.1f %s" % (count / factor, unit)
    return "%d bytes" % count


# ---- the mail ----

def own_mail():
    report = b"%PDF-1.4 (not a real one)\n" + mails.body_bytes(180_000, seed=4)
    table = b"month;turnover\r\n" + b"".join(b"%d;%d\r\n" % (m, 10_000 + 37 * m) for m in range(1, 2000))
    return mails.build(
        sender="alice@contoso.example", to=["bob@fabrikam.example", "carol@woodgrove.example"],
        subject="Quarterly figures", html=mails.HTML,
        files=[mails.File("figures 2026.pdf", report, "application/pdf"),
               mails.File("turnover.csv", table, "text/csv")])


def read_mail(path):
    with open(path, "rb") as f:
        raw = f.read()
    if raw.startswith(b"From "):  # a line of an mbox file, not of the mail
        raw = raw.split(b"\n", 1)[1]
    if b"\r\n" not in raw:
        raw = raw.replace(b"\n", b"\r\n")
        say("   (its line ends were LF, as files have them; on the wire they are CR LF)")
    if b"\r\n\r\n" not in raw:
        raise Trouble("%s does not look like a mail: there is no empty line behind a header" % path)
    return raw


def envelope(raw):
    """Sender and recipients as the mail's own header names them."""
    message = email.message_from_bytes(raw)
    sender = email.utils.parseaddr(str(message.get("From", "")))[1]
    if "@" not in sender or not sender.isascii():
        sender = "sender@contoso.example"
    found = email.utils.getaddresses([str(v) for name in ("To", "Cc", "Bcc")
                                      for v in message.get_all(name, [])])
    rcpts = []
    for _, address in found:
        if "@" in address and address.isascii() and " " not in address and address not in rcpts:
            rcpts.append(address)
    return sender, rcpts[:100] or ["recipient@fabrikam.example"]


def leaves(raw):
    """
    {SHA-256: (name, size)} of the decoded leaf parts that are not the mail's own text, read by Python's own
    mail reader.
    """
    found = {}

    def walk(part):
        if part.get_content_maintype() == "message":
            data = part.as_bytes().replace(b"\r\n", b"\n").split(b"\n\n", 1)[-1].replace(b"\n", b"\r\n")
        elif part.is_multipart():
            for p in part.get_payload():
                walk(p)
            return
        else:
            data = part.get_payload(decode=True) or b""
            if part.get_content_type() in ("text/plain", "text/html") and part.get_filename() is None \
                    and part.get_content_disposition() != "attachment":
                return
        found[hashlib.sha256(data).hexdigest()] = (part.get_filename() or "(no name)", len(data))
    walk(email.message_from_bytes(raw, policy=email.policy.compat32))
    return found


# ---- the play ----

class Demo:
    def __init__(self, system, path):
        self.system = system
        say("1. The mail")
        self.raw = read_mail(path) if path else own_mail()
        self.sender, self.rcpts = envelope(self.raw)
        say("   from        %s" % self.sender)
        for i, r in enumerate(self.rcpts):
            say("   %-11s %s" % ("to" if i == 0 else "", r))
        say("   size        %s" % size_text(len(self.raw)))

    def start(self):
        say()
        say("2. The system starts: receive, deliver and web, SQLite and files, a throw-away authority")
        self.system.start()
        self.tenant = self.system.add_tenant("contoso", domain=self.sender.rsplit("@", 1)[1].lower(),
                                             link_base="local")
        self.recorder = self.tenant.recorder
        say("   mail in     %s:%d" % self.system.smtp_address())
        say("   pages       %s" % self.tenant.link_base)
        say("   mail goes back to a stand-in for the inbound connector on port %d" % self.recorder.port)

    def hand_over(self):
        say()
        say("3. \"Exchange Online\" hands the mail over: SMTP, STARTTLS, client certificate, BDAT")
        stamped = self.tenant.stamp(self.raw)
        out = self.system.driver().send(stamped, self.sender, self.rcpts,
                                        body="8BITMIME" if not stamped.isascii() else None)
        if not out.accepted:
            raise Trouble("the mail was not taken: %s" % (out.reply or out.lost))
        for r in self.rcpts:
            if r not in out.accepted:
                say("   %s was refused: %s" % (r, out.rcpts.get(r)))
        self.rcpts = out.accepted
        say("   the answer  %r" % out.data)

    def come_back(self):
        say()
        say("4. What comes back to the inbound connector")
        shutil.rmtree(OUT, ignore_errors=True)
        os.makedirs(OUT)
        self.links = {}
        number, seen = 0, []
        for r in self.rcpts:
            for back in self.recorder.wait(1, to=r):
                if back in seen:
                    continue
                seen.append(back)
                number += 1
                path = os.path.join(OUT, "returned-%d.eml" % number)
                with open(path, "wb") as f:
                    f.write(back.raw)
                say("   for %s" % ", ".join(back.addresses))
                say("       mail    %s (%s)" % (path, size_text(len(back.raw))))
                links = portal.links_in(back)
                for link in links[:1]:
                    say("       link    %s" % link)
                    for a in back.addresses:
                        self.links[a] = link
        before, after = leaves(self.raw), leaves(seen[0].raw)
        self.gone = {h: v for h, v in before.items() if h not in after} if self.links else {}

    def told_passed(self):
        say()
        say("   Nothing was taken out: there is no attachment of 1 KB or more, or it is a kind of mail that")
        say("   passes (signed, encrypted, calendar, report). It went back as it was; docs/attachments.md has")
        say("   the whole list.")

    def fetch(self):
        say()
        say("5. Files taken out of the mail, as Python's mail reader sees them in it")
        for digest, (name, size) in self.gone.items():
            say("   %s, %s" % (name, size_text(size)))
            say("       SHA-256 %s" % digest)
        rcpt = self.rcpts[0]
        say()
        say("6. %s opens the link and asks for a code" % rcpt)
        visitor = portal.Visitor(self.system.web_address, self.system.certs)
        page, code = visitor.ask_code(self.links[rcpt], self.recorder, rcpt)
        say("   the code that was mailed: %s" % code)
        page = visitor.enter_code(page, code)
        if not page.file_links:
            raise Trouble("the code was not taken: %s" % page.text)
        say()
        say("7. The files, downloaded through the link")
        import urllib.parse
        wrong = 0
        got = [visitor.download(urllib.parse.urljoin(page.url, h)) for h in page.file_links]
        for d in got:
            same = d.sha256 in self.gone
            wrong += not same
            say("   %s, %s" % (d.name, size_text(d.size)))
            say("       SHA-256 %s  %s" % (d.sha256, "the same" if same else "NOT THE SAME"))
        wrong += len(set(self.gone) - {d.sha256 for d in got})
        say()
        if wrong:
            raise Trouble("%d files differ" % wrong)
        say("All files are the same as in the mail.")

    def keep(self):
        say()
        say("It stays up. Open one of the links in a browser; it will warn, because the certificate is a")
        say("throw-away one: go on all the same, or import %s." % self.system.certs.our_root.cert)
        say("Codes that are asked for are shown here. Ctrl-C ends it and cleans up.")
        seen = len(self.recorder.accepted())
        while True:
            with self.recorder.changed:
                self.recorder.changed.wait(3600)
            fresh = self.recorder.accepted()[seen:]
            seen += len(fresh)
            for mail in fresh:
                if portal.is_code_mail(mail):
                    say("   code for %s: %s" % (", ".join(mail.addresses), portal.code_in(mail)))

    def play(self, keep):
        self.start()
        self.hand_over()
        self.come_back()
        if self.links:
            self.fetch()
        else:
            self.told_passed()
        if keep:
            self.keep()


def main():
    arguments = sys.argv[1:]
    keep = "--keep" in arguments
    files = [a for a in arguments if a != "--keep"]
    if shutil.which("openssl") is None:
        say("openssl is missing: run scripts/packages demo")
        return 1
    signal.signal(signal.SIGTERM, lambda *a: (_ for _ in ()).throw(KeyboardInterrupt()))
    system, code = System({"log": {"level": "info"}}, certs=certs_module.shared()), 0
    try:
        Demo(system, files[0] if files else None).play(keep)
    except Trouble as e:
        say("\nThis did not work: %s" % e)
        code = 1
    except AssertionError as e:
        say("\nThis did not work: %s\n%s" % (e, system.log_tail()))
        code = 1
    except KeyboardInterrupt:
        say("\nEnding.")
    try:
        system.stop()
    except AssertionError as e:
        say("The end was not clean: %s" % e)
        code = 1
    return code


if __name__ == "__main__":
    assert threading.current_thread() is threading.main_thread()
    sys.exit(main())

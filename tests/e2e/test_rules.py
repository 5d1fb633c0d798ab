#!/usr/bin/env python3
"""secudoc rules: plan, explain, simulate, verify, as an administrator calls them; nothing is running."""

import copy
import email
import hashlib
import json
import os
import pty
import re
import select
import stat
import subprocess
import tempfile
import unittest

from secudoc_e2e import mails
from secudoc_e2e.case import main
from secudoc_e2e.mails import File, body_bytes
from secudoc_e2e.system import System

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CLIENTS = os.path.join(TREE, "tests", "data", "clients")
CORPUS = os.path.join(TREE, "..", "shared", "corpus", "mail")
ALICE, CAROL, BOB = "alice@contoso.example", "carol@contoso.example", "bob@fabrikam.example"
LOGO = '<html><body><p>Regards</p><img src="cid:logo@contoso"></body></html>\n'
INVITATION = ("Content-Type: text/calendar; charset=utf-8; method=REQUEST\n\n"
              "BEGIN:VCALENDAR\nMETHOD:REQUEST\nEND:VCALENDAR\n")


class NoServer:
    """In the place of an inbound connector that nobody will speak to."""
    host, port = "127.0.0.1", 25

    def close(self):
        pass


def add_tenant(system, name, **settings):
    settings.setdefault("linked_domain", "%s-x7.smtp.secudoc.example.nl" % name)
    settings.setdefault("smart_host", "mail.secudoc.example.nl")
    tenant = system.add_tenant(name, recorder=NoServer(), **settings)
    shown = system.cli_json("tenant", "show", name, "--reveal")["settings"]
    tenant.tokens = [t for t in re.split(r"[,\s]+", shown["mark_tokens"].strip("{}")) if t]
    assert tenant.tokens and all(len(t) > 8 for t in tenant.tokens), shown["mark_tokens"]
    return tenant


class RulesCase(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.system = System()
        cls.system.prepare()
        cls.tenant = add_tenant(cls.system, "contoso", mark_tokens=["firsttoken1234567890", "secondtoken123456789"])

    @classmethod
    def tearDownClass(cls):
        cls.system.stop()

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name, content=None):
        path = os.path.join(self.folder, name)
        if content is not None:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as f:
                f.write(content if isinstance(content, bytes) else content.encode())
        return path

    def rules(self, *args, config=True):
        args = ["rules", *args]
        done = self.system.cli(*args) if config else self.without_config(args)
        reports = self.system.sanitizer_reports()
        for name in os.listdir(self.system.sanitizer_folder):
            os.unlink(os.path.join(self.system.sanitizer_folder, name))
        self.assertEqual(reports, "", args)
        return done

    def without_config(self, args):
        return subprocess.run([self.system.program, *args], env=self.system.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace", timeout=120)

    def ok(self, *args, config=True):
        done = self.rules(*args, config=config)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def plan(self, *args):
        return json.loads(self.ok("plan", "--format", "json", *args))

    def plan_file(self, *args):
        return self.path("plan.json", json.dumps(self.plan(*args)))

    def assertRefused(self, done, status, *words):
        """This exit status, something said on stderr, nothing on stdout."""
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertEqual(done.stdout, "")
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertTrue(done.stderr.strip())


def rule(plan, name):
    found = [r for r in plan["TransportRules"] if r["Name"] == name]
    assert len(found) == 1, name
    return found[0]


class Plan(RulesCase):
    def test_formats(self):
        """three formats, two scopes, two modes: JSON says what was asked for, people are shown no secret"""
        for scope, word in (("group", "Group"), ("organization", "Organization")):
            for mode, mode_word in (("opt-out", "OptOut"), ("opt-in", "OptIn")):
                with self.subTest(scope=scope, mode=mode):
                    self.one(scope, word, mode, mode_word)

    def one(self, scope, word, mode, mode_word):
        options = ("--scope", scope, "--mode", mode)
        plan = self.plan(*options)
        self.assertEqual(plan["SecuDocPlan"], 1)
        self.assertEqual((plan["Options"]["Scope"], plan["Options"]["Mode"]), (word, mode_word))
        routes = rule(plan, "SecuDoc Mail Integration")
        self.assertEqual("FromMemberOf" in routes, scope == "group")
        self.assertEqual(routes.get("FromScope"), None if scope == "group" else "InOrganization")
        self.assertEqual("HeaderMatchesPatterns" in routes, mode == "opt-in")
        self.assertEqual((routes["SetHeaderName"], routes["SetHeaderValue"]),
                         (self.tenant.secret_header, self.tenant.secret))
        self.assertEqual(routes["RuleErrorAction"], "Defer")
        for format in ("text", "markdown"):
            shown = self.ok("plan", "--format", format, *options)
            for secret in [self.tenant.secret, *self.tenant.tokens]:
                self.assertNotIn(secret, shown)
            for name in [r["Name"] for r in plan["TransportRules"]] + ["SecuDoc In", "SecuDoc Out"]:
                self.assertIn(name, shown)
            self.assertTrue(shown.endswith("\n"))
        self.assertEqual(self.ok("plan", *options), self.ok("plan", "--format", "text", *options))

    def test_other_options(self):
        """--recipients and --loop-mark stand in for settings, which stay as they are"""
        before = self.plan()
        self.assertEqual(self.plan("--recipients", "all")["Options"]["Recipients"], "All")
        plain = self.plan("--loop-mark", "plain")
        self.assertEqual(plain["Options"]["LoopMark"], "Plain")
        self.assertEqual(rule(plain, "SecuDoc Mail Integration")["ExceptIfHeaderContainsWords"], ["1.0"])
        self.assertEqual(self.plan(), before)

    def test_pipe(self):
        """JSON goes through a pipe, with a note beside it that it holds a secret"""
        done = self.rules("plan", "--format", "json")
        self.assertEqual(done.returncode, 0)
        self.assertIn(self.tenant.secret, done.stdout)
        self.assertIn("secret", done.stderr)
        self.assertNotIn(self.tenant.secret, done.stderr)

    def on_terminal(self, *args):
        main_fd, other = pty.openpty()
        done = subprocess.Popen([self.system.program, "rules", "plan", *args, "--config", self.system.config_path],
                                env=self.system.environment, stdin=subprocess.DEVNULL, stdout=other,
                                stderr=subprocess.PIPE)
        os.close(other)
        text = b""
        while select.select([main_fd], [], [], 120)[0]:
            try:
                piece = os.read(main_fd, 65536)
            except OSError:  # EIO: the other side is closed
                break
            if not piece:
                break
            text += piece
        os.close(main_fd)
        done.stderr.close()
        return done.wait(120), text.decode()

    def test_terminal(self):
        """to a terminal text goes freely, JSON with --reveal only"""
        self.assertEqual(self.on_terminal("--format", "json"), (2, ""))
        code, text = self.on_terminal("--format", "json", "--reveal")
        self.assertEqual(code, 0)
        self.assertIn(self.tenant.secret, text)
        code, text = self.on_terminal()
        self.assertEqual(code, 0)
        self.assertIn("SecuDoc Out", text)

    def test_reveal(self):
        """--reveal: text and Markdown with the very values of the JSON, and the first line says so"""
        plan = self.plan()
        routes = rule(plan, "SecuDoc Mail Integration")
        stamp = rule(plan, "SecuDoc Set Aside Out-of-Office")["SetHeaderValue"]
        self.assertEqual(stamp, "1.0 " + self.tenant.tokens[0])
        text = self.ok("plan", "--reveal")
        self.assertIn("HOLDS SECRETS", text.splitlines()[0])
        for value in (routes["SetHeaderValue"], stamp):
            self.assertRegex(text, r"(?m)^    .* to %s$" % re.escape(value))
        self.assertIn(" matches the pattern %s\n" % routes["ExceptIfHeaderMatchesPatterns"][0], text)
        self.assertNotIn("********", text)
        page = self.ok("plan", "--format", "markdown", "--reveal")
        self.assertIn("holds secrets", page.splitlines()[0])
        shown = re.sub(r"\\(.)", r"\1", page)
        for value in (routes["SetHeaderValue"], stamp, routes["ExceptIfHeaderMatchesPatterns"][0]):
            self.assertIn("| %s |\n" % value, shown)
        self.assertNotIn("********", shown)
        self.assertIn(" to 1.0 ********\n", self.ok("plan"))
        for format in ("text", "markdown"):
            path = self.path(format, "old")
            os.chmod(path, 0o666)
            self.assertEqual(self.ok("plan", "--format", format, "--reveal", "--out", path), "")
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
            with open(path) as f:
                self.assertEqual(f.read(), text if format == "text" else page)

    def test_out(self):
        """--out: mode 0600, whole, in the place of what was there"""
        path = self.path("plan.json", "old")
        os.chmod(path, 0o666)
        old = os.stat(path).st_ino
        self.assertEqual(self.ok("plan", "--format", "json", "--out", path), "")
        st = os.stat(path)
        self.assertEqual(stat.S_IMODE(st.st_mode), 0o600)
        self.assertNotEqual(st.st_ino, old)
        with open(path) as f:
            self.assertEqual(json.load(f), self.plan())
        self.assertEqual(os.listdir(self.folder), ["plan.json"])

    def test_out_link(self):
        """--out onto a link: the link is replaced, what it points to stays"""
        target, link = self.path("target", "precious"), self.path("link")
        os.symlink(target, link)
        self.ok("plan", "--format", "json", "--out", link)
        self.assertFalse(os.path.islink(link))
        with open(target) as f:
            self.assertEqual(f.read(), "precious")
        dangling = self.path("dangling")
        os.symlink(self.path("nowhere"), dangling)
        self.ok("plan", "--out", dangling)
        self.assertFalse(os.path.exists(self.path("nowhere")))

    def test_out_fails(self):
        """--out where nothing can be written: exit 1, and nothing left behind"""
        os.mkdir(self.path("folder"))
        for path in (self.path("folder"), self.path("no/such/folder/plan.json")):
            self.assertRefused(self.rules("plan", "--out", path), 1)
        self.assertEqual(os.listdir(self.folder), ["folder"])

    def test_not_ready(self):
        """a tenant that is not linked yet has no plan, and is told what is missing"""
        system = System()
        self.addCleanup(system.stop)
        system.prepare()
        self.assertRefused(system.cli("rules", "plan"), 2, "no tenant")
        system.add_tenant("bare", recorder=NoServer())
        done = system.cli("rules", "plan")
        self.assertRefused(done, 1, "linked_domain")

    def test_which_tenant(self):
        """several tenants: --tenant is asked for, with their names"""
        system = System()
        self.addCleanup(system.stop)
        system.prepare()
        for name in ("one", "two"):
            add_tenant(system, name)
        self.assertRefused(system.cli("rules", "plan"), 2, "--tenant", "one", "two")
        self.assertRefused(system.cli("rules", "plan", "--tenant", "three"), 1, "three")
        plan = json.loads(system.cli_ok("rules", "plan", "--tenant", "two", "--format", "json"))
        self.assertEqual(plan["Tenant"]["Name"], "two")

    def test_certificate(self):
        """a certificate that does not fit is a warning; the plan comes all the same"""
        def warned(**settings):
            self.tenant.set(**settings)
            done = self.rules("plan")
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stderr
        fits = {"linked_domain": "contoso-x7.smtp.secudoc.example.nl", "client_cert": self.tenant.client.chain}
        self.addCleanup(lambda: self.tenant.set(**fits))
        lasts = self.certificate("lasts", "contoso-x7.smtp.secudoc.example.nl", 90)
        self.assertEqual(warned(client_cert=lasts), "")
        line = "tenant contoso: linked_domain is in client_cert"
        self.assertIn("ok     %s\n" % line, self.system.cli("check", "--tenants").stdout)
        self.assertIn("does not have the name", warned(linked_domain="other.secudoc.example.nl"))
        self.assertIn("WRONG  %s: " % line, self.system.cli("check", "--tenants").stdout)
        self.assertIn("ends on", warned(linked_domain=fits["linked_domain"],
                                        client_cert=self.certificate("short", fits["linked_domain"], 5)))
        self.assertIn("wildcard", warned(client_cert=self.certificate("wild", "*.smtp.secudoc.example.nl", 90)))
        self.assertIn("No such file", warned(client_cert=self.path("none.pem")))
        self.assertIn("not a PEM certificate", warned(client_cert=self.path("odd.pem", "rubbish")))

    def test_certificate_end(self):
        """check --tenants: an end that is near is a warning, one that has come is wrong"""
        system = System()
        self.addCleanup(system.stop)
        system.prepare()
        dns = "contoso-x7.smtp.secudoc.example.nl"
        tenant = add_tenant(system, "contoso", linked_domain=dns)
        lasting, short = (self.certificate(name, dns, days) for name, days in (("lasting", 60), ("short", 5)))
        ended = system.certs.our_root.issue("ended-" + dns, [dns], expired=True)
        line = "tenant contoso: client_cert has not ended"
        for chain, key, status, said in ((lasting, lasting + ".key", 0, "ok     %s\n" % line),
                                         (short, short + ".key", 0, "warn   %s: %s ends on 20" % (line, short)),
                                         (ended.chain, ended.key, 1,
                                          "WRONG  %s: %s ended on 2021-01-01" % (line, ended.chain))):
            tenant.set(client_cert=chain, client_key=key)
            done = system.cli("check", "--tenants")
            self.assertIn(said, done.stdout)
            self.assertEqual(done.stdout.count(line), 1)
            self.assertEqual(done.returncode, status, done.stdout)
        self.assertNotIn(line, system.cli_ok("check"))

    def test_check_help(self):
        """check --help and the list of commands name --tenants"""
        for args in (["check", "--help"], ["--help"]):
            done = self.without_config(args)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("--tenants", done.stdout)
        self.assertRefused(self.without_config(["check", "odd"]), 2, "--tenants")

    def certificate(self, name, dns, days):
        path = self.path(name + ".pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", path + ".key", "-out", path, "-days", str(days), "-subj", "/CN=x",
                        "-addext", "subjectAltName=DNS:" + dns], check=True, stderr=subprocess.DEVNULL)
        return path


def winmail():
    with open(os.path.join(CLIENTS, "winmail.eml"), "rb") as f:
        return f.read()


def client(name):
    with open(os.path.join(CLIENTS, name), "rb") as f:
        return f.read()


class Explain(RulesCase):
    """Each case: a mail, options, the verdict, its reason, and who gets a copy by which way."""

    def explain(self, mail, *args, members=ALICE, config=True):
        path = self.path("mail.eml", mail)
        if members is not None:
            args = (*args, "--members", members)
        return json.loads(self.ok("explain", path, "--json", *args, config=config))

    def check(self, mail, verdict, reason=None, *args, **kw):
        found = self.explain(mail, *args, **kw)
        self.assertEqual((found["verdict"], found["reason"]), (verdict, reason or "rule-fires"))
        for c in found["copies"]:
            # a copy that takes our way comes back once, and nothing of ours leaves with it
            self.assertEqual(len(c["second_pass"]), 0 if c["routed"] == "no" else 1)
            for back in c["second_pass"]:
                self.assertEqual(back["recipients"], c["recipients"])
        if verdict == "routed":
            self.assertEqual(found["routed_again"], "no")
            for c in found["copies"]:
                for back in c["second_pass"]:
                    self.assertEqual((back["routed"], back["headers"]), ("no", []))
        if verdict == "not-routed":
            self.assertEqual([c["routed"] for c in found["copies"]], ["no"] * len(found["copies"]))
        return found

    def mail(self, *switch, size=5000, **kw):
        kw.setdefault("extra", [("X-SecuDoc-Enabled", s) for s in switch])
        return mails.with_file(size=size, **kw)

    def test_member(self):
        """a member's file to somebody outside takes our way, once, and leaves without our marks"""
        found = self.check(self.mail(), "routed")
        self.assertEqual(found["copies"][0]["connector"], "SecuDoc Out")
        self.assertIn(self.tenant.secret_header, [h["name"] for h in found["copies"][0]["headers"]])
        self.assertEqual(found["attachments"], [{"kind": "file", "size": 5000, "name": "figures.pdf"}])

    def test_not_a_member(self):
        """who is not in the group is not routed; who may be, perhaps"""
        self.check(self.mail(sender="dave@contoso.example"), "not-routed", "not-a-member")
        self.check(self.mail(), "not-routed", "not-a-member", members=CAROL)
        self.check(self.mail(), "maybe", "not-a-member", members=None)
        members = self.path("members", "# ours\n%s\n\n%s # boss\n" % (CAROL, ALICE))
        self.check(self.mail(), "routed", members="@" + members)

    def test_recipients(self):
        """inside: directly; both: a copy each way; all: everybody's is routed"""
        self.check(self.mail(to=[CAROL]), "not-routed", "recipients-inside")
        found = self.check(self.mail(to=[BOB], cc=[CAROL]), "routed")
        self.assertEqual({(tuple(c["recipients"]), c["routed"]) for c in found["copies"]},
                         {((BOB,), "yes"), ((CAROL,), "no")})
        self.check(self.mail(to=[CAROL]), "routed", None, "--recipients", "all")
        self.check(self.mail(to=[CAROL]), "routed", None, "--to", "x@outside.example")
        self.check(mails.build(to=["undisclosed-recipients:;"]), "no-recipient", "no-recipient")

    def test_attachments(self):
        """none, small, of a size that depends on how it is counted, a logo only (counts), winmail, a message"""
        self.check(mails.build(), "not-routed", "no-large-file")
        self.check(self.mail(size=400), "not-routed", "no-large-file")
        self.check(self.mail(size=1000), "maybe", "no-large-file")
        logo = mails.build(html=LOGO, files=[File("logo.png", body_bytes(1800), "image/png", "inline", "logo@contoso")])
        found = self.check(logo, "routed")
        self.assertEqual(found["attachments"][0]["kind"], "embedded")
        self.check(winmail(), "maybe", "no-large-file", members="piet@contoso.example")
        self.check(client("forward.eml"), "maybe", "no-large-file", members="piet@contoso.example")
        self.check(client("signed-and-file.eml"), "routed", members="list@contoso.example")
        self.check(client("ios.eml"), "routed", members="piet@contoso.example")

    def test_signed_and_encrypted(self):
        """what is in a signature is not said to count, what is encrypted cannot be asked"""
        for name in ("smime-signed.eml", "smime-encrypted.eml"):
            found = self.check(client(name), "maybe", "no-large-file", members="piet@contoso.example")
            standings = {c["standing"] for r in found["copies"][0]["rules"] for c in r["checks"]
                         if c["answer"] == "unknown"}
            self.assertEqual(standings, {"undocumented"}, name)

    def test_invitation(self):
        """a meeting request is left alone, though it carries a file; a file of a calendar is not one"""
        raw = self.mail()
        request = raw.replace(b"Content-Type: application/pdf", b"Content-Type: application/pdf; x-was=1", 1)
        part = mails.crlf(INVITATION)
        boundary = re.search(rb'multipart/alternative;\r\n\tboundary="([^"]+)"', request).group(1)
        request = request.replace(b"--%s--" % boundary, b"--%s\r\n%s\r\n--%s--" % (boundary, part, boundary), 1)
        self.check(request, "not-routed", "message-type")
        ics = mails.build(files=[File("plan.ics", body_bytes(3000), "text/calendar")])
        self.check(ics, "routed")

    def test_automatic_reply(self):
        """whether it is an out-of-office reply a file does not show: perhaps routed, never rounded"""
        found = self.check(self.mail(extra=[("Auto-Submitted", "auto-replied")]), "maybe", "marked")
        self.assertEqual(found["types"]["OOF"]["answer"], "unknown")
        self.check(self.mail(extra=[("Auto-Submitted", "no")]), "routed")

    def test_opt_in(self):
        """opt-in: "1" and nothing else, in the pattern's way; not the word 1"""
        for value, verdict in ((None, "not-routed"), ("1", "routed"), (" 1 ", "routed"), ("0", "not-routed"),
                               ("1.0", "not-routed"), ("v-1", "not-routed"), ("11", "not-routed")):
            with self.subTest(value=value):
                mail = self.mail(*([] if value is None else [value]))
                self.check(mail, verdict, None if verdict == "routed" else "not-switched-on", "--mode", "opt-in")

    def test_opt_out(self):
        """opt-out: "0" keeps its files and leaves without the switch; anything else does not count"""
        found = self.check(self.mail("0"), "not-routed", "marked")
        self.assertEqual(found["copies"][0]["headers"], [])
        for value in ("1", "1.0", "0.0", "00", ""):
            with self.subTest(value=value):
                self.check(self.mail(value), "routed")

    def test_forged_mark(self):
        """X-SecuDoc: 1.0 is what anybody can write: it counts in the plain variant only"""
        forged = self.mail(extra=[("X-SecuDoc", "1.0")])
        self.check(forged, "routed")
        self.check(forged, "not-routed", "marked", "--loop-mark", "plain")
        self.check(self.mail(extra=[("X-SecuDoc", "1.0 guessedtoken00000000")]), "routed")
        self.check(self.mail(extra=[("X-SecuDoc", "11.0")]), "routed", None, "--loop-mark", "plain")

    def test_true_token(self):
        """both of the tenant's tokens count, and the mark is taken off"""
        for token in self.tenant.tokens:
            found = self.check(self.mail(extra=[("X-SecuDoc", "1.0 " + token)]), "not-routed", "marked")
            self.assertEqual(found["copies"][0]["headers"], [])
        self.check(self.mail(extra=[("X-SecuDoc", self.tenant.tokens[0])]), "routed")

    def test_exclusions(self):
        """excluded senders, domains and groups; whose members are not known, perhaps"""
        self.tenant.set(excluded_senders=["facturen@contoso.example", "@scan.contoso.example"],
                        excluded_groups="board@contoso.example",
                        domains=["contoso.example", "scan.contoso.example"])
        self.addCleanup(lambda: self.tenant.set(excluded_senders="", excluded_groups="", domains="contoso.example"))
        known = ("--group", "board@contoso.example=" + CAROL)
        both = "%s,facturen@contoso.example,mfp@scan.contoso.example,carol@contoso.example" % ALICE
        for sender, verdict, reason in (("alice", "routed", None), ("facturen", "not-routed", "excluded-sender"),
                                        ("Facturen", "not-routed", "excluded-sender"),
                                        ("carol", "not-routed", "excluded-group")):
            with self.subTest(sender=sender):
                self.check(self.mail(sender=sender + "@contoso.example"), verdict, reason, *known, members=both)
        self.check(self.mail(sender="mfp@scan.contoso.example"), "not-routed", "excluded-sender", *known, members=both)
        self.check(self.mail(), "maybe", "excluded-group", members=both)

    def test_organization(self):
        """the whole organisation: everybody in its domains, over an authenticated connection"""
        scope = ("--scope", "organization")
        self.check(self.mail(sender="dave@contoso.example"), "routed", None, *scope, members=None)
        # an address elsewhere may be that of a guest of the organisation, who is inside
        self.check(self.mail(sender="eve@elsewhere.example"), "maybe", "sender-outside", *scope, members=None)
        self.check(self.mail(), "not-routed", "sender-outside", "--anonymous", *scope, members=None)

    def test_null_sender(self):
        """a copy for a group's members has no envelope sender; the author in From counts"""
        found = self.check(self.mail(), "routed", None, "--from-envelope", "")
        self.assertEqual((found["envelope_from"], found["from"]), ("", ALICE))

    def test_odd_from(self):
        """whose mail it is when From is odd nobody says: whatever asks for the sender is unknown, never rounded"""
        mallory = b"From: Mallory <mallory@evil.example>\r\n"
        raw = self.mail()
        head = b"From: Alice Adams <alice@contoso.example>\r\n"
        self.assertTrue(raw.startswith(head))
        odd = {"two": head + mallory, "two, the other way round": mallory + head, "the same twice": head + head,
               "none": b"", "nobody": b"From: Alice\r\n", "two mailboxes": head[:-2] + b", mallory@evil.example\r\n",
               "a group": b"From: Sales: alice@contoso.example;\r\n", "empty": b"From: \r\n"}
        for what, lines in odd.items():
            for args, members, name in (((), ALICE, "FromMemberOf"), ((), CAROL, "FromMemberOf"),
                                        (("--scope", "organization"), None, "FromScope"),
                                        (("--from-envelope", CAROL), ALICE, "FromMemberOf")):
                with self.subTest(what=what, args=args, members=members):
                    found = self.explain(lines + raw[len(head):], *args, members=members)
                    self.assertEqual(found["verdict"], "maybe")
                    asked = {c["answer"] for r in found["copies"][0]["rules"] for c in r["checks"] if c["name"] == name}
                    self.assertEqual(asked, {"unknown"})
        # odd to look at, and certain all the same
        for line in (b"from: <alice@contoso.example> (Alice, and <mallory@evil.example>)\r\n",
                     b"From: =?utf-8?q?Mallory_=3Cmallory=40evil=2Eexample=3E?= <alice@contoso.example>\r\n",
                     b"From: \"mallory\"\r\n <Alice@Contoso.example>\r\nSender: mallory@evil.example\r\n"):
            self.check(line + raw[len(head):], "routed")
            self.check(line + raw[len(head):], "not-routed", "not-a-member", members=CAROL)

    def test_refused(self):
        """what the service would refuse is said, with its code; who is no member is not touched by it"""
        raw = self.mail()
        raw = raw.replace(b"multipart/alternative;", b"multipart/alternative; boundary=x;")
        found = self.check(raw, "maybe", "no-large-file")
        self.assertEqual((found["refused"]["code"], found["refused"]["status"]), (550, "5.6.0"))
        self.check(raw, "not-routed", "not-a-member", members=CAROL)
        text = self.ok("explain", self.path("mail.eml", raw), "--members", ALICE)
        self.assertTrue(text.startswith("MAYBE: "), text)
        self.assertIn("\nREFUSED if routed: 550 5.6.0", text)

    def test_from_plan_and_export(self):
        """the same answers from a plan and from an export, without the store"""
        plan = self.plan_file()
        export = self.path("export.json", json.dumps(exported(self.plan())))
        for source in (("--plan", plan), ("--export", export)):
            with self.subTest(source=source[0]):
                self.check(self.mail(), "routed", None, *source, config=False)
                self.check(self.mail("0"), "not-routed", "marked", *source, config=False)
                self.check(self.mail(sender="dave@contoso.example"), "not-routed", "not-a-member", *source,
                           config=False)
                self.check(self.mail(extra=[("X-SecuDoc", "1.0 " + self.tenant.tokens[1])]), "not-routed", "marked",
                           *source, config=False)

    def test_tenant_around(self):
        """what an export says of domains, groups and connectors counts"""
        export = exported(self.plan("--scope", "organization"))
        def found(to=BOB, *args, members=None, sender=ALICE):
            path = self.path("export.json", json.dumps(export))
            return self.explain(self.mail(to=[to], sender=sender), "--export", path, *args, members=members, config=False)
        def scope_when_back(f):
            return {c["answer"] for r in f["copies"][0]["second_pass"][0]["rules"] for c in r["checks"]
                    if c["name"] == "FromScope"}
        self.assertEqual(found("x@relay.example")["verdict"], "routed")
        export["AcceptedDomains"].append({"DomainName": "relay.example", "DomainType": "Authoritative"})
        self.assertEqual(found("x@relay.example")["verdict"], "not-routed")
        export["AcceptedDomains"][-1]["DomainType"] = "ExternalRelay"
        self.assertEqual(found("x@relay.example")["verdict"], "routed")
        self.assertEqual(found("x@sub.contoso.example")["verdict"], "routed")
        next(d for d in export["AcceptedDomains"] if d["DomainName"] == "contoso.example")["MatchSubDomains"] = True
        self.assertEqual(found("x@sub.contoso.example")["verdict"], "not-routed")
        # headers that both connectors keep say that the mail is the organisation's own; one that does not, nothing
        self.assertEqual(scope_when_back(found()), {"yes"})
        export["InboundConnectors"][0]["CloudServicesMailEnabled"] = False
        self.assertEqual(scope_when_back(found()), {"unknown"})

    def test_groups(self):
        """a group in a group: who is in it is not known; a group may be named instead of its address"""
        export = exported(self.plan())
        export["DistributionGroups"].append({"Name": "Board", "PrimarySmtpAddress": "board@contoso.example"})
        rule(export, ROUTES)["FromMemberOf"] = ["SecuDoc Users"]
        def verdict(*args, **kw):
            path = self.path("export.json", json.dumps(export))
            return self.explain(self.mail(), "--export", path, *args, config=False, **kw)["verdict"]
        self.assertEqual(verdict(members="board@contoso.example"), "maybe")
        self.assertEqual(verdict(members="board@contoso.example," + ALICE), "routed")
        self.assertEqual(verdict(members=CAROL), "not-routed")
        self.assertEqual(verdict("--group", "secudoc_users@contoso.example=" + ALICE, members=None), "routed")
        self.assertEqual(verdict("--group", "Board=" + ALICE, members=None), "maybe")

    def test_nested_groups(self):
        """whatever is known to be a group may have members: by its other addresses, its alias, by what is said here"""
        export = exported(self.plan())
        export["DistributionGroups"] += [
            {"Name": "Board", "Alias": "board", "PrimarySmtpAddress": "board@contoso.example",
             "EmailAddresses": ["SMTP:board@contoso.example", "smtp:Directie@contoso.example", "x500:/o=x/cn=y"]},
            {"Name": "Sales", "Alias": "sales", "PrimarySmtpAddress": "verkoop@contoso.example"}]
        rule(export, ROUTES)["ExceptIfFromMemberOf"] = ["scanners@contoso.example"]
        scanners = ("--group", "scanners@contoso.example=" + CAROL)
        path = self.path("export.json", json.dumps(export))
        for member, verdict in (("directie@contoso.example", "maybe"), ("sales@contoso.example", "maybe"),
                                ("scanners@contoso.example", "maybe"), ("Verkoop@contoso.example", "maybe"),
                                # others, though they begin alike; an alias of a group whose addresses are known
                                ("directie2@contoso.example", "not-routed"), ("sales@fabrikam.example", "not-routed"),
                                ("salesman@contoso.example", "not-routed"), ("x500@contoso.example", "not-routed"),
                                ("boards@contoso.example", "not-routed")):
            with self.subTest(member=member):
                found = self.explain(self.mail(), "--export", path, *scanners, members=member, config=False)
                self.assertEqual(found["verdict"], verdict)
                found = self.explain(self.mail(), "--export", path, *scanners, members=member + "," + ALICE, config=False)
                self.assertEqual(found["verdict"], "routed")
        # a group that is known only because its members are said
        nested = ("--group", "team@contoso.example=" + ALICE)
        plan = self.plan_file()
        self.check(self.mail(), "maybe", "not-a-member", "--plan", plan, *nested, members="team@contoso.example",
                   config=False)
        self.check(self.mail(), "not-routed", "not-a-member", "--plan", plan, members="team@contoso.example",
                   config=False)
        self.check(self.mail(), "routed", None, "--plan", plan, *nested, members="team@contoso.example," + ALICE,
                   config=False)

    def test_in_vain(self):
        """groups that no rule asks about are said, as a name may be mistyped; the answer comes all the same"""
        mail, plan = self.path("mail.eml", self.mail()), self.plan_file()
        def said(*args):
            done = self.rules("explain", mail, "--plan", plan, *args, config=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(done.stdout)
            return done.stderr
        users = "secudoc_users@contoso.example"
        for args in (("--members", ALICE), ("--group", "%s=%s" % (users, ALICE)), ("--group", "SecuDoc Users=" + ALICE),
                     ("--group", "SECUDOC_USERS=" + ALICE), ("--members", "a@b.example", "--group", "a@b.example=" + ALICE), ()):
            self.assertEqual(said(*args), "", args)
        self.assertIn("note: --group TYPO: ", said("--group", "TYPO=" + ALICE, "--members", ALICE))
        self.assertIn("note: --group a@b.example: ", said("--group", "a@b.example=" + ALICE))
        plan = self.plan_file("--scope", "organization")
        self.assertIn("note: --members: ", said("--members", ALICE))
        self.assertNotIn("\x1b", said("--group", "\x1b[31m=" + ALICE))

    def test_lists(self):
        """a list as an editor of Windows writes it; what nobody sees in an address is refused, not compared"""
        mark = "\ufeff"
        self.check(self.mail(), "routed", members="@" + self.path("list", "%s%s\r\n%s\r\n" % (mark, ALICE, CAROL)))
        self.check(self.mail(), "not-routed", "not-a-member", members="@" + self.path("list", mark + CAROL))
        mail = self.path("mail.eml", self.mail())
        for address in ("\u200b" + ALICE, "al\u00adice@contoso.example", "alice@contoso.\u200dexample", mark + ALICE,
                        ALICE + "\u00a0", "\u202e" + ALICE, "\U000e0041" + ALICE):
            for text in (address, "%s,%s" % (CAROL, address), "@" + self.path("list", "%s\n%s\n" % (CAROL, address))):
                with self.subTest(text=text):
                    self.assertRefused(self.rules("explain", mail, "--members", text), 2, "is no address")
                    self.assertRefused(self.rules("explain", mail, "--to", text), 2, "is no address")
            self.assertRefused(self.rules("explain", mail, "--from-envelope", address), 2, "is no address")
        self.check(self.mail(), "routed", members="j\u00f6rg@contoso.example,\u90f5@contoso.example," + ALICE)

    def test_domains(self):
        """an export that has domains has all of them; without, settings or plan say them, or nobody"""
        export = exported(self.plan())
        inside = next(d for d in export["AcceptedDomains"] if d["DomainName"] == "contoso.example")
        path = self.path("export.json", "")
        def found(*args, **kw):
            self.path("export.json", json.dumps(export))
            f = self.explain(self.mail(to=[CAROL]), *args, **kw)
            return f["verdict"], f["reason"]
        for config in (True, False):
            inside["DomainType"] = "Authoritative"
            self.assertEqual(found("--export", path, config=config), ("not-routed", "recipients-inside"))
            inside["DomainType"] = "ExternalRelay"
            self.assertEqual(found("--export", path, config=config), ("routed", "rule-fires"))
        del export["AcceptedDomains"]
        self.assertEqual(found("--export", path), ("not-routed", "recipients-inside"))
        self.assertEqual(found("--export", path, config=False), ("maybe", "recipients-inside"))
        # a plan that does not say what is inside: its linked domain is not all
        plan = self.plan()
        self.path("plan.json", json.dumps(plan))
        self.assertEqual(found("--plan", self.path("plan.json"), config=False), ("not-routed", "recipients-inside"))
        del plan["Tenant"]["Domains"]
        self.path("plan.json", json.dumps(plan))
        self.assertEqual(found("--plan", self.path("plan.json"), config=False), ("maybe", "recipients-inside"))
        del plan["Tenant"]
        self.path("plan.json", "\ufeff" + json.dumps(plan))
        self.assertEqual(found("--plan", self.path("plan.json"), config=False), ("maybe", "recipients-inside"))

    def test_loop(self):
        """a rule that lost its exception sends the mail round in a circle, and explain says so"""
        export = exported(self.plan())
        broken = rule(export, "SecuDoc Mail Integration")
        del broken["ExceptIfHeaderMatchesMessageHeader"], broken["ExceptIfHeaderMatchesPatterns"]
        path = self.path("export.json", json.dumps(export))
        found = self.explain(self.mail(), "--export", path)
        self.assertEqual((found["verdict"], found["routed_again"]), ("routed", "yes"))
        text = self.ok("explain", self.path("mail.eml"), "--export", path, "--members", ALICE)
        self.assertIn("ROUTED AGAIN", text.replace("\n ", ""))

    def test_text(self):
        """the verdict is the first line; 100 columns; no secret, no token, no control character"""
        raw = self.mail(to=[BOB, CAROL], extra=[("X-SecuDoc", "1.0 " + self.tenant.tokens[0] + "x"),
                                               ("X-SecuDoc-\x1b[31mRed", "x")], name="a\x1b]0;x\x07.pdf")
        for args, start in (((), "ROUTED: 1 of 2 recipients by way of \"SecuDoc Out\", 1 directly; not routed again"),
                            (("--to", CAROL), "NOT ROUTED: "), (("--mode", "opt-in"), "NOT ROUTED: ")):
            text = self.ok("explain", self.path("mail.eml", raw), "--members", ALICE, *args)
            self.assertTrue(text.startswith(start), text[:200])
            for secret in [self.tenant.secret, *self.tenant.tokens]:
                self.assertNotIn(secret, text)
            self.assertNotRegex(text, r"[\x00-\x09\x0b-\x1f\x7f]")
            self.assertLessEqual(max(len(line) for line in text.splitlines()), 100)
            # of a rule that does not fire stands what kept it off, of the one that routes everything
            self.assertRegex(text, r'(?m)^  "SecuDoc Set Aside Out-of-Office" does not fire: [a-z].*\. \[\d+\]$')
            self.assertRegex(text, r'"%s" (FIRES|does not fire)\n    yes +FromMemberOf  +Sender "%s" is in "secudoc_'
                             % (ROUTES, ALICE))
            self.facts(text)
        self.assertNotIn(self.tenant.tokens[0], self.ok("explain", self.path("mail.eml"), "--members", ALICE, "--json"))

    def facts(self, text):
        """each fact that is cited is explained once, in a bracket that closes, and no other"""
        text, _, facts = text.partition("\nThis rests on\n")
        facts = re.sub(r"\n      +", " ", facts.partition("\n\n")[0]).splitlines()
        self.assertEqual([f.split()[0] for f in facts], ["[%d]" % (i + 1) for i in range(len(facts))])
        cited = {n for numbers in re.findall(r" \[([\d,]+)\](?=\n)", text) for n in numbers.split(",")}
        self.assertEqual(cited, {str(i + 1) for i in range(len(facts))})
        for fact in facts:
            self.assertRegex(fact, r"^  \[\d+\] [a-z-]+: [A-Z].*\. \((documented: |documented nowhere|reported by others: |"
                                   r"concluded from: |documents disagree: |not said in: |not to be seen here: ).*\)$")

    def test_all(self):
        """--all has every check of every rule, as JSON has; without it those that matter"""
        mail = self.path("mail.eml", self.mail(to=[BOB, CAROL]))
        found = json.loads(self.ok("explain", mail, "--members", ALICE, "--json"))
        passes = found["copies"] + [b for c in found["copies"] for b in c["second_pass"]]
        checks = [c for p in passes for r in p["rules"] for c in r["checks"]]
        text, brief = (self.ok("explain", mail, "--members", ALICE, *a) for a in (("--all",), ()))
        def lines(t):
            return re.findall(r"(?m)^    (yes|no|unknown) +([A-Z]\w+)  +[A-Z]", t)
        self.assertEqual(sorted(lines(text)), sorted((c["answer"], c["name"]) for c in checks))
        self.assertEqual(len(re.findall(r'(?m)^  ".*" (FIRES|does not fire|is not asked: .*)$', text)),
                         sum(len(p["rules"]) for p in passes))
        self.facts(text)
        self.assertLessEqual(max(len(line) for line in text.splitlines()), 100)
        self.assertLess(len(brief.splitlines()), len(text.splitlines()) * 2 / 3)
        # without it: the rules that fire, and on the first pass the one that routes
        wanted = [c for p in passes for r in p["rules"] for c in r["checks"]
                  if r["fires"] == "yes" or (r["name"] == ROUTES and p in found["copies"])]
        self.assertEqual(sorted(lines(brief)), sorted((c["answer"], c["name"]) for c in wanted))
        # and each other one in a line of its own; on the second pass their number
        for p in found["copies"]:
            for r in p["rules"]:
                if r["fires"] == "no" and r["asked"] == "asked" and r["name"] != ROUTES:
                    self.assertIn('\n  "%s" does not fire: ' % r["name"], brief)
        back = brief.partition("when the service hands it back")[2].partition("\nCopy ")[0]
        off = sum(r["fires"] == "no" for r in found["copies"][0]["second_pass"][0]["rules"])
        self.assertIn("\n  others      %d rules do not fire\n" % off, back)
        self.assertRegex(" ".join(back.split()), r'not routed again why "%s" does not fire, by an exception: field X-SecuDoc'
                         % ROUTES)

    def test_unasked(self):
        """rules behind one that ended the pass, or that are switched off, are summed up; with --all named"""
        export = exported(self.plan())
        rule(export, "SecuDoc No Spam Check")["State"] = "Disabled"
        path, mail = self.path("export.json", json.dumps(export)), self.path("mail.eml", self.mail())
        text, full = (self.ok("explain", mail, "--export", path, "--members", ALICE, *a, config=False)
                      for a in ((), ("--all",)))
        self.assertIn("\n  not asked   3 rules behind one that ended the pass; 1 rule that is switched off\n", text)
        self.assertIn('\n  "SecuDoc Remove X-SecuDoc" is not asked: a rule in front ended the pass\n', full)
        self.assertIn('\n  "SecuDoc No Spam Check" is switched off\n', full)
        rule(export, ROUTES)["State"] = "Disabled"
        path = self.path("export.json", json.dumps(export))
        text = self.ok("explain", mail, "--export", path, "--members", ALICE, config=False)
        self.assertTrue(text.startswith("NOT ROUTED: it goes to its recipient directly (rule-disabled)\n"), text)
        self.assertIn('\n  "%s" is switched off\n' % ROUTES, text)

    def test_what_to_give(self):
        """of a maybe it is said on what it depends, and what to give; with that it is known"""
        export = exported(self.plan())
        export["DistributionGroups"].append({"Name": "The 'Board'", "PrimarySmtpAddress": "board@contoso.example"})
        rule(export, ROUTES)["ExceptIfFromMemberOf"] = ["scan@contoso.example", "The 'Board'"]
        quoted = "'The '\\''Board'\\'''"
        path = self.path("export.json", json.dumps(export))
        mail = self.path("mail.eml", self.mail(to=[BOB, CAROL]))
        def shown(*args):
            return self.ok("explain", mail, "--export", path, *args, config=False)
        text = shown()
        self.assertTrue(text.startswith('MAYBE: 1 of 2 recipients perhaps by way of "SecuDoc Out" (not-a-member), '
                                        '1 directly; '), text)
        front = " ".join(text.partition("\n\n")[0].split())
        self.assertIn('depends on FromMemberOf of "%s": Sender "%s" may be in ' % (ROUTES, ALICE), front)
        self.assertIn('ExceptIfFromMemberOf of "%s"' % ROUTES, front)
        self.assertIn("to know give --members LIST --group scan@contoso.example=LIST --group " + quoted + "=LIST (",
                      front)
        found = json.loads(shown("--json"))
        self.assertEqual([(d["check"], d["fact"], d["pass"]) for d in found["depends_on"]],
                         [("FromMemberOf", "member-unseen", "first"), ("ExceptIfFromMemberOf", "member-unseen", "first")])
        given = ("--members", ALICE)
        self.assertEqual([d["give"] for d in json.loads(shown("--json", *given))["depends_on"]],
                         ["--group scan@contoso.example=LIST --group " + quoted + "=LIST"])
        given += ("--group", "scan@contoso.example=" + CAROL)
        self.assertEqual([d["give"] for d in json.loads(shown("--json", *given))["depends_on"]],
                         ["--group " + quoted + "=LIST"])
        given += ("--group", "The 'Board'=" + CAROL)
        self.assertTrue(shown(*given).startswith("ROUTED: 1 of 2 "))
        self.assertEqual(json.loads(shown("--json", *given))["depends_on"], [])
        self.assertNotIn("depends on", shown(*given))

    def test_nothing_to_give(self):
        """what nobody can know from here is said to be so; what a rule in front left open leads to that rule"""
        raw = self.path("mail.eml", self.mail(extra=[("Auto-Submitted", "auto-replied")]))
        text = self.ok("explain", raw, "--members", ALICE)
        self.assertTrue(text.startswith('MAYBE: 1 of 1 recipient perhaps by way of "SecuDoc Out" (marked); '), text)
        self.assertIn("\n  to know     only a mail in the real tenant can tell\n", text)
        found = json.loads(self.ok("explain", raw, "--members", ALICE, "--json"))
        first = [(d["rule"], d["check"], d["give"]) for d in found["depends_on"] if d["pass"] == "first"]
        self.assertEqual(first, [(ROUTES, "ExceptIfHeaderMatchesPatterns", ""),
                                 ("SecuDoc Set Aside Out-of-Office", "MessageTypeMatches", "")])

    def test_bad_files(self):
        """what cannot be read: exit 1 and a sentence"""
        for path in (self.path("none.eml"), self.folder, self.path("empty.eml", ""), "/dev/null",
                     self.path("odd.eml", "no header\n")):
            self.assertRefused(self.rules("explain", path), 1)

    def test_endless(self):
        """a file without an end is no mail; a path is said once"""
        self.assertRefused(self.rules("explain", "/dev/zero"), 1)
        with open(self.path("huge.eml", mails.build()), "ab") as f:
            f.truncate(300 << 20)
        self.assertRefused(self.rules("explain", self.path("huge.eml")), 1, "huge.eml: over 256 MB")
        none = self.path("none")
        mail = self.path("mail.eml", mails.build())
        for args in (("explain", none), ("explain", mail, "--plan", none), ("explain", mail, "--export", none),
                     ("explain", mail, "--members", "@" + none), ("explain", mail, "--to", "@" + none), ("verify", none)):
            done = self.rules(*args, config="--plan" not in args)
            self.assertIn(done.returncode, (1, 2), args)
            self.assertEqual(done.stderr.count(none), 1, done.stderr)


class Simulate(RulesCase):
    def fill(self):
        one = mails.with_file()
        for name, content in (("a.eml", one), ("b.eml", mails.build()), ("sub/c.EML", one), ("sub/deep/d.eml", winmail()),
                              ("e.eml", mails.with_file(sender="dave@contoso.example")), ("f.txt", one),
                              ("Maildir/cur/1763766000.M1P2.host:2,S", one),
                              ("bad.eml", "no header\n"), ("zero.eml", ""), ("plan.json", '{"SecuDocPlan": 1}'),
                              ("sub/x.xml", '<?xml version="1.0"?>'), ("n\x1b[31m\n.eml", one),
                              ("amb.eml", one.replace(b"multipart/alternative;", b"multipart/alternative; boundary=x;"))):
            self.path("mails/" + name, content)
        outside = self.path("outside.eml", one)
        os.symlink(outside, self.path("mails/link.eml"))
        os.symlink("..", self.path("mails/up"))
        os.mkfifo(self.path("mails/pipe.eml"))
        return self.path("mails")

    NO_MAILS = {"bad.eml", "zero.eml", "plan.json", "sub/x.xml"}

    def test_folder(self):
        """a row for each mail, whatever it is called, in the order of names, and counts; links and pipes are not opened"""
        folder = self.fill()
        options = ("--members", ALICE + ",piet@contoso.example", "--json")
        found = json.loads(self.ok("simulate", folder, *options))
        rows = {m["file"]: m["verdict"] for m in found["mails"]}
        self.assertEqual(rows, {"Maildir/cur/1763766000.M1P2.host:2,S": "routed", "a.eml": "routed",
                                "amb.eml": "unreadable", "b.eml": "not-routed", "e.eml": "not-routed", "f.txt": "routed",
                                "n\x1b[31m\n.eml": "routed", "sub/c.EML": "routed", "sub/deep/d.eml": "maybe"})
        self.assertEqual([m["file"] for m in found["mails"]], sorted(rows))
        self.assertEqual(found["counts"], {"routed": 5, "maybe": 1, "elsewhere": 0, "not-routed": 2, "unreadable": 1, "not-a-mail": 4})
        self.assertEqual((found["loops"], found["links"]), (0, 2))
        sizes = {m["file"]: m.get("size") for m in found["mails"]}
        self.assertEqual(sizes["a.eml"], os.path.getsize(os.path.join(folder, "a.eml")))
        self.assertEqual(found["bytes"]["routed"], 5 * sizes["a.eml"])
        self.assertEqual(found["bytes"]["not-routed"], sizes["b.eml"] + sizes["e.eml"])
        full = json.loads(self.ok("simulate", folder, *options, "--all"))
        self.assertEqual({m["file"] for m in full["mails"] if m["verdict"] == "not-a-mail"}, self.NO_MAILS)
        self.assertEqual(full["counts"], found["counts"])

    def test_text(self):
        """the table: the same rows, one line each, whatever a file is called; what its columns mean stands below"""
        folder = self.fill()
        text = self.ok("simulate", folder, "--members", ALICE)
        self.assertNotIn("\x1b", text)
        self.assertTrue(text.endswith(" links were not followed\n"), text)
        table, legend, counts = text.split("\n\n")
        lines = table.splitlines()
        self.assertEqual(lines[0].split(), ["VERDICT", "REASON", "ROUTED", "PERHAPS", "DIRECTLY", "SENDER", "FILE"])
        self.assertEqual(len(lines), 1 + 9, text)
        self.assertIn(["routed", "rule-fires", "1", "0", "0", ALICE, "a.eml"], [line.split() for line in lines])
        for word in lines[0].split()[1:5]:
            self.assertIn(word, legend)
        self.assertIn("n\\x1b[31m\\x0a.eml", table)
        self.assertRegex(counts, r"(?m)^ +5 routed, ")
        self.assertRegex(counts, r"(?m)^ +1 unreadable: ")
        self.assertRegex(counts, r"(?m)^ +4 not a mail \(--all lists them\)$")
        full = self.ok("simulate", folder, "--members", ALICE, "--all")
        self.assertEqual({re.match(r"not-a-mail +- +- +- +- +-  (.*): it does not", line).group(1)
                          for line in full.splitlines() if line.startswith("not-a-mail")}, self.NO_MAILS)
        self.assertRegex(full, r"(?m)^ +4 not a mail$")

    def test_thousands(self):
        """a folder of thousands, one by one"""
        one, other = mails.with_file(size=1500), mails.build()
        os.mkdir(self.path("many"))
        for i in range(2000):
            self.path("many/%04d.eml" % i, one if i % 4 == 0 else other)
        found = json.loads(self.ok("simulate", self.path("many"), "--members", ALICE, "--json"))
        self.assertEqual(found["counts"], {"routed": 500, "maybe": 0, "elsewhere": 0, "not-routed": 1500, "unreadable": 0,
                                           "not-a-mail": 0})

    def test_clients(self):
        """mails as clients write them: every one is read"""
        found = json.loads(self.ok("simulate", CLIENTS, "--scope", "organization", "--json", "--group", "x=a@b.example"))
        self.assertEqual(found["counts"]["unreadable"], 0)
        self.assertEqual(len(found["mails"]), len(os.listdir(CLIENTS)))

    @unittest.skipUnless(os.path.isdir(CORPUS), "no mail corpus beside the tree")
    def test_corpus(self):
        """real and odd mails: each is a row, none ends the run, none would loop"""
        files, fielded = 0, set()
        for folder, _, names in os.walk(CORPUS):
            for name in names:
                path = os.path.join(folder, name)
                files += not os.path.islink(path)
                with open(path, "rb") as f:
                    if email.message_from_binary_file(f).keys():
                        fielded.add(os.path.relpath(path, CORPUS))
        found = json.loads(self.ok("simulate", CORPUS, "--scope", "organization", "--json", "--all"))
        self.assertEqual((len(found["mails"]), sum(found["counts"].values())), (files, files))
        others = {m["file"] for m in found["mails"] if m["verdict"] == "not-a-mail"}
        rows = {m["file"] for m in found["mails"]} - others
        self.assertEqual(sorted(n for n in others & fielded if n.endswith(".eml")), [])
        # Python knows no blank before the colon of the first field (RFC 5322, section 4.5)
        odd = {"obsolete.msg", "obsolete.out", "example13.eml", "019.eml"}
        self.assertEqual([n for n in sorted(rows - fielded) if os.path.basename(n) not in odd], [])
        self.assertEqual(found["loops"], 0)
        self.assertLess(found["counts"]["unreadable"], len(fielded) / 5)

    def test_no_folder(self):
        """no folder, or one without any mail: exit 1, and it is said why"""
        for path in (self.path("none"), self.path("file.eml", "x: y\n\n")):
            self.assertRefused(self.rules("simulate", path), 1)
        empty = self.path("empty")
        os.mkdir(empty)
        self.assertRefused(self.rules("simulate", empty), 1, "no mail")
        self.path("empty/sub/plan.json", "{}")
        os.symlink("..", self.path("empty/up"))
        self.assertRefused(self.rules("simulate", empty), 1, "no mail in it: 1 other file, 1 link not followed")
        done = self.rules("simulate", empty, "--json")
        found = json.loads(done.stdout)
        self.assertEqual((done.returncode, found["mails"], found["counts"]["not-a-mail"]), (1, [], 1))
        self.assertIn("no mail", done.stderr)
        done = self.rules("simulate", empty, "--all")
        self.assertEqual(done.returncode, 1)
        self.assertIn("sub/plan.json", done.stdout)


def exported(plan):
    """What the set-up script would export of a tenant that has just this plan, as Exchange shows it."""
    out = {k: copy.deepcopy(v) for k, v in plan.items()
           if k in ("AcceptedDomains", "DistributionGroups", "InboundConnectors", "OutboundConnectors",
                    "RemoteDomains", "TransportRules")}
    out.update({"SecuDocExport": 1, "ExportedAt": "2026-11-21T20:30:46Z",
                "Tenant": {"EntraId": plan["Tenant"]["EntraId"], "Organization": "contoso.onmicrosoft.com"}})
    out["AcceptedDomains"] += [{"DomainName": d, "DomainType": "Authoritative"} for d in plan["Tenant"]["Domains"]]
    for c in out["InboundConnectors"]:
        c["SenderDomains"] = ["smtp:*;1"]
        c["Guid"] = "0b6f0b0e-0000-4000-8000-000000000001"
    for i, r in enumerate(out["TransportRules"]):
        r["Priority"], r["Guid"] = i, "0b6f0b0e-0000-4000-8000-%012d" % i
        r["State"] = "Enabled" if r.pop("Enabled") else "Disabled"
        r["WhenChanged"] = "2026-11-20T10:00:00Z"
        if "SetHeaderValue" in r:
            r["SetHeaderValue"] = "sha256:" + hashlib.sha256(r["SetHeaderValue"].encode()).hexdigest()
        if "AttachmentSizeOver" in r:
            kb = int(r["AttachmentSizeOver"].replace("KB", ""))
            r["AttachmentSizeOver"] = "%d KB (%s bytes)" % (kb, format(kb * 1024, ","))
    return out


def edit(name, **changes):
    """A change to one rule of an export; None takes a member out."""
    def apply(export):
        r = rule(export, name)
        for key, value in changes.items():
            r[key] = value
            if value is None:
                del r[key]
    return apply


ROUTES = "SecuDoc Mail Integration"
FINE = "OK: the tenant has what it should have\n          exported at 2026-11-21T20:30:46Z\n"


def tool(**more):
    """A signature tool's rule in front of ours, as it is recommended."""
    return dict({"Name": "Identify messages to send to Exclaimer Cloud", "State": "Enabled", "Mode": "Enforce",
                 "FromScope": "InOrganization", "RouteMessageOutboundConnector": TOOL_CONNECTOR,
                 "ExceptIfHeaderContainsMessageHeader": "X-ExclaimerHostedSignatures-MessageProcessed",
                 "ExceptIfHeaderContainsWords": ["true"], "StopRuleProcessing": True}, **more)


TOOL_CONNECTOR = "Send to Exclaimer Cloud"
SIGNED = [("X-ExclaimerHostedSignatures-MessageProcessed", "true")]


class Tools(RulesCase):
    """Rules of others that route as well."""

    def setUp(self):
        super().setUp()
        self.export = exported(self.plan())
        self.add(0, tool())

    def add(self, at, added):
        self.export["TransportRules"].insert(at, added)
        for i, r in enumerate(self.export["TransportRules"]):
            r["Priority"] = i

    def shown(self, *args, config=False, extra=(), members=ALICE, to=(BOB,), json_too=True):
        """The answer in JSON; no token is in it, or in the text."""
        path, export = self.path("mail.eml", mails.with_file(extra=extra, to=to)), self.path("export.json", json.dumps(self.export))
        args = ("explain", path, "--export", export, "--members", members, *args)
        said = [self.ok(*args, config=config), self.ok(*args, "--json", config=config)]
        for text in said:
            for secret in [*self.tenant.tokens, self.tenant.secret]:
                self.assertNotIn(secret.lower(), text.lower())
        self.text = re.sub(r"\s+", " ", said[0])
        return json.loads(said[1])

    def assertElsewhere(self, found):
        self.assertEqual((found["verdict"], found["reason"], found["routed_again"]),
                         ("elsewhere", "other-connector", "unknown"))
        self.assertEqual([c["second_pass"] for c in found["copies"]], [[]] * len(found["copies"]))
        self.assertEqual(found["copies"][0]["connector"], TOOL_CONNECTOR)
        self.assertIn("ELSEWHERE: ", self.text)
        self.assertIn("what comes back from there is not known", self.text)
        self.assertNotIn("when the service hands it back", self.text)

    def assertOurs(self, found):
        self.assertEqual((found["verdict"], found["routed_again"]), ("routed", "no"))
        self.assertEqual(found["copies"][0]["connector"], self.ours)
        self.assertEqual(len(found["copies"][0]["second_pass"]), 1)

    ours = "SecuDoc Out"

    def test_in_front(self):
        """first it goes to the tool, and what that hands back comes to us: never taken for ours"""
        for config in (True, False):
            with self.subTest(config=config):
                self.assertElsewhere(self.shown(config=config))
                self.assertOurs(self.shown(config=config, extra=SIGNED))
                marked = SIGNED + [("X-SecuDoc", "1.0 " + self.tenant.tokens[0])]
                self.assertEqual(self.shown(config=config, extra=marked)["reason"], "marked")
                other = self.shown(config=config, extra=SIGNED, members=CAROL)
                self.assertEqual((other["verdict"], other["reason"]), ("not-routed", "not-a-member"))

    def test_renamed(self):
        """rules and connectors may be called anything: other signs tell which is ours"""
        ours = rule(self.export, ROUTES)
        connector = next(c for c in self.export["OutboundConnectors"] if c["Name"] == "SecuDoc Out")
        ours["Name"], self.ours = "Regel 7", "Naar buiten"
        ours["RouteMessageOutboundConnector"] = connector["Name"] = self.ours
        for config in (True, False):
            self.assertElsewhere(self.shown(config=config))
            self.assertOurs(self.shown(config=config, extra=SIGNED))
        # nothing is left but the connector, which leads to the smart host of the settings
        for key in ("ExceptIfHeaderMatchesMessageHeader", "ExceptIfHeaderMatchesPatterns", "SetHeaderName", "SetHeaderValue"):
            del ours[key]
        found = self.shown(config=True, extra=SIGNED)
        self.assertEqual((found["verdict"], found["routed_again"]), ("routed", "yes"))
        # without settings nothing says that it is ours
        found = self.shown(extra=SIGNED)
        self.assertEqual((found["verdict"], found["copies"][0]["connector"]), ("elsewhere", self.ours))

    def test_tool_knows_us(self):
        """a tool that leaves alone what we have handed back is still no rule of ours"""
        self.export["TransportRules"][0] = tool(ExceptIfHeaderMatchesMessageHeader="X-SecuDoc", Priority=0,
                                                ExceptIfHeaderMatchesPatterns=["^1\\.0 %s" % self.tenant.tokens[0]])
        for config in (True, False):
            self.assertElsewhere(self.shown(config=config))
            self.assertOurs(self.shown(config=config, extra=SIGNED))

    def test_behind(self):
        """behind ours: what comes back goes to the tool, and then nobody knows"""
        self.export["TransportRules"].append(self.export["TransportRules"].pop(0))
        self.add(0, self.export["TransportRules"].pop(0))
        found = self.shown()
        self.assertEqual((found["verdict"], found["routed_again"]), ("routed", "unknown"))
        self.assertEqual(found["copies"][0]["second_pass"][0]["connector"], TOOL_CONNECTOR)
        found = self.shown(members=CAROL)
        self.assertElsewhere(found)

    def test_both(self):
        """a tool that does not stop the rules: two connectors are named, and nobody says which counts"""
        del self.export["TransportRules"][0]["StopRuleProcessing"]
        found = self.shown()
        self.assertEqual(found["verdict"], "maybe")
        self.assertEqual(len(found["copies"][0]["second_pass"]), 1)
        self.assertElsewhere(self.shown(members=CAROL))

    def test_mixed(self):
        """one copy to us, one to the tool: each is counted for itself"""
        self.export["TransportRules"][0] = tool(SentTo=[CAROL], Priority=0)
        found = self.shown(to=[BOB, CAROL])
        self.assertEqual((found["verdict"], found["routed_again"]), ("routed", "unknown"))
        self.assertEqual({c["recipients"][0]: len(c["second_pass"]) for c in found["copies"]}, {BOB: 1, CAROL: 0})

    def test_simulate(self):
        """the table counts apart what goes elsewhere"""
        for name, extra in (("a", []), ("b", SIGNED), ("c", [])):
            self.path("mails/%s.eml" % name, mails.with_file(extra=extra))
        self.path("mails/d.eml", mails.build(extra=SIGNED))
        args = ("simulate", self.path("mails"), "--export", self.path("export.json", json.dumps(self.export)), "--members", ALICE)
        found = json.loads(self.ok(*args, "--json", config=False))
        self.assertEqual({m["file"]: (m["verdict"], m["elsewhere"]) for m in found["mails"]},
                         {"a.eml": ("elsewhere", 1), "b.eml": ("routed", 0), "c.eml": ("elsewhere", 1), "d.eml": ("not-routed", 0)})
        self.assertEqual(found["counts"], {"routed": 1, "maybe": 0, "elsewhere": 2, "not-routed": 1, "unreadable": 0, "not-a-mail": 0})
        self.assertEqual((found["loops"], found["loops_perhaps"]), (0, 0))
        text = self.ok(*args, config=False)
        self.assertRegex(text, r"(?m)^ +2 elsewhere, ")
        self.assertNotIn("loops?", text)

    def test_no_rule_of_ours(self):
        """only the tool's rule is left: said beside the answer"""
        self.export["TransportRules"] = [self.export["TransportRules"][0]]
        done = self.rules("explain", self.path("m.eml", mails.with_file()), "--export",
                          self.path("export.json", json.dumps(self.export)), "--members", ALICE, config=False)
        self.assertEqual(done.returncode, 0)
        self.assertTrue(done.stdout.startswith("ELSEWHERE: "), done.stdout)
        self.assertIn("note: --members: no rule is known", done.stderr)


class Rotation(RulesCase):
    """While one token takes over from another, both are secret wherever they stand, and both count."""
    # of the length that they have when they are made at random
    NEW, OLD = "k3m9zzq7abcdefghijklmnop22", "jzj6hsjmolacvwfocfjxc4sbla"

    def setUp(self):
        super().setUp()
        before = self.tenant.tokens
        self.tenant.set(mark_tokens=[self.NEW, self.OLD])
        self.addCleanup(lambda: self.tenant.set(mark_tokens=before))
        plan = self.plan()
        export = exported(plan)
        self.sources = ((), ("--plan", self.path("plan.json", json.dumps(plan))),
                        ("--export", self.path("export.json", json.dumps(export))))
        # another rule asks for the mark in its own way, and stands in front
        export["TransportRules"].insert(0, {
            "Name": "Other", "State": "Enabled", "Mode": "Enforce", "Priority": 0, "HeaderMatchesMessageHeader": "X-SecuDoc",
            "HeaderMatchesPatterns": ["^1.0 (?:%s|%s) *$" % (self.OLD.upper(), self.NEW)], "SetHeaderName": "X-Other", "SetHeaderValue": "1"})
        for i, r in enumerate(export["TransportRules"]):
            r["Priority"] = i
        self.sources += (("--export", self.path("other.json", json.dumps(export))),)

    def said(self, mail, source):
        config = not source
        args = ("explain", self.path("mail.eml", mail), "--members", ALICE, *source)
        out = [self.ok(*args, config=config), self.ok(*args, "--json", config=config)]
        for text in out:
            for token in (self.NEW, self.OLD):
                folded = text.lower().replace("\u017f", "s").replace("\u212a", "k")
                # neither whole, nor a piece of it that would be a help
                for at in range(0, len(token) - 7):
                    self.assertNotIn(token[at:at + 8], folded)
        return json.loads(out[1])

    def test_masked(self):
        """however a mail or a rule writes a token, it is not shown; what only looks like one is"""
        for source in self.sources:
            for token in (self.NEW, self.OLD, self.NEW.upper(), self.OLD.swapcase(), self.NEW.replace("k", "\u212a"),
                          self.OLD.replace("s", "\u017f"), "x" * 40 + self.OLD, self.OLD + self.NEW):
                with self.subTest(source=source, token=token):
                    self.said(mails.with_file(extra=[("X-SecuDoc", "1.0 " + token)]), source)
            # a value that is cut where it is shown, within the token
            for length in (1000, 1010, 1015, 1020):
                self.said(mails.with_file(extra=[("X-SecuDoc", "y" * length + self.NEW)]), source)
            found = self.said(mails.with_file(extra=[("X-SecuDoc", "1.0 thatwasguessed0000000000")]), source)
            self.assertIn("thatwasguessed0000000000", json.dumps(found))

    def test_counts(self):
        """both tokens keep a mail from being routed again; which is handed back is the first"""
        for source in self.sources:
            with self.subTest(source=source):
                for token, verdict in ((self.NEW, "not-routed"), (self.OLD, "not-routed"), (self.NEW[:-1], "routed"),
                                       (self.OLD + "x", "routed")):
                    found = self.said(mails.with_file(extra=[("X-SecuDoc", "1.0 " + token)]), source)
                    self.assertEqual(found["verdict"], verdict)
                found = self.said(mails.with_file(), source)
                self.assertEqual((found["verdict"], found["routed_again"]), ("routed", "no"))


class Verify(RulesCase):
    def verify(self, export, *args):
        path = self.path("export.json", json.dumps(export))
        return self.rules("verify", path, *args)

    def edited(self, change):
        export = exported(self.plan())
        change(export)
        return export

    def test_equal(self):
        """the plan as an export: nothing differs, in whichever form values are written"""
        for args in ((), ("--plan", self.plan_file())):
            done = self.rules("verify", self.path("export.json", json.dumps(exported(self.plan()))), *args,
                              config=not args)
            self.assertEqual((done.returncode, done.stdout), (0, FINE), done.stderr)
        found = self.verify(exported(self.plan()), "--json")
        self.assertEqual(json.loads(found.stdout), {"exported_at": "2026-11-21T20:30:46Z", "counts": {"note": 0, "warning": 0, "critical": 0},
                                                    "not_shown": 0, "differences": [], "variables": {}})

    def test_variables(self):
        """what a command leaves out is explained, in text and in JSON, and a command without it stops"""
        for change, name in ((edit(ROUTES, SetHeaderValue="other"), "$secret"),
                             (edit(ROUTES, ExceptIfHeaderMatchesPatterns=["x"]), "$pattern")):
            found = json.loads(self.verify(self.edited(change), "--json").stdout)
            self.assertEqual(list(found["variables"]), [name])
            self.assertIn("of the rule that routes", found["variables"][name])
            self.assertIn(f"$(if ({name}) {{ {name} }} else {{ throw 'set {name} first' }})",
                          found["differences"][0]["repair"])
            self.assertIn(f"\n{name} is, in the plan, ", self.verify(self.edited(change)).stdout)

    def test_not_exported(self):
        """what no object of the export is about has no name, not an empty one"""
        done = self.verify(self.edited(lambda e: e.pop("InboundConnectors")))
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("\nCRITICAL  inbound connector: not-exported\n", done.stdout)
        done = self.verify(self.edited(edit(ROUTES, State="Disabled")))
        self.assertIn("\nCRITICAL  mail flow rule \"%s\", Enabled: disabled\n" % ROUTES, done.stdout)

    def test_too_many(self):
        """more differences than anybody reads: the worst are shown, and the others counted"""
        export = exported(self.plan())
        export["TransportRules"] += [{"Name": f"way {i}", "State": "Enabled", "Mode": "Enforce",
                                      "RouteMessageOutboundConnector": "SecuDoc Out"} for i in range(4900)]
        for i, r in enumerate(export["TransportRules"]):
            r["Priority"] = i
        done = self.verify(export)
        self.assertEqual((done.returncode, done.stdout.splitlines()[0]),
                         (4, "CRITICAL: 4096 differences (4096 critical)"), done.stderr)
        self.assertIn("\n804 more, ", done.stdout)
        self.assertEqual(json.loads(self.verify(export, "--json").stdout)["not_shown"], 804)

    def test_other_settings(self):
        """another scope, mode or tenant secret is a difference"""
        for args in (("--scope", "organization"), ("--mode", "opt-in"), ("--recipients", "all")):
            self.assertIn(self.verify(exported(self.plan()), *args).returncode, (3, 4), args)
        export = exported(self.plan())
        rule(export, ROUTES)["SetHeaderValue"] = "sha256:" + "0" * 64
        self.assertEqual(self.verify(export).returncode, 4)

    def test_drift(self):
        """what lets files out, or mail in circles, is critical; each with the command that repairs it"""
        def remove(kind, name):
            return lambda e: e[kind].remove([o for o in e[kind] if o.get("Name") == name][0])
        for what, change in (
                ("the rule is gone", remove("TransportRules", ROUTES)),
                ("the rule is off", edit(ROUTES, State="Disabled")),
                ("the rule is on trial", edit(ROUTES, Mode="Audit")),
                ("errors let mail out", edit(ROUTES, RuleErrorAction="Ignore")),
                ("no exception for the mark", edit(ROUTES, ExceptIfHeaderMatchesMessageHeader=None,
                                                   ExceptIfHeaderMatchesPatterns=None)),
                ("one more exception", edit(ROUTES, ExceptIfSubjectContainsWords=["factuur"])),
                ("the connector is gone", remove("OutboundConnectors", "SecuDoc Out")),
                ("larger files only", edit(ROUTES, AttachmentSizeOver="10 MB (10,485,760 bytes)"))):
            with self.subTest(what):
                done = self.verify(self.edited(change))
                self.assertEqual(done.returncode, 4, done.stdout + done.stderr)
                self.assertTrue(done.stdout.startswith("CRITICAL: "), done.stdout)
                self.assertRegex(done.stdout, r"(?m)^ +repair: (New|Set|Enable|Remove)-[A-Za-z]+ ")
                self.assertNotIn(self.tenant.secret, done.stdout)

    def test_other_tenant(self):
        """the export of another tenant is not compared; ids are compared without case"""
        export = exported(self.plan())
        export["Tenant"]["EntraId"] = export["Tenant"]["EntraId"].upper()
        self.assertEqual(self.verify(export).returncode, 0)
        export["Tenant"]["EntraId"] = "11111111-2222-4333-8444-555555555555"
        self.assertRefused(self.verify(export), 1, "11111111-2222-4333-8444-555555555555", self.tenant.entra_id)
        self.assertRefused(self.rules("explain", self.path("m.eml", mails.build()), "--export",
                                      self.path("export.json")), 1, "11111111-2222-4333-8444-555555555555")

    def test_minimum(self):
        """--min-severity: what is below it is neither shown nor counted; notes alone are no alarm"""
        note = lambda e: e["DistributionGroups"][1].update(DisplayName="Other")  # noqa: E731
        warning = lambda e: e["RemoteDomains"][0].update(TNEFEnabled=True)  # noqa: E731
        critical = edit(ROUTES, State="Disabled")
        changes, counts = [], {"note": 0, "warning": 0, "critical": 0}
        for severity, change, status, word in (("note", note, 0, "OK: 1 difference (1 note)"),
                                               ("warning", warning, 3, "WARNING: 2 differences (1 warning, 1 note)"),
                                               ("critical", critical, 4, "CRITICAL: 3 differences (1 critical, ")):
            changes.append(change)
            counts[severity] += 1
            export = exported(self.plan())
            for c in changes:
                c(export)
            done = self.verify(export)
            self.assertEqual((done.returncode, done.stdout[:len(word)]), (status, word), done.stdout)
            self.assertEqual(json.loads(self.verify(export, "--json").stdout)["counts"], counts)
            self.assertEqual(self.verify(export, "--min-severity", severity).returncode, status)
        hidden = self.verify(export, "--json", "--min-severity", "critical")
        self.assertEqual((hidden.returncode, len(json.loads(hidden.stdout)["differences"])), (4, 1))
        note_only = exported(self.plan())
        note(note_only)
        self.assertEqual(self.verify(note_only, "--min-severity", "warning").stdout, FINE)
        warning(note_only)
        self.assertEqual((self.verify(note_only, "--min-severity", "critical").returncode,
                          self.verify(note_only, "--min-severity", "critical").stdout), (0, FINE))

    def test_first_line(self):
        """the first line is for monitoring, and counts what follows"""
        done = self.verify(self.edited(edit(ROUTES, State="Disabled")))
        first = done.stdout.splitlines()[0]
        n = int(re.match(r"CRITICAL: (\d+) difference", first).group(1))
        self.assertEqual(len(re.findall(r"(?m)^(?:CRITICAL|WARNING|NOTE) +[a-z]", done.stdout)), n, done.stdout)

    def test_hostile_names(self):
        """a tenant's own objects may be called anything: nothing acts on a terminal or in a repair command"""
        name = "x'; Remove-Mailbox $(whoami) \x1b[2J\u202e\u2019 `"
        def rival(export):
            export["TransportRules"].insert(0, {"Name": name, "State": "Enabled", "Mode": "Enforce", "Priority": 0,
                                                "StopRuleProcessing": True, "DeleteMessage": True})
            for i, r in enumerate(export["TransportRules"]):
                r["Priority"] = i
            export["OutboundConnectors"][0]["SmartHosts"] = ["evil.example'; x"]
        done = self.verify(self.edited(rival))
        self.assertEqual(done.returncode, 4)
        self.assertNotRegex(done.stdout, "[\x00-\x09\x0b-\x1f\x7f\u202e]")
        repairs = re.findall(r"(?m)^ +repair: (.*)$", done.stdout)
        self.assertTrue(repairs)
        for text in repairs:
            # outside of single quotes (doubled inside) stands nothing that PowerShell would run
            self.assertNotRegex(re.sub("['\u2018\u2019\u201a\u201b][^'\u2018\u2019\u201a\u201b]*['\u2018\u2019\u201a\u201b]",
                                       "", text), r"whoami|Remove-Mailbox")
        found = json.loads(self.verify(self.edited(rival), "--json").stdout)
        self.assertIn(name, [d["object"] for d in found["differences"]])

    def test_bad_files(self):
        """what is no export: exit 1 and a sentence that names the place"""
        plan = self.plan()
        for content, word in (("", "JSON"), ("[]", ""), ("{\"SecuDocExport\": 2}", ""), (json.dumps(plan), "plan"),
                              ("{\"SecuDocExport\": 1, \"TransportRules\": 7}", "TransportRules")):
            path = self.path("bad.json", content)
            self.assertRefused(self.rules("verify", path), 1, word)
        self.assertRefused(self.rules("verify", self.path("none.json")), 1, "none.json")
        self.assertRefused(self.rules("verify", self.path("e.json", json.dumps(exported(plan))), "--plan",
                                      self.path("e.json"), config=False), 1)


class Usage(RulesCase):
    def test_help(self):
        """--help on stdout, exit 0, also behind a subcommand; it says what verify's exit status means"""
        for args in (("--help",), ("verify", "--help"), ("plan", "--tenant", "x", "--help")):
            done = self.rules(*args, config=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertRegex(done.stdout, r"3 the worst\s+difference is a warning, 4")

    def test_bad_usage(self):
        """wrongly called: exit 2, said on stderr, nothing on stdout"""
        plan, mail = self.plan_file(), self.path("m.eml", mails.build())
        for args in ((), ("draw",), ("plan", "--format", "xml"), ("plan", "extra"), ("plan", "--scope", "world"),
                     ("plan", "--mode"), ("plan", "--members", "a@b.example"), ("explain",), ("explain", mail, mail),
                     ("explain", mail, "--members", "not an address"), ("explain", mail, "--members", "a@b.example,,x"),
                     ("explain", mail, "--group", "a@b.example"), ("explain", mail, "--group", "=a@b.example"),
                     ("explain", mail, "--to", "nobody"), ("explain", mail, "--from-envelope", "x y"),
                     ("explain", mail, "--json=yes"), ("simulate",), ("verify",), ("verify", mail, "--members", "x"),
                     ("verify", mail, "--min-severity", "fatal")):
            with self.subTest(args=args):
                self.assertRefused(self.rules(*args), 2)
        for args in (("explain", mail, "--plan", plan, "--export", plan), ("explain", mail, "--plan", plan, "--mode",
                     "opt-in"), ("explain", mail, "--plan", plan, "--tenant", "contoso"),
                     ("verify", mail, "--plan", plan, "--tenant", "contoso")):
            with self.subTest(args=args):
                self.assertRefused(self.rules(*args, config=False), 2)

    def test_bad_sources(self):
        """rules that cannot be had: exit 1"""
        mail = self.path("m.eml", mails.build())
        for args in (("--plan", self.path("none.json")), ("--plan", self.path("odd.json", "{")),
                     ("--export", self.path("odd.json")), ("--plan", mail)):
            with self.subTest(args=args):
                self.assertRefused(self.rules("explain", mail, *args, config=False), 1)
        members = ("--members", "@" + self.path("no-such-list"))
        self.assertEqual(self.rules("explain", mail, *members).returncode, 1)


main()

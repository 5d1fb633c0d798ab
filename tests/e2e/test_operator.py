#!/usr/bin/env python3
"""The operator's tools: health, metrics, queue, transfers, tenants, audit, configuration."""

import hashlib
import os
import re
import sqlite3
import tempfile
import urllib.parse

from secudoc_e2e import mails
from secudoc_e2e.case import SystemCase, main
from secudoc_e2e.system import wait_until


class Monitor(SystemCase):
    def test_healthz(self):
        """/healthz is 200 while all is well; a role that is gone shows, and heals"""
        self.assertEqual(self.system.monitor_get("/healthz")[0], 200)
        self.assertEqual(self.system.monitor_get("/nothing")[0], 404)

    def test_metrics(self):
        """/metrics is Prometheus text, and the counters follow the mails"""
        name = 'secudoc_mails_total{result="accepted"}'
        before = self.system.metric(name)
        bob = self.rcpt()
        self.send(self.tenant.stamp(mails.with_file(sender=self.sender)), [bob])
        self.recorder.wait(1, to=bob)
        self.assertEqual(self.system.metric(name), before + 1)
        for counted in ("secudoc_store_commits_total", "secudoc_store_jobs_total",
                        'secudoc_decisions_total{decision="secure"}', "secudoc_files_detached_total"):
            self.assertGreater(self.system.metric(counted), 0, counted)
        wait_until(lambda: self.system.metric('secudoc_deliveries_total{result="delivered"}') > 0, 30,
                   "the delivery is counted")
        status, text = self.system.monitor_get("/metrics")
        names = set(re.findall(r"^# TYPE (\S+) ", text, re.M))
        for line in text.splitlines():
            if not line.startswith("#"):
                self.assertRegex(line, r'^[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9.e+-]+$')
                base = re.sub(r"_(bucket|sum|count)$", "", line.split("{")[0].split(" ")[0])
                self.assertTrue(base in names or line.split("{")[0].split(" ")[0] in names, line)

    def test_monitor_is_loopback(self):
        """the monitor listens on loopback"""
        self.assertEqual(self.system._address("monitor")[0], "127.0.0.1")


class Queue(SystemCase):
    settings = {"deliver": {"retry_min": "10 min", "retry_max": "20 min"}}

    def waiting(self):
        """A mail that was refused for now and waits its ten minutes; its copy as the list shows it."""
        bob = self.rcpt()
        rule = self.recorder.on("RCPT", reply="451 4.2.1 come back later", match=bob)
        self.send(self.tenant.stamp(mails.build(sender=self.sender, to=[bob])), [bob])
        copy = wait_until(lambda: [c for c in self.system.cli_json("queue", "list")
                                   if c["tries"] == 1 and c["state"] == "queued"], 60, "one attempt")
        self.assertEqual(len(copy), 1)
        return bob, str(copy[0]["copy_id"]), rule

    def test_retry(self):
        """queue show says who and why; queue retry sends at once"""
        bob, copy, rule = self.waiting()
        shown = self.system.cli_ok("queue", "show", copy)
        self.assertIn(bob, shown)
        self.assertIn("come back later", shown)
        self.recorder.off(rule)
        self.system.cli_ok("queue", "retry", copy)
        self.recorder.wait(1, to=bob)
        self.system.wait_queue_empty()

    def test_drop(self):
        """queue drop gives up without a report"""
        bob, copy, rule = self.waiting()
        self.system.cli_ok("queue", "drop", copy)
        self.system.wait_queue_empty()
        self.recorder.off(rule)
        self.quiet(bob, 0)
        self.assertEqual(self.recorder.accepted(to=self.sender), [])

    def test_unknown_copy(self):
        """a copy that is not there: exit 1 and one line"""
        for word in ("show", "retry", "drop"):
            done = self.system.cli("queue", word, "12345")
            self.assertEqual(done.returncode, 1)
            self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)


class Transfers(SystemCase):
    def transfer(self):
        bob = self.rcpt()
        data = mails.body_bytes(4000, seed=hash(bob) % 1000)
        raw = self.tenant.stamp(mails.build(sender=self.sender, files=[mails.File("t.bin", data)]))
        known = {str(t["id"]) for t in self.system.cli_json("transfer", "list")}
        self.send(raw, [bob])
        link = self.one_link(self.recorder.wait(1, to=bob)[0])
        new = [str(t["id"]) for t in self.system.cli_json("transfer", "list")
               if str(t["id"]) not in known]
        self.assertEqual(len(new), 1)
        return bob, link, new[0], data

    def test_list_and_show(self):
        """transfer list and show name the transfer, its recipient and its files"""
        bob, link, transfer, data = self.transfer()
        shown = self.system.cli_ok("transfer", "show", transfer)
        self.assertRegex(self.system.cli_ok("transfer", "list"), r"(?m)^TRANSFER +TENANT +STATE(.|\n)*^%s +contoso "
                         % transfer)
        self.assertIn("contoso", shown)
        self.assertEqual({t["tenant"] for t in self.system.cli_json("transfer", "list")}, {"contoso"})
        self.assertIn(bob, shown)
        self.assertIn("t.bin", shown)
        files = self.system.cli_json("transfer", "show", transfer)["files"]
        self.assertEqual(files, [{"name": "t.bin", "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}])
        self.assertIn("active", shown.lower())
        self.assertNotIn(link.rsplit("/", 1)[1], shown)

    def test_get(self):
        """transfer get LINK --out DIR writes the files, once, under safe names"""
        _, link, _, data = self.transfer()
        with tempfile.TemporaryDirectory() as out:
            self.system.cli_ok("transfer", "get", link + "?lang=nl", "--out", out)
            with open(os.path.join(out, "t.bin"), "rb") as f:
                self.assertEqual(hashlib.sha256(f.read()).digest(), hashlib.sha256(data).digest())

    def test_revoke(self):
        """a revoked link looks like one that never was, at once, also for who is inside"""
        bob, link, transfer, _ = self.transfer()
        v = self.visitor()
        page = v.files_page(link, self.recorder, bob)
        url = urllib.parse.urljoin(page.url, page.file_links[0])
        self.assertEqual(v.download(url).status, 200)
        self.system.cli_ok("transfer", "revoke", transfer)
        self.assertNotEqual(v.download(url).status, 200)
        gone, unknown = self.visitor().get(link), self.visitor().get(link[:-4] + "aaaa")
        self.assertEqual((gone.status, gone.body), (unknown.status, unknown.body))
        self.assertEqual(self.system.cli("transfer", "revoke", transfer).returncode, 1)


class Links(SystemCase):
    def link(self):
        bob = self.rcpt()
        self.send(self.tenant.stamp(mails.with_file(sender=self.sender)), [bob])
        return bob, self.one_link(self.recorder.wait(1, to=bob)[0])

    def test_reading_changes_nothing(self):
        """a scanner opens the link a hundred times by GET, HEAD and with a Range: no code is sent, no
        attempt is used up (P1)"""
        bob, link = self.link()
        v = self.visitor()
        for i in range(34):
            self.assertEqual(v.get(link).status, 200)
            self.assertEqual(v.get(link, method="HEAD").status, 200)
            self.assertIn(v.get(link, fields={"Range": "bytes=0-10"}).status, (200, 206))
        self.quiet(bob, 1)
        self.assertTrue(self.visitor().files_page(link, self.recorder, bob).file_links)

    def test_wrong_codes(self):
        """five wrong codes use the code up, in whatever session; a new one works"""
        bob, link = self.link()
        v = self.visitor()
        page, code = v.ask_code(link, self.recorder, bob)
        wrong = "%06d" % ((int(code) + 1) % 1000000)
        for _ in range(5):
            other = self.visitor()
            other.cookies = dict(v.cookies)
            self.assertEqual(other.enter_code(page, wrong).file_links, [])
        self.assertEqual(v.enter_code(page, code).file_links, [])
        self.assertTrue(self.visitor().files_page(link, self.recorder, bob).file_links)

    def test_code_is_used_once(self):
        """a code that opened a session opens no second one"""
        bob, link = self.link()
        v = self.visitor()
        page, code = v.ask_code(link, self.recorder, bob)
        self.assertTrue(v.enter_code(page, code).file_links)
        self.assertEqual(self.visitor().enter_code(page, code).file_links, [])

    def test_no_script_and_strict_fields(self):
        """every page: no script, strict CSP, no referrer, no frame, no store"""
        bob, link = self.link()
        v = self.visitor()
        first = v.get(link)
        second, code = v.ask_code(link, self.recorder, bob)
        third = v.enter_code(second, code)
        for page in (first, second, third):
            self.assertEqual(page.scripts, 0)
            csp = page.fields["Content-Security-Policy"]
            self.assertIn("default-src 'none'", csp)
            self.assertIn("frame-ancestors 'none'", csp)
            self.assertEqual(page.fields["Referrer-Policy"], "no-referrer")
            self.assertIn("no-store", page.fields["Cache-Control"])
            self.assertEqual(page.fields["X-Content-Type-Options"], "nosniff")
        self.assertNotIn(link.rsplit("/", 1)[1], third.url)

    def test_unknown_paths(self):
        """whatever is not a route is 404"""
        base = self.tenant.link_base
        for path in ("/", "/t/", "/f/", "/metrics", "/healthz", "/admin", "/t/" + "a" * 33, "/%2e%2e/etc/passwd"):
            self.assertEqual(self.visitor().get(base + path).status, 404, path)


class Expiry(SystemCase):
    tenant_settings = {"link_life": "20 s"}

    def test_expired_link(self):
        """a link past its time looks like one that never was; its key is destroyed, its bytes are gone"""
        bob = self.rcpt()
        self.send(self.tenant.stamp(mails.with_file(sender=self.sender, size=400_000)), [bob])
        link = self.one_link(self.recorder.wait(1, to=bob)[0])
        v = self.visitor()
        unknown = v.get(link[:-4] + "aaaa")
        page = v.files_page(link, self.recorder, bob)
        url = urllib.parse.urljoin(page.url, page.file_links[0])
        self.assertEqual(v.download(url).status, 200)
        wait_until(lambda: self.visitor().get(link).body == unknown.body, 120, "the link expires", 0.5)
        self.assertEqual(self.visitor().get(link).status, unknown.status)
        self.assertNotEqual(v.download(url).status, 200)

        containers = self.system.config["store"]["containers_dir"]

        def files():
            return [f for _, _, names in os.walk(containers) for f in names]
        wait_until(lambda: not files(), 180, "the container is removed", 0.5)
        self.assertGreater(os.path.getsize(os.path.join(self.system.config["store"]["keys_dir"], "erased")), 0)
        self.assertEqual([t["state"] for t in self.system.cli_json("transfer", "list")], ["expired"])
        self.system.cli_ok("audit", "verify")


class Audit(SystemCase):
    def test_verify(self):
        """audit verify: ok; after an edit of one line by hand: not"""
        bob = self.rcpt()
        self.send(self.tenant.stamp(mails.with_file(sender=self.sender)), [bob])
        self.recorder.wait(1, to=bob)
        self.visitor().fetch_all(self.one_link(self.recorder.accepted(to=bob)[0]), self.recorder, bob)
        self.system.wait_queue_empty()
        self.system.cli_ok("audit", "verify")
        path = self.system.config["store"]["database"][7:]
        db = sqlite3.connect(path, timeout=30)
        with db:
            seq, event = db.execute("SELECT seq, event FROM audit WHERE event = 'accepted' AND tenant_id <> 0"
                                    " ORDER BY seq LIMIT 1").fetchone()
            db.execute("UPDATE audit SET event = 'refused' WHERE seq = ? AND event = ?", (seq, event))
        done = self.system.cli("audit", "verify")
        self.assertEqual(done.returncode, 1, done.stdout)
        with db:
            db.execute("UPDATE audit SET event = ? WHERE seq = ? AND event = 'refused'", (event, seq))
        db.close()
        self.system.cli_ok("audit", "verify")

    def test_nothing_in_the_clear(self):
        """no address, subject, file name or content stands in database, containers or log (P19, O3)"""
        bob = self.rcpt("needle")
        subject, name, text = "Haystack-7391 subject", "haystack-7391.pdf", "haystack-7391 text"
        raw = self.tenant.stamp(mails.build(sender=self.tenant.address("needle-sender"), to=[bob],
                                            subject=subject, text=text + "\n",
                                            files=[mails.File(name, b"haystack-7391 file " * 8000)]))
        self.send(raw, [bob], sender=self.tenant.address("needle-sender"))
        link = self.one_link(self.recorder.wait(1, to=bob)[0])
        self.visitor().fetch_all(link, self.recorder, bob)
        self.system.wait_queue_empty()
        needles = [x.encode() for x in ("aystack-7391", "needle-", link.rsplit("/", 1)[1])]
        store = self.system.config["store"]
        checked = 0
        for top in (store["containers_dir"], store["run_dir"], os.path.dirname(store["database"][7:])):
            for folder, _, files in os.walk(top):
                for f in files:
                    path = os.path.join(folder, f)
                    if path == self.system.log_path or not os.path.isfile(path):
                        continue
                    with open(path, "rb") as opened:
                        content = opened.read()
                    checked += 1
                    for n in needles:
                        self.assertNotIn(n, content, path)
        self.assertGreater(checked, 3)
        for line in self.system.log_lines():
            if line.get("level") != "debug":
                for n in needles:
                    self.assertNotIn(n.decode(), str(line))


class CommandLine(SystemCase):
    def test_tenant_show(self):
        """tenant list and show; secrets are masked"""
        self.assertIn("contoso", self.system.cli_ok("tenant", "list"))
        shown = self.system.cli_ok("tenant", "show", "contoso")
        self.assertIn(self.tenant.entra_id, shown)
        revealed = self.system.cli_json("tenant", "show", "contoso", "--reveal")["settings"]
        self.assertIn(self.tenant.secret, revealed["secret_values"])
        tokens = [t for t in revealed["mark_tokens"].strip("{} ").split(", ") if t]
        self.assertTrue(tokens)
        for secret in (self.tenant.secret, *tokens):
            self.assertGreaterEqual(len(secret), 16)
            self.assertNotIn(secret, shown)
            self.assertNotIn(secret, self.system.cli_ok("tenant", "show", "contoso", "--json"))
        self.assertEqual(self.system.cli("tenant", "show", "nobody").returncode, 1)

    def test_unreadable_certificate(self):
        """a client certificate or key that cannot be read is stored, and said on stderr; good ones are not"""
        t = self.system.add_tenant("hasty")
        good = {"client_cert": t.client.chain, "client_key": t.client.key}
        for name in good:
            nowhere = os.path.join(self.system.folder, "no-such.pem")
            done = self.system.cli("tenant", "set", "hasty", "%s=%s" % (name, nowhere))
            self.assertEqual(done.returncode, 0, done)
            self.assertIn("%s %s cannot be read: No such file" % (name, nowhere), done.stderr)
            self.assertIn(nowhere, self.system.cli_ok("tenant", "show", "hasty"))
            done = self.system.cli("tenant", "set", "hasty", "%s=%s" % (name, good[name]))
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_tenant_set_odd(self):
        """odd settings are refused with a reason and change nothing"""
        for setting in ("mode=sometimes", "entra_id=abc", "no_such=1", "threshold=lots", "secret_values=short",
                        "domains=-x-", "link_base=ftp://x"):
            with self.subTest(setting=setting):
                before = self.system.cli_ok("tenant", "show", "contoso")
                done = self.system.cli("tenant", "set", "contoso", setting)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(setting.split("=")[0], done.stderr)
                self.assertEqual(self.system.cli_ok("tenant", "show", "contoso"), before)

    def test_two_tenants_cannot_share(self):
        """the same name or the same tenant id a second time is refused"""
        rows = [["contoso", "entra_id=" + "0" * 8 + "-0000-4000-8000-" + "0" * 12], ["other", "entra_id=" +
                                                                                      self.tenant.entra_id]]
        for name, setting in rows:
            done = self.system.cli("tenant", "add", name, setting, "domains=x.example", "organisation=X",
                                   "facility_address=a@x.example", "link_base=https://x.example",
                                   "inbound_host=127.0.0.1:1", "secret_header=X-A",
                                   "client_cert=" + self.tenant.client.chain,
                                   "client_key=" + self.tenant.client.key)
            self.assertEqual(done.returncode, 1, done)

    def test_check(self):
        """check: silent about a good file, names file, line and reason of a bad one"""
        self.system.cli_ok("check")
        good = open(self.system.config_path).read()
        try:
            self.system.write_config(good.replace("max", "max") + "nonsense {\n}\n")
            done = self.system.cli("check")
            self.assertNotEqual(done.returncode, 0)
            self.assertRegex(done.stderr, r"secudoc\.conf:\d+: ")
        finally:
            self.system.write_config(good)

    def test_usage(self):
        """no command, an unknown command, an unknown option: 2 and a hint"""
        import subprocess
        for args in ([], ["nonsense"], ["queue"], ["queue", "list", "--nonsense"]):
            done = subprocess.run([self.system.program, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  env=self.system.environment)
            self.assertEqual(done.returncode, 2, (args, done))

    def test_keys_init_twice(self):
        """keys init never writes over keys"""
        self.assertNotEqual(self.system.cli("keys", "init").returncode, 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""SIGHUP under load: new settings and certificates on the same ports, nobody turned away; bad ones keep the old."""

import threading

from secudoc_e2e import certs, mails
from secudoc_e2e.case import SystemCase, main
from secudoc_e2e.system import wait_until


class Reload(SystemCase):
    def setUp(self):
        super().setUp()
        self.good = {k: dict(v) for k, v in self.system.config.items()}
        self.addCleanup(self.restore)

    def restore(self):
        self.system.config = self.good
        self.system.write_config()

    def reload(self, counter='secudoc_config_reloads_total{result="taken"}'):
        before = self.system.metric(counter)
        self.system.write_config()
        self.system.reload()
        wait_until(lambda: self.system.metric(counter) > before, 60, counter)

    def size(self):
        with self.driver.session() as s:
            return int(s.extensions["SIZE"])

    def test_new_settings(self):
        """a new smtp.max_size is there after SIGHUP, on the same port, with new children"""
        port = self.system.smtp_address()
        old = {r: self.system.pid(r) for r in ("receive", "deliver", "web")}
        self.system.config["smtp"]["max_size"] = "20 MiB"
        self.reload()
        wait_until(lambda: self.size() == 20 << 20, 60, "the new size is offered")
        self.assertEqual(self.system._read_listeners()["smtp"], ["%s:%d" % port])
        for role, pid in old.items():
            wait_until(lambda: len(self.system.children(role)) == 1 and self.system.pid(role) != pid, 60,
                       "one new %s and no old one" % role)

    def test_new_certificate(self):
        """a renewed server certificate is shown after SIGHUP"""
        def serial():
            with self.driver.session() as s:
                return s.wire.sock.getpeercert()["serialNumber"]
        before = serial()
        renewed = self.certs.our_root.issue("smtp-renewed", [certs.SMTP_NAME])
        self.system.config["smtp"].update(cert=renewed.chain, key=renewed.key)
        self.reload()
        wait_until(lambda: serial() != before, 60, "the new certificate is shown")

    def test_bad_configuration(self):
        """an odd value, a missing certificate, a broken key: the old ones go on, said in log and metrics"""
        old = {r: self.system.pid(r) for r in ("receive", "deliver", "web")}
        rows = [("smtp", "max_size", "many"), ("smtp", "no_such_setting", "1"),
                ("smtp", "cert", "/nonexistent/cert.pem"), ("smtp", "key", self.certs.web.key)]
        for section, name, value in rows:
            with self.subTest(setting=name, value=value):
                self.system.config = {k: dict(v) for k, v in self.good.items()}
                self.system.config[section][name] = value
                self.reload('secudoc_config_reloads_total{result="refused"}')
                wait_until(lambda: all([p.pid for p in self.system.children(r)] == [old[r]] for r in old), 60,
                           "the old children are the only ones")
                bob = self.rcpt()
                self.send(self.tenant.stamp(mails.build(sender=self.sender)), [bob])
                self.recorder.wait(1, to=bob)
        self.assertTrue([l for l in self.system.log_lines() if l.get("level") in ("error", "warn")
                         and "nonexistent" in str(l)])

    def test_under_load(self):
        """eight reloads while four senders work: every mail is taken at once or after a 421, none is lost"""
        stop, taken, bad = threading.Event(), [], []

        def work(number):
            i = 0
            while not stop.is_set():
                i += 1
                r = self.rcpt("h%d-%d" % (number, i))
                out = self.driver.send(self.tenant.stamp(mails.with_file(sender=self.sender, size=20_000)),
                                       self.sender, [r])
                if out.accepted:
                    taken.append(r)
                elif not (out.lost or out.reply.temporary):
                    bad.append(out)
                elif out.lost and "refused" in out.lost:
                    bad.append(out)  # nobody listened: the port was given up for a moment
        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for t in threads:
            t.start()
        try:
            for i in range(8):
                self.system.config["smtp"]["max_size"] = "%d MiB" % (30 + i)
                self.reload()
        finally:
            stop.set()
            for t in threads:
                t.join(120)
        self.assertEqual(bad, [])
        self.assertGreater(len(taken), 8)
        for r in taken:
            self.recorder.wait(1, to=r)
        self.system.wait_queue_empty()
        self.assertEqual([r for r in taken if len(self.recorder.accepted(to=r)) != 1], [])


if __name__ == "__main__":
    main()

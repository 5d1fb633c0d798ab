#!/usr/bin/env python3
"""A full disk: the store lies on a small tmpfs in a mount namespace of its own. 4xx, nothing lost, and it heals."""

import os
import subprocess
import unittest

from secudoc_e2e import mails
from secudoc_e2e.case import main
from secudoc_e2e.system import System

SIZE = 48 << 20


def namespaces():
    """Why mount namespaces cannot be made here, or None."""
    done = subprocess.run(["unshare", "--mount", "--propagation", "private", "mount", "-t", "tmpfs", "-o",
                           "size=1m", "tmpfs", "/mnt"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return None if done.returncode == 0 else done.stdout.decode().strip() or "unshare --mount does not work"


class FullDisk(unittest.TestCase):
    """
    The system runs inside `unshare --mount` with a tmpfs over its store. The tests look into it through
    /proc/<pid>/root, and fill it from there.
    """

    def setUp(self):
        why = namespaces()
        if why:
            self.skipTest("no private mounts here: " + why)
        self.system = System()
        self.store = os.path.join(self.system.folder, "store")
        os.makedirs(self.store)
        s = self.system.config["store"]
        s["database"] = "sqlite:" + os.path.join(self.store, "secudoc.db")
        s["containers_dir"] = os.path.join(self.store, "containers")
        # one shell that lives as long as the test holds the namespace
        self.holder = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c",
             'mount -t tmpfs -o size=%d tmpfs "$1" && mkdir "$1/containers" && echo ready && read x' % SIZE,
             "holder", self.store],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(self.release)
        self.assertEqual(self.holder.stdout.readline(), b"ready\n")
        enter = ["nsenter", "--mount=/proc/%d/ns/mnt" % self.holder.pid, "--"]
        self.system.prefix = enter

    def release(self):
        self.holder.stdin.close()
        self.holder.wait(30)
        self.holder.stdout.close()

    def inside(self, path):
        return "/proc/%d/root%s" % (self.holder.pid, path)

    def fill(self, leave=0):
        """Write until nothing fits any more, then give back what is asked for."""
        path = self.inside(os.path.join(self.store, "ballast"))
        with open(path, "wb", buffering=0) as f:
            block = b"\0" * 65536
            try:
                while True:
                    if f.write(block) < len(block):
                        break
            except OSError:
                pass
            if leave:
                f.truncate(max(os.path.getsize(path) - leave, 0))
        return path

    def test_full_disk(self):
        """mails are answered 4xx while the disk is full, nothing goes out, and all of them arrive after"""
        with self.system as system:
            t = system.add_tenant()
            driver = system.driver()
            sender = t.address("alice")

            def mail(i):
                return t.stamp(mails.with_file(sender=sender, size=400_000, seed=i))
            first = "first@fabrikam.example"
            self.assertTrue(driver.send(mail(0), sender, [first]).accepted)
            t.recorder.wait(1, to=first)
            ballast = self.fill()
            raws = {"r%d@fabrikam.example" % i: mail(i) for i in range(1, 6)}
            for rcpt, raw in raws.items():
                out = driver.send(raw, sender, [rcpt])
                self.assertEqual(out.accepted, [], out)
                self.assertTrue(out.lost is None and out.reply.temporary, out)
            self.assertEqual(system.monitor_get("/metrics")[0], 200)
            os.unlink(ballast)
            for rcpt, raw in raws.items():
                accepted, refused, _ = driver.deliver(raw, sender, [rcpt])
                self.assertEqual((accepted, refused), ([rcpt], {}))
                t.recorder.wait(1, to=rcpt)
            system.wait_queue_empty()
            for rcpt in raws:
                self.assertEqual(len(t.recorder.accepted(to=rcpt)), 1)
            system.cli_ok("audit", "verify")

    def test_fills_up_in_mid_mail(self):
        """a mail larger than what is left: 4xx at its end, its bytes are gone from the disk again"""
        with self.system as system:
            t = system.add_tenant()
            driver = system.driver()
            sender = t.address("alice")
            self.fill(leave=6 << 20)

            def used():
                s = os.statvfs(self.inside(self.store))
                return (s.f_blocks - s.f_bfree) * s.f_frsize
            before = used()
            out = driver.send(t.stamp(mails.with_file(sender=sender, size=20_000_000)), sender,
                              ["big@fabrikam.example"])
            self.assertEqual(out.accepted, [], out)
            self.assertTrue(out.lost is None and out.reply.temporary, out)
            self.assertLess(used() - before, 2 << 20)
            small = "small@fabrikam.example"
            self.assertTrue(driver.send(t.stamp(mails.with_file(sender=sender, size=50_000)), sender,
                                        [small]).accepted)
            t.recorder.wait(1, to=small)


if __name__ == "__main__":
    main()

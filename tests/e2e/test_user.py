#!/usr/bin/env python3
"""serve.user: started by root, the roles run as another user, to whom folders and keys belong."""

import os
import pwd
import shutil
import tempfile
import unittest

from secudoc_e2e import certs, mails
from secudoc_e2e.case import main
from secudoc_e2e.system import System

USER = "nobody"


def give(folder, user):
    """chown -R"""
    entry = pwd.getpwnam(user)
    for here, folders, files in os.walk(folder):
        for name in [here] + [os.path.join(here, n) for n in folders + files]:
            os.chown(name, entry.pw_uid, entry.pw_gid, follow_symlinks=False)


def uid_of(pid):
    with open("/proc/%d/status" % pid) as f:
        return [line.split()[1:] for line in f if line.startswith("Uid:")][0]


@unittest.skipUnless(os.geteuid() == 0, "not root: nobody else can be become, so serve.user is not tried")
class User(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="secudoc-e2e-user-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        here = os.path.join(self.folder, "certs")
        os.mkdir(here)
        self.system = System({"serve": {"user": USER}}, certs=certs.Certs(here),
                             folder=os.path.join(self.folder, "system"))
        self.addCleanup(self.system.stop)
        self.system.prepare()
        self.tenant = self.system.add_tenant("contoso")

    def wrong(self):
        """What check --tenants calls WRONG: setting, and its trouble."""
        done = self.system.cli("check", "--tenants")
        self.assertEqual(done.returncode, 1 if "WRONG" in done.stdout else 0, done)
        lines = [line[len("WRONG  "):] for line in done.stdout.splitlines() if line.startswith("WRONG  ")]
        return [tuple(line.split(": user %s may not " % USER)) for line in lines]

    def test_check(self):
        """check as root says what the user may not read or write, and is content when all is his"""
        os.chmod(self.folder, 0o755)
        store, key = self.system.config["store"], self.tenant.client.key
        wrong = self.wrong()
        for what, how, path in (("smtp.key", "read", self.system.certs.smtp.key),
                                ("store.keys_dir: auth.key", "read", store["keys_dir"] + "/auth.key"),
                                ("store.keys_dir: master.key", "read", store["keys_dir"] + "/master.key"),
                                ("store.containers_dir", "write", store["containers_dir"]),
                                ("store.run_dir", "write", store["run_dir"]),
                                ("store.database", "write", store["database"][len("sqlite:"):]),
                                ("tenant contoso: client_key", "read", key)):
            self.assertIn(("serve.user: " + what, "%s %s: Permission denied" % (how, path)), wrong)
        give(self.folder, USER)
        self.assertEqual(self.wrong(), [])
        os.chown(key, 0, 0)
        os.chmod(key, 0o600)
        self.assertEqual(self.wrong(), [("serve.user: tenant contoso: client_key",
                                         "read %s: Permission denied" % key)])

    def test_folders_not_his(self):
        """over keys of root a role ends and says that it may not read them, not that they are not there"""
        give(self.folder, USER)
        give(self.system.config["store"]["keys_dir"], "root")
        done = self.system.cli("serve", "--role", "receive")
        self.assertEqual(done.returncode, 1, done)
        self.assertIn("auth.key: Permission denied", done.stderr)
        self.assertNotIn("is not there", done.stderr)

    def test_mail(self):
        """mails come in, go out and keep their files by processes of that user, also after a restart"""
        give(self.folder, USER)
        self.system.start()
        uid = str(pwd.getpwnam(USER).pw_uid)
        for role in ("receive", "deliver", "web"):
            self.assertEqual(uid_of(self.system.pid(role)), [uid] * 4, role)
        bob, sender = "bob@fabrikam.example", self.tenant.address("alice")
        out = self.system.driver().send(
            self.tenant.stamp(mails.with_file(sender=sender, size=300_000)), sender, [bob])
        self.assertTrue(out.accepted, out)
        self.tenant.recorder.wait(1, to=bob)
        self.system.wait_queue_empty()
        self.assertEqual([t["tenant"] for t in self.system.cli_json("transfer", "list")], ["contoso"])
        self.system.cli_ok("audit", "verify")
        self.system.restart()  # what root's commands wrote meanwhile keeps nobody out
        out = self.system.driver().send(
            self.tenant.stamp(mails.build(sender=sender, to=[bob])), sender, [bob])
        self.assertTrue(out.accepted, out)
        self.tenant.recorder.wait(2, to=bob)


if __name__ == "__main__":
    main()

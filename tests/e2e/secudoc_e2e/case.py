"""unittest with one running system a class, and helpers that say what was expected."""

import sys
import unittest
import uuid

from . import compare, mails, portal
from .system import System


class SystemCase(unittest.TestCase):
    """
    One system and one tenant "contoso" for all tests of the class; each test uses addresses of its own
    (self.rcpt()), so that mails of one never count for another.
    """

    settings = {}
    tenant_settings = {}
    environment = {}
    link_base = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system = System(cls.settings, environment=cls.environment)
        try:
            cls.system.start()
            cls.tenant = cls.system.add_tenant("contoso", link_base=cls.link_base, **cls.tenant_settings)
        except BaseException:
            cls._end(quiet=True)
            raise
        cls.recorder = cls.tenant.recorder
        cls.driver = cls.system.driver()
        cls.certs = cls.system.certs

    @classmethod
    def tearDownClass(cls):
        cls._end(quiet=False)

    @classmethod
    def _end(cls, quiet):
        try:
            cls.system.stop()
        except AssertionError:
            if not quiet:
                raise

    @classmethod
    def extra(cls, name, **settings):
        """A further tenant of this class's system, made on first use."""
        for t in cls.system.tenants:
            if t.name == name:
                return t
        return cls.system.add_tenant(name, link_base=cls.link_base, **settings)

    def use(self, tenant):
        """The rest of this test is about another tenant than contoso."""
        self.tenant, self.recorder = tenant, tenant.recorder
        self.recorder.off()
        self.sender = tenant.address("alice")
        return tenant

    def setUp(self):
        self.recorder.off()
        self.sender = self.tenant.address("alice")
        self._failed_before = _trouble(self)

    def tearDown(self):
        self.recorder.off()
        if _trouble(self) > self._failed_before:
            sys.stderr.write(self.system.log_tail() + "\n" + self.system.sanitizer_reports())

    # ---- short words for what every test does ----

    def rcpt(self, word="bob"):
        return "%s-%s@fabrikam.example" % (word, uuid.uuid4().hex[:10])

    def send(self, raw, rcpts, sender=None, **kw):
        """Hand a stamped mail over in one attempt, which must be taken."""
        out = self.driver.send(raw, self.sender if sender is None else sender, rcpts, **kw)
        self.assertEqual(sorted(out.accepted), sorted(rcpts), out)
        return out

    def assertRefused(self, out, code, enhanced=None, word=None):
        """The mail as a whole was answered with this code, and nobody was accepted."""
        self.assertEqual(out.accepted, [], out)
        self.assertIsNotNone(out.reply, out)
        self.assertEqual(out.reply.code, code, out)
        if enhanced:
            self.assertEqual(out.reply.enhanced, enhanced, out)
        if word:
            self.assertIn(word.lower(), out.reply.text.lower())

    def assertPassed(self, sent, mail):
        problems = compare.passed_problems(sent, mail.raw, self.tenant.secret_header)
        self.assertEqual(problems, [])
        self.assertEqual(portal.LINK.findall(mail.raw.decode("latin-1")), [])

    def assertEdited(self, sent, mail, content_replaced=False):
        problems = compare.edited_problems(sent, mail.raw, self.tenant.secret_header, content_replaced)
        self.assertEqual(problems, [])

    def one_link(self, mail):
        links = portal.links_in(mail)
        self.assertEqual(len(links), 1, "%r in %r" % (links, mail.raw[:4000]))
        return links[0]

    def visitor(self, **kw):
        return portal.Visitor(self.system.web_address, self.certs, **kw)

    def quiet(self, to, count, why=""):
        """
        Prove that exactly count mails came for an address and no more will: nothing is left in the queue, and
        a mail sent after it has arrived.
        """
        self.system.wait_queue_empty()
        marker = self.rcpt("marker")
        raw = self.tenant.stamp(mails.build(sender=self.sender, to=[marker]))
        self.driver.deliver(raw, self.sender, [marker])
        self.recorder.wait(1, to=marker)
        found = self.recorder.accepted(to=to)
        self.assertEqual(len(found), count, "%s: %r" % (why, found))


def _trouble(case):
    result = getattr(case._outcome, "result", None)
    return len(result.failures) + len(result.errors) if result is not None else 0


def main():
    unittest.main(verbosity=2)

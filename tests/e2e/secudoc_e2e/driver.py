"""Exchange Online as it hands mail to our connector: BDAT over mutual TLS, with its retries."""

import threading
import time

from . import certs as certs_module
from .wire import SmtpLost, Wire, client_context

CHUNK = 256 * 1024


class Outcome:
    """What became of one attempt. None where it never came to that command."""

    def __init__(self):
        self.mail = None      # reply to MAIL
        self.rcpts = {}       # address -> reply to RCPT
        self.data = None      # reply to the last BDAT or to the final dot
        self.go = None        # reply to DATA (354) or to the first BDAT that was not the last
        self.lost = None      # why the connection ended early

    @property
    def accepted(self):
        """The addresses that are the server's responsibility now."""
        if self.data is None or not self.data.ok:
            return []
        return [a for a, r in self.rcpts.items() if r.ok]

    @property
    def reply(self):
        """The reply that decided: the last one that was not 2xx or 354, else the final 250."""
        for r in [self.data, self.go, *self.rcpts.values(), self.mail]:
            if r is not None and not r.ok and r.code != 354:
                return r
        return self.data

    def __repr__(self):
        return "Outcome(mail=%r rcpts=%r go=%r data=%r lost=%r)" % (
            self.mail, self.rcpts, self.go, self.data, self.lost)


class Session:
    """One connection after EHLO, STARTTLS and EHLO, ready for MAIL."""

    def __init__(self, driver, context=None, source=None):
        self.driver = driver
        self.wire = Wire(driver.address(), driver.timeout, source)
        try:
            self.greeting = self.wire.reply()
            if self.greeting.code != 220:
                raise SmtpLost("greeting: %r" % self.greeting)
            self.plain_ehlo = self.wire.ehlo()
            reply = self.wire.starttls(context or driver.context(), driver.server_name)
            if reply.code != 220:
                raise SmtpLost("STARTTLS: %r" % reply)
            self.secure_ehlo = self.wire.ehlo()
            if not self.secure_ehlo.ok:
                raise SmtpLost("EHLO under TLS: %r" % self.secure_ehlo)
        except BaseException:
            self.wire.close()
            raise

    @property
    def extensions(self):
        return self.wire.extensions

    def send(self, raw, sender, rcpts, *, body=None, smtputf8=False, ret=None, envid=None, notify=None,
             orcpt=None, size=True, chunking=True, chunk=CHUNK, before_end=None):
        """
        One transaction. rcpts is a list of addresses; notify and orcpt are dicts by address. before_end is
        called when all but the last byte has been sent (for tests that break things in mid-mail).
        """
        out = Outcome()
        try:
            self._envelope(out, raw, sender, rcpts, body, smtputf8, ret, envid, notify or {}, orcpt or {},
                           size)
            if not any(r.ok for r in out.rcpts.values()):
                self.wire.command("RSET")
                return out
            if chunking and "CHUNKING" in self.extensions:
                self._bdat(out, raw, chunk, before_end)
            else:
                self._data(out, raw, before_end)
            if out.data is not None and not out.data.ok:
                self.wire.command("RSET")
        except SmtpLost as e:
            out.lost = str(e)
            self.wire.close()
        return out

    def _envelope(self, out, raw, sender, rcpts, body, smtputf8, ret, envid, notify, orcpt, size):
        mail = "MAIL FROM:<%s>" % sender
        if size:
            mail += " SIZE=%d" % len(raw)
        if body:
            mail += " BODY=" + body
        if smtputf8:
            mail += " SMTPUTF8"
        if ret:
            mail += " RET=" + ret
        if envid:
            mail += " ENVID=" + envid
        lines = [mail]
        for r in rcpts:
            line = "RCPT TO:<%s>" % r
            if r in notify:
                line += " NOTIFY=" + notify[r]
            if r in orcpt:
                line += " ORCPT=" + orcpt[r]
            lines.append(line)
        # PIPELINING: the whole envelope at once, replies after
        self.wire.send("".join(line + "\r\n" for line in lines).encode("utf-8"))
        out.mail = self.wire.reply()
        for r in rcpts:
            out.rcpts[r] = self.wire.reply()

    def _bdat(self, out, raw, chunk, before_end):
        view = memoryview(raw)
        at = 0
        if before_end is not None:
            half = max(len(raw) - 1, 0)
            for start in range(0, half, chunk):
                piece = view[start:min(start + chunk, half)]
                self.wire.send(b"BDAT %d\r\n" % len(piece))
                self.wire.send(piece)
                reply = self.wire.reply()
                if not reply.ok:
                    out.go = reply
                    return
            before_end()
            at = half
        while True:
            piece = view[at:at + chunk]
            at += len(piece)
            last = at >= len(raw)
            self.wire.send(b"BDAT %d%s\r\n" % (len(piece), b" LAST" if last else b""))
            self.wire.send(piece)
            reply = self.wire.reply()
            if last:
                out.data = reply
                return
            if not reply.ok:
                out.go = reply
                return

    def _data(self, out, raw, before_end):
        out.go = self.wire.command("DATA")
        if out.go.code != 354:
            return
        stuffed = raw if raw.endswith(b"\r\n") else raw + b"\r\n"
        if stuffed.startswith(b"."):
            stuffed = b"." + stuffed
        stuffed = stuffed.replace(b"\r\n.", b"\r\n..")
        self.wire.send(stuffed)
        if before_end is not None:
            before_end()
        self.wire.send(b".\r\n")
        out.data = self.wire.reply()

    def quit(self):
        try:
            self.wire.command("QUIT")
        except SmtpLost:
            pass
        self.wire.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.quit()


class Driver:
    """
    address is a function that gives (host, port) now: after a restart the port may be another. cert is the
    client certificate, None for none.
    """

    def __init__(self, address, certs=None, cert="exchange", server_name=certs_module.SMTP_NAME,
                 timeout=120):
        self.certs = certs or certs_module.shared()
        self.address = address if callable(address) else lambda: address
        self.cert = self.certs.exchange if cert == "exchange" else cert
        self.server_name = server_name
        self.timeout = timeout

    def context(self, **kw):
        return client_context(self.certs.our_root.cert, self.cert, **kw)

    def session(self, **kw):
        return Session(self, **kw)

    def send(self, raw, sender, rcpts, **kw):
        """One attempt on a connection of its own."""
        try:
            with self.session() as s:
                return s.send(raw, sender, rcpts, **kw)
        except (SmtpLost, OSError) as e:
            out = Outcome()
            out.lost = str(e)
            return out

    def deliver(self, raw, sender, rcpts, limit=180, **kw):
        """
        Send with retries as Exchange does: what was answered 4xx or not at all is tried again, what was
        answered 2xx or 5xx is settled. Returns (accepted addresses, {address: permanent reply}, attempts).
        """
        end = time.monotonic() + limit
        left, accepted, refused, attempts, out = list(rcpts), [], {}, 0, None
        pause = threading.Event()
        while left:
            if time.monotonic() > end:
                raise AssertionError("still not taken after %d s and %d attempts: %r" % (limit, attempts, out))
            attempts += 1
            out = self.send(raw, sender, left, **kw)
            kw.pop("before_end", None)  # breaks only the first attempt
            for a in out.accepted:
                accepted.append(a)
                left.remove(a)
            for a in list(left):
                reply = out.rcpts.get(a)
                final = next((r for r in (out.data, out.go, out.mail)
                              if r is not None and not r.ok and r.code != 354), None)
                settled = reply if reply is not None and reply.permanent else final
                if settled is not None and settled.permanent:
                    refused[a] = settled
                    left.remove(a)
            if left:
                pause.wait(0.1)  # a client's own retry interval, hours in the real one
        return accepted, refused, attempts

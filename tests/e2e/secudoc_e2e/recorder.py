"""The tenant's inbound connector: demands our client certificate and records every byte it gets.

It offers what Exchange Online offers (each extension can be switched off), and its replies can be
scripted: `recorder.on("RCPT", reply="450 4.2.2 full", times=1, match="bob@")`. Nothing it does is polite
beyond the protocol: a test asks for drops, slowness and refusals where it wants them.
"""

import email
import email.policy
import socket
import ssl
import threading
import time

EXTENSIONS = ("SIZE 157286400", "PIPELINING", "DSN", "ENHANCEDSTATUSCODES", "8BITMIME", "SMTPUTF8",
              "CHUNKING", "BINARYMIME")


class Recorded:
    """One mail as it arrived; accepted says what we answered."""

    def __init__(self, connection, subject, names, tls, helo):
        self.connection = connection  # number of the connection
        self.client_subject = subject  # common name of the client certificate
        self.client_names = names      # its DNS names
        self.tls = tls
        self.helo = helo
        self.mail_from = None
        self.mail_params = {}
        self.rcpts = []                # (address, {parameter: value}) that were accepted
        self.raw = b""
        self.via = None                # "BDAT" or "DATA"
        self.chunks = 0
        self.accepted = False
        self.reply = None
        self.at = None

    @property
    def addresses(self):
        return [a for a, _ in self.rcpts]

    @property
    def message(self):
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    def __repr__(self):
        return "<mail from %r to %r, %d bytes by %s, %s>" % (
            self.mail_from, self.addresses, len(self.raw), self.via, self.reply)


class Rule:
    def __init__(self, step, reply=None, drop=False, hold=None, times=None, match=None, reached=None):
        self.step, self.reply, self.drop, self.hold = step, reply, drop, hold
        self.times, self.match, self.reached = times, match, reached

    def fits(self, step, argument):
        if step != self.step or self.times == 0:
            return False
        if self.match is None:
            return True
        return self.match(argument) if callable(self.match) else self.match in argument


class Dropped(Exception):
    pass


class Recorder:
    """
    Listens on a port of the kernel's choice. cert is the certificate it shows, client_ca the file that our
    client certificate must chain to. starttls=False offers none; inject=True appends a plain reply line to the 220 of
    STARTTLS (a response injection).
    """

    def __init__(self, cert, client_ca, host="127.0.0.1", extensions=EXTENSIONS, starttls=True,
                 demand_client=True, inject=False, keep=True, maximum=None):
        self.extensions = list(extensions)
        self.starttls, self.inject, self.keep = starttls, inject, keep
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        if maximum is not None:
            self.context.maximum_version = maximum
        self.context.load_cert_chain(cert.chain, cert.key)
        self.context.load_verify_locations(client_ca)
        self.context.verify_mode = ssl.CERT_REQUIRED if demand_client else ssl.CERT_OPTIONAL
        self.rules = []
        self.mails = []       # every mail that reached its end, accepted or not
        self.commands = []    # (connection, step, argument)
        self.failed_handshakes = []
        self.connections = 0
        self.open_now = 0
        self.most_open = 0
        self.changed = threading.Condition()
        self._socks = set()
        self._stop = False
        self.listener = socket.create_server((host, 0), backlog=256)
        self.host, self.port = self.listener.getsockname()[:2]
        self.thread = threading.Thread(target=self._accept, daemon=True, name="recorder")
        self.thread.start()

    # ---- what tests ask ----

    def on(self, step, reply=None, drop=False, hold=None, times=None, match=None, reached=None):
        """
        Script one step: CONNECT, EHLO, STARTTLS, MAIL, RCPT, DATA, BDAT (each chunk), END (the whole mail is
        there), RSET, QUIT. reply is the line to send; drop closes instead of replying; "drop" at END with
        reply set counts the mail by that reply and then drops (the answer is lost). hold is an Event that is
        waited for first, reached an Event that is set when the step is reached. match looks at the argument.
        Rules added later win. Returns the rule, for off().
        """
        rule = Rule(step, reply, drop, hold, times, match, reached)
        with self.changed:
            self.rules.insert(0, rule)
        return rule

    def off(self, rule=None):
        with self.changed:
            self.rules = [] if rule is None else [r for r in self.rules if r is not rule]

    def accepted(self, to=None, match=None):
        """Mails that we took responsibility for, in order of arrival."""
        with self.changed:
            found = [m for m in self.mails if m.accepted]
        if to is not None:
            found = [m for m in found if to in m.addresses]
        return [m for m in found if match(m)] if match else found

    def wait(self, count=1, to=None, match=None, timeout=120):
        """The accepted mails that fit, as soon as there are count of them."""
        end = time.monotonic() + timeout
        with self.changed:
            while True:
                found = [m for m in self.mails if m.accepted
                         and (to is None or to in m.addresses) and (match is None or match(m))]
                if len(found) >= count:
                    return found
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError("%d of %d mails after %d s%s; all: %r" % (
                        len(found), count, timeout, " to " + to if to else "", self.mails[-8:]))
                self.changed.wait(left)

    def wait_for(self, what, timeout=120):
        """Until what() is true; it is asked each time something happened here."""
        end = time.monotonic() + timeout
        with self.changed:
            while not what():
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError("not within %d s" % timeout)
                self.changed.wait(min(left, 1))

    def steps(self, step):
        with self.changed:
            return [a for _, s, a in self.commands if s == step]

    def clear(self):
        with self.changed:
            self.mails.clear()
            self.commands.clear()
            self.rules.clear()

    def close(self):
        self._stop = True
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        with self.changed:
            socks = list(self._socks)
        for s in socks:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.thread.join(10)

    # ---- the server ----

    def _accept(self):
        while not self._stop:
            try:
                sock, peer = self.listener.accept()
            except OSError:
                return
            with self.changed:
                self.connections += 1
                number = self.connections
                self.open_now += 1
                self.most_open = max(self.most_open, self.open_now)
                self._socks.add(sock)
                self.changed.notify_all()
            threading.Thread(target=self._serve, args=(sock, number), daemon=True).start()

    def _serve(self, sock, number):
        connection = _Connection(self, sock, number)
        try:
            connection.run()
        except (Dropped, OSError, ssl.SSLError):
            pass
        finally:
            with self.changed:
                self._socks.discard(sock)
                self.open_now -= 1
                self.changed.notify_all()
            connection.close()

    def script(self, number, step, argument=""):
        """The scripted rule for this step, if any; notes that the step was reached."""
        with self.changed:
            self.commands.append((number, step, argument))
            rule = next((r for r in self.rules if r.fits(step, argument)), None)
            if rule is not None and rule.times is not None:
                rule.times -= 1
            self.changed.notify_all()
        if rule is not None:
            if rule.reached is not None:
                rule.reached.set()
            if rule.hold is not None:
                rule.hold.wait(300)
        return rule

    def settled(self, mail):
        with self.changed:
            if not self.keep:
                mail.raw = b""
            self.mails.append(mail)
            self.changed.notify_all()


class _Connection:
    def __init__(self, recorder, sock, number):
        self.recorder, self.sock, self.number = recorder, sock, number
        self.buffer = bytearray()
        self.tls, self.subject, self.names, self.helo = None, None, [], None
        self.mail = None
        self.body = []
        sock.settimeout(300)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self):
        try:
            self.sock.close()
        except OSError:
            pass

    def fill(self):
        more = self.sock.recv(262144)
        if not more:
            raise Dropped()
        self.buffer += more

    def line(self):
        at = 0
        while True:
            end = self.buffer.find(b"\r\n", max(at - 1, 0))
            if end >= 0:
                line = bytes(self.buffer[:end])
                del self.buffer[:end + 2]
                return line
            at = len(self.buffer)
            if at > 65536:
                raise Dropped()
            self.fill()

    def say(self, text):
        self.sock.sendall(text.encode("utf-8") + b"\r\n")

    def step(self, step, argument, default):
        """Reply to a step, scripted or not; returns the reply's class digit."""
        rule = self.recorder.script(self.number, step, argument)
        reply = rule.reply if rule is not None and rule.reply else default
        if rule is not None and rule.drop:
            raise Dropped()
        self.say(reply)
        return reply[0]

    def run(self):
        if self.step("CONNECT", "", "220 AM0EUR01FT0001.mail.protection.outlook.com Microsoft ESMTP MAIL"
                     " Service ready") != "2":
            return
        while True:
            line = self.line().decode("utf-8", "surrogateescape")
            verb = line.split(" ", 1)[0].upper()
            handler = getattr(self, "do_" + verb.lower(), None)
            if handler is None:
                self.say("500 5.3.3 Unrecognized command")
            elif handler(line[len(verb):].strip()):
                return

    def do_ehlo(self, argument):
        self.helo, self.mail = argument, None
        lines = ["AM0EUR01FT0001.mail.protection.outlook.com Hello"] + self.recorder.extensions
        if self.tls is None and self.recorder.starttls:
            lines.append("STARTTLS")
        text = "\r\n".join("250%s%s" % ("-" if i < len(lines) - 1 else " ", l)
                           for i, l in enumerate(lines))
        self.step("EHLO", argument, text)

    def do_starttls(self, argument):
        if self.tls is not None or not self.recorder.starttls:
            self.say("502 5.5.1 not now")
            return False
        go = "220 2.0.0 SMTP server ready"
        if self.recorder.inject:
            go += "\r\n250 2.1.0 injected before the handshake"
        if self.step("STARTTLS", argument, go) != "2":
            return False
        if self.buffer:
            raise Dropped()
        try:
            self.sock = self.recorder.context.wrap_socket(self.sock, server_side=True)
        except (OSError, ssl.SSLError) as e:
            with self.recorder.changed:
                self.recorder.failed_handshakes.append(str(e))
                self.recorder.changed.notify_all()
            return True
        self.tls = self.sock.version()
        cert = self.sock.getpeercert() or {}
        self.subject = dict(x[0] for x in cert.get("subject", ())).get("commonName")
        self.names = [v for k, v in cert.get("subjectAltName", ()) if k == "DNS"]
        return False

    def do_mail(self, argument):
        if self.tls is None:
            self.say("530 5.7.0 Must issue a STARTTLS command first")
            return False
        address, params = self._path(argument, "FROM:")
        if self.step("MAIL", argument, "250 2.1.0 Sender OK") == "2":
            self.mail = Recorded(self.number, self.subject, self.names, self.tls, self.helo)
            self.mail.mail_from, self.mail.mail_params = address, params
            self.body = []
        return False

    def do_rcpt(self, argument):
        if self.mail is None:
            self.say("503 5.5.2 Need mail command")
            return False
        address, params = self._path(argument, "TO:")
        if self.step("RCPT", argument, "250 2.1.5 Recipient OK") == "2":
            self.mail.rcpts.append((address, params))
        return False

    def do_data(self, argument):
        if self.mail is None or not self.mail.rcpts:
            self.say("503 5.5.2 Need rcpt command")
            return False
        if self.step("DATA", argument, "354 Start mail input; end with <CRLF>.<CRLF>") != "3":
            return False
        self.mail.via = "DATA"
        while True:  # CR LF . CR LF and nothing else
            if self.buffer.startswith(b".\r\n"):
                raw, used = b"", 3
                break
            end = self.buffer.find(b"\r\n.\r\n")
            if end >= 0:
                raw, used = bytes(self.buffer[:end + 2]), end + 5
                break
            self.fill()
        del self.buffer[:used]
        if raw.startswith(b"."):
            raw = raw[1:]
        self.mail.raw = raw.replace(b"\r\n.", b"\r\n")
        return self._end()

    def do_bdat(self, argument):
        words = argument.split()
        size, last = int(words[0]), len(words) > 1 and words[1].upper() == "LAST"
        while len(self.buffer) < size:
            self.fill()
        piece = bytes(memoryview(self.buffer)[:size])
        del self.buffer[:size]
        if self.mail is None or not self.mail.rcpts:
            self.say("503 5.5.2 Need rcpt command")
            return False
        self.mail.via = "BDAT"
        self.mail.chunks += 1
        self.body.append(piece)
        if not last:
            self.step("BDAT", argument, "250 2.0.0 %d bytes" % size)
            return False
        self.mail.raw = b"".join(self.body)
        self.body = []
        return self._end()

    def _end(self):
        mail, self.mail = self.mail, None
        rule = self.recorder.script(self.number, "END", "%s %s" % (mail.mail_from, ",".join(mail.addresses)))
        mail.reply = rule.reply if rule is not None and rule.reply else \
            "250 2.6.0 <recorded> Queued mail for delivery"
        mail.accepted = mail.reply.startswith("2") and not (rule is not None and rule.drop
                                                            and not rule.reply)
        mail.at = time.monotonic()
        self.recorder.settled(mail)
        if rule is not None and rule.drop:
            raise Dropped()
        self.say(mail.reply)
        return False

    def do_rset(self, argument):
        self.mail, self.body = None, []
        self.step("RSET", argument, "250 2.0.0 Resetting")
        return False

    def do_noop(self, argument):
        self.step("NOOP", argument, "250 2.0.0 OK")
        return False

    def do_quit(self, argument):
        self.step("QUIT", argument, "221 2.0.0 Service closing transmission channel")
        return True

    @staticmethod
    def _path(argument, word):
        if not argument.upper().startswith(word):
            return None, {}
        rest = argument[len(word):].strip()
        end = rest.find(">")
        params = {}
        for p in rest[end + 1:].split():
            key, _, value = p.partition("=")
            params[key.upper()] = value
        return rest[1:end], params

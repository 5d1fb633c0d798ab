"""The whole program in a folder of its own: configuration, keys, tenants, processes, and a clean end.

Every process gets ports from the kernel. stop() proves that the program ended by itself, left no process
behind and that no sanitizer had anything to say.
"""

import glob
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import uuid

from . import certs as certs_module
from . import mails
from .driver import Driver
from .recorder import Recorder

ROLES = ("receive", "deliver", "web")
_TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


def find_program():
    """$SECUDOC, else the newest one under build/."""
    if os.environ.get("SECUDOC"):
        return os.path.abspath(os.environ["SECUDOC"])
    found = sorted(glob.glob(os.path.join(_TREE, "build", "*", "secudoc")), key=os.path.getmtime)
    if not found:
        raise FileNotFoundError("no program: build it (cmake --preset asan && cmake --build --preset asan)"
                                " or set SECUDOC to its path")
    return found[-1]


def wait_until(what, timeout=60, why="condition", every=0.02):
    """Poll what() until it is true; for states of other processes that send no event."""
    pause, end = threading.Event(), time.monotonic() + timeout
    while True:
        value = what()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("not within %d s: %s" % (timeout, why))
        pause.wait(every)


class Process:
    """One line of /proc: pid, parent, session, role."""

    def __init__(self, pid):
        with open("/proc/%d/stat" % pid, "rb") as f:
            rest = f.read().rsplit(b")", 1)[1].split()
        with open("/proc/%d/cmdline" % pid, "rb") as f:
            self.argv = [a.decode(errors="replace") for a in f.read().split(b"\0")[:-1]]
        self.pid = pid
        self.state = rest[0].decode()
        self.parent, self.session = int(rest[1]), int(rest[3])
        self.cpu = (int(rest[11]) + int(rest[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def role(self):
        return self.argv[self.argv.index("--role") + 1] if "--role" in self.argv else None


def processes():
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                found.append(Process(int(name)))
            except (OSError, IndexError, ValueError):
                pass  # gone between listing and reading
    return found


def memory(pid):
    """{"VmRSS": bytes, "VmHWM": bytes} of a process."""
    values = {}
    with open("/proc/%d/status" % pid) as f:
        for line in f:
            if line.startswith("Vm"):
                key, rest = line.split(":", 1)
                values[key] = int(rest.split()[0]) * 1024
    return values


def reset_peak(pid):
    """Forget the peak of VmHWM, so that the next reading is about what follows."""
    with open("/proc/%d/clear_refs" % pid, "w") as f:
        f.write("5")


class Tenant:
    """A tenant as the tests know it: its ids, its secret, its side of the wire."""

    def __init__(self, system, name, domain, recorder, host, client):
        self.system, self.name, self.domain, self.recorder = system, name, domain, recorder
        self.host, self.client = host, client
        self.entra_id = str(uuid.uuid4())
        self.secret_header = "X-%s-Secret" % name.capitalize()
        self.secret = uuid.uuid4().hex
        self.link_base = None

    def stamp(self, raw, **kw):
        """The mail as Exchange Online hands it to us for this tenant."""
        kw.setdefault("entra_id", self.entra_id)
        kw.setdefault("secret", self.secret)
        kw.setdefault("secret_header", self.secret_header)
        kw.setdefault("originator", self.domain)
        return mails.stamp(raw, **kw)

    def address(self, local):
        return "%s@%s" % (local, self.domain)

    def set(self, **settings):
        self.system.cli_ok("tenant", "set", self.name, *_assignments(settings))


def _assignments(settings):
    out = []
    for key, value in settings.items():
        for v in value if isinstance(value, (list, tuple)) else [value]:
            out.append("%s=%s" % (key, v))
    return out


class System:
    """
    settings is {section: {name: value}} over the defaults below; values are strings, numbers, booleans or
    lists of strings. folder=None makes a temporary one that stop() removes.
    """

    def __init__(self, settings=None, program=None, certs=None, folder=None, environment=None,
                 prefix=()):
        self.program = program or find_program()
        self.certs = certs or certs_module.shared()
        self.own_folder = folder is None
        self.folder = folder or tempfile.mkdtemp(prefix="secudoc-e2e-")
        self.prefix = list(prefix)  # words before the program, such as unshare -m
        os.makedirs(self.folder, exist_ok=True)
        self.config_path = os.path.join(self.folder, "secudoc.conf")
        self.log_path = os.path.join(self.folder, "log.jsonl")
        self.sanitizer_folder = os.path.join(self.folder, "sanitizer")
        os.makedirs(self.sanitizer_folder, exist_ok=True)
        self.config = self._default_config()
        for section, values in (settings or {}).items():
            self.config.setdefault(section, {}).update(values)
        self.environment = dict(os.environ)
        for name, value in (environment or {}).items():
            self.environment[name] = ":".join(x for x in (self.environment.get(name), value) if x)
        log = os.path.join(self.sanitizer_folder, "report")
        for name, more in (("ASAN_OPTIONS", "detect_leaks=1"), ("UBSAN_OPTIONS", "print_stacktrace=1"),
                           ("LSAN_OPTIONS", ""), ("TSAN_OPTIONS", "")):
            old = self.environment.get(name)
            self.environment[name] = ":".join(x for x in (old, more, "log_path=" + log) if x)
        self.process = None
        self.recorders, self.tenants = [], []
        self._log_file = None

    def _default_config(self):
        f = self.folder
        return {
            "store": {"database": "sqlite:" + os.path.join(f, "secudoc.db"),
                      "containers_dir": os.path.join(f, "containers"),
                      "keys_dir": os.path.join(f, "keys"), "run_dir": os.path.join(f, "run")},
            "log": {"level": "debug", "form": "json"},
            "smtp": {"listen": ["127.0.0.1:0"], "hostname": certs_module.SMTP_NAME,
                     "cert": self.certs.smtp.chain, "key": self.certs.smtp.key,
                     "client_ca": self.certs.exchange_root.cert,
                     "client_names": [certs_module.EXCHANGE_NAME]},
            "deliver": {"ca": self.certs.exchange_root.cert, "retry_min": "1 s", "retry_max": "2 s"},
            "web": {"listen": ["127.0.0.1:0"], "cert": self.certs.web.chain, "key": self.certs.web.key},
            "monitor": {"listen": "127.0.0.1:0"},
            "serve": {"drain": "20 s", "restart_min": "100 ms"},
        }

    # ---- configuration and command line ----

    def write_config(self, text=None):
        if text is None:
            text = "".join("%s {\n%s}\n" % (section, "".join(
                "\t%s = %s\n" % (k, self._literal(v)) for k, v in values.items()))
                for section, values in self.config.items() if values)
        aside = self.config_path + ".new"
        with open(aside, "w") as f:
            f.write(text)
        os.replace(aside, self.config_path)

    @classmethod
    def _literal(cls, value):
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (list, tuple)):
            return "{" + ", ".join(cls._literal(v) for v in value) + "}"
        if isinstance(value, int):
            return str(value)
        return '"%s"' % value.replace("\\", "\\\\").replace('"', '\\"')

    def cli(self, *args, timeout=120):
        """Run a subcommand with this system's configuration; gives the finished process."""
        return subprocess.run([*self.prefix, self.program, *args, "--config", self.config_path],
                              timeout=timeout, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, errors="replace")

    def cli_ok(self, *args, **kw):
        done = self.cli(*args, **kw)
        if done.returncode != 0:
            raise AssertionError("secudoc %s: exit %d\n%s%s%s" % (
                " ".join(args), done.returncode, done.stdout, done.stderr, self.sanitizer_reports()))
        return done.stdout

    def cli_json(self, *args):
        return json.loads(self.cli_ok(*args, "--json"))

    # ---- life ----

    def prepare(self):
        """Folders, configuration and keys; no process yet."""
        for name in ("containers_dir", "keys_dir", "run_dir"):
            os.makedirs(self.config["store"][name], mode=0o700, exist_ok=True)
        self.write_config()
        self.cli_ok("keys", "init")

    def start(self, timeout=120):
        """Start `secudoc serve` and wait until it says READY and has written its ports."""
        if not os.path.exists(self.config_path):
            self.prepare()
        listeners = self._listeners_path()
        if os.path.exists(listeners):
            os.unlink(listeners)
        notify_path = os.path.join(self.folder, "notify.%s" % uuid.uuid4().hex[:6])
        self._log_file = open(self.log_path, "ab")
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(notify_path)
        self.notified = []
        threading.Thread(target=self._read_notices, args=(self._notify, self.notified), daemon=True).start()
        self.process = subprocess.Popen(
            [*self.prefix, self.program, "serve", "--config", self.config_path], stdin=subprocess.DEVNULL,
            stdout=self._log_file, stderr=self._log_file, start_new_session=True,
            env=dict(self.environment, NOTIFY_SOCKET=notify_path))
        self.session = self.process.pid
        self._await_notify("READY=1", timeout)
        self.listeners = wait_until(self._read_listeners, timeout, "listeners.json")
        return self

    def _listeners_path(self):
        return os.path.join(self.config["store"]["run_dir"], "listeners.json")

    def _read_listeners(self):
        try:
            with open(self._listeners_path()) as f:
                return json.load(f)
        except (OSError, ValueError):
            return None

    @staticmethod
    def _read_notices(sock, notified):
        """The service manager's side of NOTIFY_SOCKET: it always reads, or the sender would wait."""
        while True:
            try:
                text = sock.recv(4096)
            except OSError:
                return
            if text:
                notified += text.decode().split("\n")

    def _await_notify(self, word, timeout):
        end = time.monotonic() + timeout
        while True:
            if self.process.poll() is not None:
                raise AssertionError("serve ended with %d before %s\n%s%s" % (
                    self.process.returncode, word, self.log_tail(), self.sanitizer_reports()))
            if time.monotonic() > end:
                raise AssertionError("no %s in %d s\n%s" % (word, timeout, self.log_tail()))
            if word in self.notified:
                return
            threading.Event().wait(0.02)

    def stop(self, remove=True):
        """SIGTERM, and proof of a clean end. Safe to call twice."""
        problems = []
        if self.process is not None:
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGTERM)
            try:
                code = self.process.wait(90)
                if code not in (0, -signal.SIGKILL):
                    problems.append("serve ended with %d" % code)
            except subprocess.TimeoutExpired:
                problems.append("serve did not end in 90 s after SIGTERM")
            problems += self._leftovers()
            self._log_file.close()
            self._close_notify()
            self.process = None
        reports = self.sanitizer_reports()
        if reports:
            problems.append(reports)
        for r in self.recorders if remove else []:
            r.close()
        tail = self.log_tail() if problems else ""
        if self.own_folder and remove:
            shutil.rmtree(self.folder, ignore_errors=True)
        if problems:
            raise AssertionError("\n".join(problems) + "\n" + tail)

    def _close_notify(self):
        try:
            self._notify.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._notify.close()

    def _leftovers(self):
        """Processes of our session must be gone; what is not is named, and killed so that it stays ours."""
        def alive():
            return [p for p in processes() if p.session == self.session and p.state != "Z"]
        try:
            wait_until(lambda: not alive(), 30, "processes end")
            return []
        except AssertionError:
            left = alive()
            for p in left:
                try:
                    os.kill(p.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            return ["left behind: %s" % ", ".join("%d %s" % (p.pid, " ".join(p.argv)) for p in left)]

    def restart(self):
        self.stop(remove=False)
        return self.start()

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc):
        self.stop()

    # ---- processes ----

    def children(self, role=None):
        return [p for p in processes() if p.session == self.session and p.pid != self.process.pid
                and p.state != "Z" and (role is None or p.role == role)]

    def pid(self, role):
        """The role's newest child; of the supervisor with role None."""
        if role in (None, "supervisor"):
            return self.process.pid
        return max(wait_until(lambda: self.children(role), 60, role + " runs"), key=lambda p: p.pid).pid

    def kill(self, role, sig=signal.SIGKILL):
        pid = self.pid(role)
        os.kill(pid, sig)
        return pid

    def wait_replaced(self, role, old_pid, timeout=60):
        """Until another child plays the role and accepts; a moment of no child at all is allowed."""
        new = wait_until(lambda: [p for p in self.children(role) if p.pid != old_pid], timeout,
                         role + " was started again")
        return new[0].pid

    def reload(self):
        os.kill(self.process.pid, signal.SIGHUP)

    def revive(self):
        """After a kill of the supervisor: its children must end too; then start again."""
        self.process.wait(60)
        problems = self._leftovers()
        self._log_file.close()
        self._close_notify()
        assert not problems, problems
        self.process = None
        return self.start()

    # ---- addresses ----

    def _address(self, name):
        value = self.listeners[name]
        value = value[0] if isinstance(value, list) else value
        host, port = value.rsplit(":", 1)
        return host.strip("[]"), int(port)

    def smtp_address(self):
        return self._address("smtp")

    def web_address(self):
        return self._address("web")

    def monitor_get(self, path):
        host, port = self._address("monitor")
        c = http.client.HTTPConnection(host, port, timeout=30)
        try:
            c.request("GET", path)
            r = c.getresponse()
            return r.status, r.read().decode()
        finally:
            c.close()

    def metrics(self):
        """{name with its labels: number}"""
        def scrape():
            try:
                return self.monitor_get("/metrics")
            except ConnectionError:
                return None  # a reload hands the port over and cuts who is on it
        status, text = wait_until(scrape, 30, "/metrics answers")
        assert status == 200, (status, text)
        values = {}
        for line in text.splitlines():
            if line and not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                values[name] = float(value)
        return values

    def metric(self, name):
        """One number: of a name with its labels, or summed over all labels of a name."""
        return sum(v for k, v in self.metrics().items() if k == name or k.split("{")[0] == name)

    def wait_queue_empty(self, timeout=120):
        """Until no copy waits or is under way, by the operator's own command."""
        wait_until(lambda: not self.cli_json("queue", "list"), timeout, "the queue is empty", every=0.1)

    # ---- what it said ----

    def log_lines(self):
        lines = []
        try:
            with open(self.log_path, "rb") as f:
                for line in f:
                    try:
                        lines.append(json.loads(line))
                    except ValueError:
                        lines.append({"event": "unparsed", "text": line.decode(errors="replace").rstrip()})
        except OSError:
            pass
        return lines

    def log_tail(self, count=40):
        try:
            with open(self.log_path, "rb") as f:
                return "--- log ---\n" + b"".join(f.readlines()[-count:]).decode(errors="replace")
        except OSError:
            return "--- no log ---"

    def sanitizer_reports(self):
        text = ""
        for path in sorted(glob.glob(os.path.join(self.sanitizer_folder, "*"))):
            with open(path, errors="replace") as f:
                text += "--- %s ---\n%s" % (os.path.basename(path), f.read()[:8000])
        return text

    def audit(self, *args):
        """[(tenant, event, reason)] of `audit list`; "(machine)" is the machine's own chain, reason "" for none."""
        found = []
        for line in self.cli_ok("audit", "list", *args).splitlines():
            tenant, _, *rest = line[:line.index(" mail ")].split()
            words = rest[3:]  # behind day, time and UTC
            found.append((tenant, words[0], words[1] if len(words) > 1 else ""))
        return found

    # ---- tenants ----

    def driver(self, **kw):
        return Driver(self.smtp_address, self.certs, **kw)

    def add_tenant(self, name="contoso", domain=None, recorder=None, link_base=None, **settings):
        """
        A tenant with an inbound connector of its own (a Recorder, made here unless given). link_base None
        is the public name that the certificate carries; "local" is the address it really has.
        """
        domain = domain or name + ".example"
        host = name + ".mail.protection.outlook.com"
        client = self.certs.tenant_client("%s-x7.smtp.secudoc.example.nl" % name)
        if recorder is None:
            recorder = Recorder(self.certs.inbound(host), self.certs.our_root.cert)
            self.recorders.append(recorder)
        t = Tenant(self, name, domain, recorder, host, client)
        if link_base == "local":
            link_base = "https://localhost:%d" % self.web_address()[1]
        t.link_base = link_base or "https://" + certs_module.WEB_NAME
        values = {
            "entra_id": t.entra_id, "organisation": "%s Ltd" % name.capitalize(), "domains": domain,
            "secret_header": t.secret_header, "secret_values": t.secret, "link_base": t.link_base,
            "facility_address": "secure@" + domain,
            "inbound_host": "%s:%d" % (recorder.host, recorder.port), "inbound_tls_name": host,
            "client_cert": client.chain, "client_key": client.key, "language": "en",
        }
        values.update(settings)
        self.cli_ok("tenant", "add", name, *_assignments(values))
        self.tenants.append(t)
        return t

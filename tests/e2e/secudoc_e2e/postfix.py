"""A real Postfix, unpacked from Debian's package into a folder of its own. The host's mail system is not touched.

Nothing is installed: programs and libraries run from the unpacked tree, configuration and queue are in a
temporary folder, the users are ones that every Debian has. Tests run it in a network namespace of its own
(in_namespace()).
"""

import glob
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

from .system import wait_until

# Accounts of base-passwd: mail_owner and setgid_group may not be shared with default_privs (nobody).
OWNER, GROUP = "uucp", "news"
PACKAGES = {"libicuuc": "libicu72", "libdb-5": "libdb5.3", "libnsl": "libnsl2", "libtirpc": "libtirpc3",
            "libsasl2": "libsasl2-2"}
FOLDERS = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "maildrop", "pid",
           "private", "public", "saved", "trace")


class Unavailable(Exception):
    """Postfix cannot be had or run here; the words say why."""


def in_namespace():
    """
    Run the rest of this program in a network namespace of its own: replaces the process once. Raises
    Unavailable where that is not allowed.
    """
    if os.environ.get("SECUDOC_NAMESPACE") == "1":
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    if os.geteuid() != 0:
        raise Unavailable("Postfix needs root to run under its own users")
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        raise Unavailable("unshare and ip are needed (packages util-linux, iproute2)")
    probe = subprocess.run(["unshare", "--net", "ip", "link", "set", "lo", "up"], stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True)
    if probe.returncode != 0:
        raise Unavailable("no network namespaces here: " + probe.stdout.strip())
    os.execvpe("unshare", ["unshare", "--net", sys.executable, *sys.argv],
               dict(os.environ, SECUDOC_NAMESPACE="1", SECUDOC_POSTFIX=unpack()))


def _download(package, folder):
    done = subprocess.run(["apt-get", "download", package], cwd=folder, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    found = glob.glob(os.path.join(folder, package + "_*.deb"))
    if done.returncode != 0 or not found:
        raise Unavailable("apt-get download %s: %s" % (package, done.stdout.strip().splitlines()[-1:]))
    return found[0]


def unpack():
    """The unpacked tree; $SECUDOC_POSTFIX names one that is there already."""
    ready = os.environ.get("SECUDOC_POSTFIX")
    if ready and os.path.exists(os.path.join(ready, "usr/lib/postfix/sbin/master")):
        return ready
    cache = os.path.join(tempfile.gettempdir(), "secudoc-postfix-%d" % os.getuid())
    root = os.path.join(cache, "root")
    if os.path.exists(os.path.join(root, "complete")) and os.stat(cache).st_uid == os.getuid():
        return root
    shutil.rmtree(cache, ignore_errors=True)
    os.makedirs(cache, mode=0o755)
    os.chmod(cache, 0o755)
    subprocess.run(["dpkg", "-x", _download("postfix", cache), root], check=True)
    for package in _missing(root):
        subprocess.run(["dpkg", "-x", _download(package, cache), root], check=True)
    with open(os.path.join(root, "complete"), "w"):
        pass
    return root


def _libraries(root):
    folders = [os.path.join(root, "usr/lib/postfix")]
    folders += glob.glob(os.path.join(root, "usr/lib/*-linux-gnu")) + glob.glob(
        os.path.join(root, "lib/*-linux-gnu"))
    return ":".join(folders)


def _missing(root):
    found = set()
    for program in ("smtpd", "smtp", "master", "cleanup"):
        out = subprocess.run(["ldd", os.path.join(root, "usr/lib/postfix/sbin", program)], text=True,
                             stdout=subprocess.PIPE, env=dict(os.environ, LD_LIBRARY_PATH=_libraries(root)))
        for name in re.findall(r"(\S+) => not found", out.stdout):
            package = next((p for start, p in PACKAGES.items() if name.startswith(start)), None)
            if package is None:
                raise Unavailable("Postfix needs %s, which is not installed" % name)
            found.add(package)
    return sorted(found)


def free_port(host="127.0.0.1"):
    """A port that nobody listens on; inside a namespace of our own nobody else can take it."""
    with socket.socket() as s:
        s.bind((host, 0))
        return s.getsockname()[1]


class Postfix:
    """
    One instance. settings go into main.cf over the defaults below; listens is a list of ports for smtpd,
    each with its own "-o" settings: {port: {name: value}}.
    """

    def __init__(self, settings, listens, root=None, folder=None):
        self.root = root or unpack()
        if folder is not None:
            os.makedirs(folder)
        self.folder = folder or tempfile.mkdtemp(prefix="secudoc-postfix-run-")
        os.chmod(self.folder, 0o755)
        self.config = os.path.join(self.folder, "etc")
        self.spool = os.path.join(self.folder, "spool")
        self.log_path = os.path.join(self.folder, "maillog")
        self.maildir = os.path.join(self.folder, "mail")
        self.listens = listens
        self.process = None
        self._folders()
        self._main(settings)
        self._master()

    def _folders(self):
        owner = pwd.getpwnam(OWNER)
        for path in (self.config, self.spool):
            os.makedirs(path)
        data = os.path.join(self.folder, "data")
        for path in [data, self.maildir] + [os.path.join(self.spool, f) for f in FOLDERS]:
            os.makedirs(path)
            os.chmod(path, 0o700 if path not in (self.maildir,) else 0o755)
            os.chown(path, owner.pw_uid, owner.pw_gid)
        for name, mode in (("public", 0o710), ("pid", 0o755)):
            os.chmod(os.path.join(self.spool, name), mode)
        os.chown(os.path.join(self.spool, "pid"), 0, 0)

    def _main(self, settings):
        lib = os.path.join(self.root, "usr/lib/postfix")
        values = {
            "compatibility_level": "3.6", "config_directory": self.config, "queue_directory": self.spool,
            "data_directory": os.path.join(self.folder, "data"), "daemon_directory": lib + "/sbin",
            "command_directory": os.path.join(self.root, "usr/sbin"), "shlib_directory": lib,
            "meta_directory": self.config, "mail_owner": OWNER, "setgid_group": GROUP,
            "import_environment": "MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ LANG=C LD_LIBRARY_PATH "
                                  "POSTLOG_SERVICE POSTLOG_HOSTNAME",
            "maillog_file": self.log_path, "maillog_file_prefixes": self.folder,
            "myhostname": "mail.protection.outlook.example", "mydestination": "", "alias_maps": "",
            "alias_database": "", "inet_interfaces": "127.0.0.1", "inet_protocols": "ipv4",
            "mynetworks": "127.0.0.0/8", "smtpd_relay_restrictions": "permit_mynetworks, reject",
            "smtp_dns_support_level": "disabled", "smtp_host_lookup": "native",
            "message_size_limit": "200000000", "mailbox_size_limit": "0", "virtual_mailbox_limit": "0",
            "virtual_mailbox_base": self.maildir, "virtual_minimum_uid": "1",
            "minimal_backoff_time": "1s", "maximal_backoff_time": "2s", "queue_run_delay": "1s",
            "smtpd_peername_lookup": "no", "in_flow_delay": "0", "smtpd_client_connection_count_limit": "0",
            "smtpd_client_connection_rate_limit": "0", "default_database_type": "hash",
            # A relay may not touch what it relays; these would take out or fold long lines.
            "smtp_line_length_limit": "0", "strict_smtputf8": "no",
        }
        values.update(settings)
        with open(os.path.join(self.config, "main.cf"), "w") as f:
            for name, value in values.items():
                f.write("%s = %s\n" % (name, value))

    def _master(self):
        rows = []
        for port, options in self.listens.items():
            rows.append("127.0.0.1:%d inet n - n - 0 smtpd" % port)
            rows += ["  -o %s=%s" % (k, v) for k, v in options.items()]
        rows += ["cleanup unix n - n - 0 cleanup", "qmgr unix n - n 300 1 qmgr",
                 "tlsmgr unix - - n 1000? 1 tlsmgr", "rewrite unix - - n - - trivial-rewrite",
                 "bounce unix - - n - 0 bounce", "defer unix - - n - 0 bounce", "trace unix - - n - 0 bounce",
                 "verify unix - - n - 1 verify", "flush unix n - n 1000? 0 flush",
                 "proxymap unix - - n - - proxymap", "smtp unix - - n - - smtp", "relay unix - - n - - smtp",
                 "showq unix n - n - - showq", "error unix - - n - - error", "retry unix - - n - - error",
                 "discard unix - - n - - discard", "virtual unix - n n - - virtual",
                 "anvil unix - - n - 1 anvil", "scache unix - - n - 1 scache",
                 "postlog unix-dgram n - n - 1 postlogd"]
        with open(os.path.join(self.config, "master.cf"), "w") as f:
            f.write("\n".join(rows) + "\n")

    def _date_back(self):
        """Postfix rereads a fresh main.cf until it is old enough not to be still written to."""
        for name in ("main.cf", "master.cf"):
            os.utime(os.path.join(self.config, name), (1000000000, 1000000000))

    def environment(self):
        return dict(os.environ, LD_LIBRARY_PATH=_libraries(self.root), MAIL_CONFIG=self.config)

    def start(self):
        self._date_back()
        master = os.path.join(self.root, "usr/lib/postfix/sbin/master")
        self.output = open(os.path.join(self.folder, "master.out"), "wb")
        self.process = subprocess.Popen([master, "-c", self.config, "-d"], env=self.environment(),
                                        stdin=subprocess.DEVNULL, stdout=self.output, stderr=self.output,
                                        start_new_session=True)
        try:
            for port in self.listens:
                wait_until(lambda: self._listening(port), 30, "Postfix listens")
        except AssertionError as e:
            log = self.log()
            self.stop()
            raise Unavailable("%s: %s" % (e, log)) from e
        return self

    def _listening(self, port):
        if self.process.poll() is not None:
            raise Unavailable("Postfix ended with %d: %s" % (self.process.returncode, self.log()))
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=20) as s:
                return s.recv(3) == b"220"
        except OSError:
            return False

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(30)
            self.process = None
            self.output.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc):
        self.stop()

    def log(self):
        text = ""
        for name in ("maillog", "master.out"):
            try:
                with open(os.path.join(self.folder, name), errors="replace") as f:
                    text += f.read()[-6000:]
            except OSError:
                pass
        return text

    def pids(self):
        """All processes of this instance: the session of its master."""
        from .system import processes
        return [p.pid for p in processes() if p.session == self.process.pid]

    def queue_is_empty(self):
        return not any(files for name in ("incoming", "active", "deferred", "maildrop")
                       for _, _, files in os.walk(os.path.join(self.spool, name)))

    def mails(self):
        """Delivered mails (Maildir of the virtual transport), each as bytes with LF line ends."""
        found = []
        for path in sorted(glob.glob(os.path.join(self.maildir, "*/new/*"))):
            with open(path, "rb") as f:
                found.append(f.read())
        return found

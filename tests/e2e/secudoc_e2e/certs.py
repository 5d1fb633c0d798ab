"""Throw-away certificates: a few authorities and what they sign, made once a process with openssl.

Names tell the part a certificate plays. The authority behind Exchange Online has an intermediate, as the
real one has, so that a chain is sent and built.
"""

import atexit
import os
import shutil
import subprocess
import tempfile

EXCHANGE_NAME = "mail.protection.outlook.com"
SMTP_NAME = "smtp.secudoc.example.nl"
WEB_NAME = "secudoc.example.nl"


class Cert:
    """A certificate (leaf first, then its intermediates) and its key, as PEM files."""

    def __init__(self, folder, name):
        self.name = name
        self.chain = os.path.join(folder, name + ".pem")
        self.key = os.path.join(folder, name + ".key")


class CertError(Exception):
    pass


def openssl(*args, folder=None):
    done = subprocess.run(["openssl", *args], cwd=folder, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise CertError("openssl %s: %s" % (" ".join(args), done.stdout.decode(errors="replace")))


class Authority:
    def __init__(self, folder, name, issuer=None):
        self.folder, self.name, self.issuer = folder, name, issuer
        self.cert = os.path.join(folder, name + ".pem")
        self.key = os.path.join(folder, name + ".key")
        self._serial = 0
        if issuer is None:
            openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", self.key, "-out", self.cert, "-days", "30", "-subj", "/CN=%s" % name,
                    "-addext", "basicConstraints=critical,CA:true",
                    "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        else:
            issuer.sign(self.cert, self.key, "/CN=%s" % name,
                        ["basicConstraints=critical,CA:true", "keyUsage=critical,keyCertSign,cRLSign"])

    def sign(self, cert, key, subject, extensions, rsa=False, expired=False):
        """Make a key and a certificate over it, signed by this authority."""
        csr, ext = key + ".csr", key + ".ext"
        kind = ["-newkey", "rsa:2048"] if rsa else ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        openssl("req", "-new", *kind, "-nodes", "-keyout", key, "-out", csr, "-subj", subject)
        with open(ext, "w") as f:
            f.write("\n".join(extensions) + "\n")
        self._serial += 1
        if expired:
            self._sign_expired(csr, ext, cert)
        else:
            openssl("x509", "-req", "-in", csr, "-CA", self.cert, "-CAkey", self.key, "-out", cert,
                    "-set_serial", str(1000 + self._serial), "-days", "20", "-extfile", ext)

    def _sign_expired(self, csr, ext, cert):
        """`openssl x509` cannot date back; `openssl ca` can, with its little database."""
        work = os.path.join(self.folder, self.name + "-ca")
        os.makedirs(work, exist_ok=True)
        with open(os.path.join(work, "index.txt"), "w"):
            pass
        with open(os.path.join(work, "serial"), "w") as f:
            f.write("%04X\n" % (2000 + self._serial))
        conf = os.path.join(work, "ca.cnf")
        with open(conf, "w") as f:
            f.write("[ca]\ndefault_ca = d\n[d]\ndatabase = %s/index.txt\nserial = %s/serial\n"
                    "new_certs_dir = %s\ndefault_md = sha256\npolicy = p\n[p]\ncommonName = supplied\n"
                    % (work, work, work))
        openssl("ca", "-batch", "-config", conf, "-in", csr, "-out", cert, "-notext", "-cert", self.cert,
                "-keyfile", self.key, "-startdate", "20200101000000Z", "-enddate", "20210101000000Z",
                "-extfile", ext, "-preserveDN")

    def issue(self, name, dns, cn=None, eku="serverAuth,clientAuth", ips=(), rsa=False, expired=False):
        """A leaf certificate for the given DNS names; its file carries the intermediates too."""
        c = Cert(self.folder, name)
        extensions = ["basicConstraints=CA:false"]
        if eku:
            extensions.append("extendedKeyUsage=" + eku)
        san = ["DNS:" + d for d in dns] + ["IP:" + i for i in ips]
        if san:
            extensions.append("subjectAltName=" + ",".join(san))
        self.sign(c.chain, c.key, "/CN=%s" % (cn or dns[0]), extensions, rsa=rsa, expired=expired)
        above = self
        while above.issuer is not None:  # the chain without its root
            with open(c.chain, "ab") as out, open(above.cert, "rb") as more:
                out.write(more.read())
            above = above.issuer
        return c


class Certs:
    """Everything that the tests need, in one folder that goes with the process."""

    def __init__(self, folder):
        self.folder = folder
        self.our_root = Authority(folder, "our-root")
        self.exchange_root = Authority(folder, "exchange-root")
        self.exchange_ca = Authority(folder, "exchange-intermediate", issuer=self.exchange_root)
        self.foreign_root = Authority(folder, "foreign-root")

        self.smtp = self.our_root.issue("smtp", [SMTP_NAME, "localhost"])
        self.web = self.our_root.issue("web", [WEB_NAME, "localhost"], ips=["127.0.0.1"])
        self.exchange = self.exchange_ca.issue("exchange", [EXCHANGE_NAME, "*." + EXCHANGE_NAME],
                                               rsa=True)
        self._made = {}

    def _once(self, name, make):
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]

    # What Exchange Online could also look like, and must be taken.
    @property
    def exchange_server_auth(self):
        return self._once("sa", lambda: self.exchange_ca.issue("exchange-server-auth", [EXCHANGE_NAME],
                                                               eku="serverAuth"))

    # Who is not Exchange Online.
    @property
    def wrong_name(self):
        return self._once("wn", lambda: self.exchange_ca.issue("wrong-name", ["mail.attacker.example"]))

    @property
    def longer_name(self):
        return self._once("ln", lambda: self.exchange_ca.issue(
            "longer-name", [EXCHANGE_NAME + ".attacker.example"]))

    @property
    def name_in_cn_only(self):
        """The right name as common name, another one as the name that counts."""
        return self._once("cn", lambda: self.exchange_ca.issue("cn-only", ["mail.attacker.example"],
                                                               cn=EXCHANGE_NAME))

    @property
    def foreign(self):
        return self._once("fo", lambda: self.foreign_root.issue("foreign", [EXCHANGE_NAME]))

    @property
    def expired(self):
        return self._once("ex", lambda: self.exchange_root.issue("expired", [EXCHANGE_NAME],
                                                                 expired=True))

    @property
    def self_signed(self):
        def make():
            c = Cert(self.folder, "self-signed")
            openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", c.key, "-out", c.chain, "-days", "20", "-subj", "/CN=" + EXCHANGE_NAME,
                    "-addext", "subjectAltName=DNS:" + EXCHANGE_NAME)
            return c
        return self._once("ss", make)

    # The tenant's side.
    def inbound(self, host):
        """Certificate of a tenant's inbound endpoint, <tenant>.mail.protection.outlook.com."""
        return self._once("in:" + host, lambda: self.exchange_ca.issue("inbound-" + host, [host]))

    def tenant_client(self, domain):
        """Our client certificate for one tenant: the linked domain's name."""
        return self._once("tc:" + domain, lambda: self.our_root.issue("client-" + domain, [domain]))


_shared = None


def shared():
    """The certificates of this process, made on first use, removed at its end."""
    global _shared
    if _shared is None:
        folder = tempfile.mkdtemp(prefix="secudoc-certs-")
        owner = os.getpid()
        atexit.register(lambda: os.getpid() == owner and shutil.rmtree(folder, ignore_errors=True))
        _shared = Certs(folder)
    return _shared

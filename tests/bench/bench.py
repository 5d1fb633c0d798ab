#!/usr/bin/env python3
"""How fast is it, beside Postfix relaying the same mails with the same TLS, in one run on one machine.

Load generator and sink are C programs of their own (load.c, sink.c). Both servers take the mails over
STARTTLS with a client certificate by BDAT and hand them on to the sink over STARTTLS with a client
certificate; both sync what they accept. Runs alternate between the two. CPU seconds are those of the server's
own processes, from /proc; memory is the largest sum of their proportional sets (shared pages count once).
"""

import argparse
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TREE, "tests", "e2e"))

from secudoc_e2e import certs as certs_module  # noqa: E402
from secudoc_e2e import mails, postfix  # noqa: E402
from secudoc_e2e.system import System, processes, wait_until  # noqa: E402

#        name    wire bytes  connections  mails
CASES = [("10 KB", 10_000, 10, 2000), ("1 MB", 1_000_000, 10, 200), ("25 MB", 25_000_000, 10, 20),
         ("25 MB", 25_000_000, 50, 50)]
MARK = b"@" * 16
TICK = os.sysconf("SC_CLK_TCK")


def make_mail(size, tenant):
    """A mail of about size bytes on the wire: text, HTML and one attachment, numbered by the load generator."""
    def build(payload):
        raw = mails.build(sender=tenant.address("alice"), html=mails.HTML, mid="<%s@contoso.example>" % MARK.decode(),
                          files=[mails.File("figures.pdf", mails.body_bytes(payload), "application/pdf")])
        return tenant.stamp(raw, network_id="%s-4ccc-8ddd-0123456789ab" % MARK.decode())
    empty = len(build(0))
    return build(max((size - empty) * 57 // 78, 1))


class Sink:
    def __init__(self, program, cert, client_ca):
        self.process = subprocess.Popen([program, cert.chain, cert.key, client_ca], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, bufsize=1)
        self.port = int(self.process.stdout.readline().split()[1])

    def expect(self, count):
        self.process.stdin.write("expect %d\n" % count)
        self.process.stdin.flush()

    def done(self, timeout):
        """(monotonic ns, bytes) of the last expected mail."""
        answer = []
        reader = threading.Thread(target=lambda: answer.append(self.process.stdout.readline()), daemon=True)
        reader.start()
        reader.join(timeout)
        if not answer or not answer[0].startswith("done"):
            raise SystemExit("the sink did not get all mails in %d s" % timeout)
        return tuple(int(x) for x in answer[0].split()[1:])

    def stop(self):
        self.process.stdin.close()
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()


class Meter:
    """CPU and memory of one server: all processes of its session, the ended ones included."""

    def __init__(self, session):
        self.session = session
        self.peak = 0
        self._stop = threading.Event()

    def cpu(self):
        total = 0
        for p in processes():
            if p.session == self.session:
                with open("/proc/%d/stat" % p.pid, "rb") as f:
                    fields = f.read().rsplit(b")", 1)[1].split()
                total += int(fields[11]) + int(fields[12])
                if p.pid == self.session:  # what its ended children used
                    total += int(fields[13]) + int(fields[14])
        return total / TICK

    def _watch(self):
        while not self._stop.wait(0.25):
            total = 0
            for p in processes():
                if p.session == self.session:
                    total += self._memory(p.pid)
            self.peak = max(self.peak, total)

    @staticmethod
    def _memory(pid):
        try:
            with open("/proc/%d/smaps_rollup" % pid) as f:
                for line in f:
                    if line.startswith("Pss:"):
                        return int(line.split()[1]) * 1024
        except OSError:
            pass  # gone meanwhile
        return 0

    def __enter__(self):
        self.before = self.cpu()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self._stop.set()
        self.thread.join()
        self.used = self.cpu() - self.before


class Server:
    """What is measured: a name, a port for the load generator, a session of processes."""

    def __init__(self, name, port, session, idle):
        self.name, self.port, self.session, self.idle = name, port, session, idle


def start_ours(certs, sink_port, folder):
    system = System({
        "log": {"level": "warn"},
        "smtp": {"max_connections": 500, "max_connections_per_address": 200},
        "deliver": {"threads": 32, "connections_per_tenant": 32},
    }, folder=folder, program=os.environ["SECUDOC"])
    system.start()
    tenant = system.add_tenant("contoso", inbound_host="127.0.0.1:%d" % sink_port)

    def idle():
        return not system.cli_json("queue", "list")
    return system, tenant, Server("SecuDoc", system.smtp_address()[1], system.session, idle)


def start_postfix(certs, sink_port, inbound_host, folder):
    port = postfix.free_port()
    client = certs.tenant_client("contoso-x7.smtp.secudoc.example.nl")
    p = postfix.Postfix({
        # in: the same demands as ours
        "smtpd_tls_security_level": "encrypt", "smtpd_tls_cert_file": certs.smtp.chain,
        "smtpd_tls_key_file": certs.smtp.key, "smtpd_tls_CAfile": certs.exchange_root.cert,
        "smtpd_tls_ask_ccert": "yes", "smtpd_tls_req_ccert": "yes",
        # out: the same checks as ours
        "relayhost": "[127.0.0.1]:%d" % sink_port, "smtp_tls_security_level": "secure",
        "smtp_tls_secure_cert_match": inbound_host, "smtp_tls_CAfile": certs.exchange_root.cert,
        "smtp_tls_cert_file": client.chain, "smtp_tls_key_file": client.key,
        "smtp_tls_session_cache_database": "btree:${data_directory}/smtp_scache",
        "smtpd_tls_session_cache_database": "btree:${data_directory}/smtpd_scache",
        "default_process_limit": "200", "default_destination_concurrency_limit": "50",
        "initial_destination_concurrency": "50",
    }, {port: {}}, folder=folder)
    p.start()
    return p, Server("Postfix", port, p.process.pid, p.queue_is_empty)


def one_run(tools, certs, server, sink, mail_path, case, timeout):
    name, size, connections, count = case
    sink.expect(count)
    with Meter(server.session) as meter:
        out = subprocess.run([tools["load"], str(server.port), certs_module.SMTP_NAME, certs.exchange.chain,
                              certs.exchange.key, certs.our_root.cert, str(connections), str(count), mail_path,
                              "alice@contoso.example", "r%@fabrikam.example"],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=timeout)
        if out.returncode != 0:
            raise SystemExit("%s: the load generator says: %s" % (server.name, out.stderr.strip()[-500:]))
        words = {line.split()[0]: line.split()[1:] for line in out.stdout.splitlines()}
        if int(words["end"][2]) != 0:
            raise SystemExit("%s refused %s mails: %s" % (server.name, words["end"][2], out.stderr[-300:]))
        done, back = sink.done(timeout)
        wait_until(server.idle, 120, server.name + " is idle", 0.2)
    seconds = (done - int(words["start"][0])) / 1e9
    wire = os.path.getsize(mail_path) * count / 1e6
    return {"server": server.name, "case": "%s, %d connections" % (name, connections), "mails": count,
            "seconds": seconds, "accept_seconds": (int(words["end"][0]) - int(words["start"][0])) / 1e9,
            "mails_per_s": count / seconds, "mb_per_s": wire / seconds, "cpu_ms_per_mb": meter.used * 1e3 / wire,
            "cpu_ms_per_mail": meter.used * 1e3 / count, "cpu_s": meter.used, "peak_mb": meter.peak / 1e6,
            "p50_ms": float(words["latency_ms"][0]), "p99_ms": float(words["latency_ms"][1])}


def median_rows(results):
    rows = {}
    for r in results:
        rows.setdefault((r["case"], r["server"]), []).append(r)
    out = []
    for (case, server), runs in rows.items():
        row = {"case": case, "server": server, "runs": len(runs)}
        for key in ("mails_per_s", "mb_per_s", "cpu_ms_per_mb", "cpu_ms_per_mail", "peak_mb", "p50_ms", "p99_ms"):
            row[key] = statistics.median(r[key] for r in runs)
        row["peak_mb"] = max(r["peak_mb"] for r in runs)
        out.append(row)
    return out


def table(rows):
    lines = ["| mails | server | mails/s | MB/s | CPU ms/MB | CPU ms/mail | peak MB | accept p50 ms | p99 ms |",
             "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
    by_case = {}
    for r in rows:
        by_case.setdefault(r["case"], {})[r["server"]] = r
    for case, servers in by_case.items():
        for r in servers.values():
            lines.append("| %s | %s | %.1f | %.1f | %.2f | %.2f | %.0f | %.1f | %.1f |" % (
                case, r["server"], r["mails_per_s"], r["mb_per_s"], r["cpu_ms_per_mb"], r["cpu_ms_per_mail"],
                r["peak_mb"], r["p50_ms"], r["p99_ms"]))
        if len(servers) == 2:
            ours, theirs = servers["SecuDoc"], servers["Postfix"]
            lines.append("| %s | ratio | %.2fx | %.2fx | %.2fx | %.2fx | | | |" % (
                case, ours["mails_per_s"] / theirs["mails_per_s"], ours["mb_per_s"] / theirs["mb_per_s"],
                ours["cpu_ms_per_mb"] / theirs["cpu_ms_per_mb"],
                ours["cpu_ms_per_mail"] / theirs["cpu_ms_per_mail"]))
    return "\n".join(lines)


def limit(folder):
    """MB/s of the physical-limit program with writes, when $SECUDOC_LIMIT names its source."""
    source = os.environ.get("SECUDOC_LIMIT", "")
    if not source:
        return None, "skipped: $SECUDOC_LIMIT does not name the source of the limit program"
    program = os.path.join(folder, "limit")
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "glib-2.0"], stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, text=True)
    done = subprocess.run(["cc", "-O3", "-march=native", "-w", "-o", program, source, *flags.stdout.split(), "-lcrypto"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        return None, "skipped: limit does not build: " + done.stdout.strip().splitlines()[0]
    out = subprocess.run([program, "25", folder], stdout=subprocess.PIPE, text=True).stdout
    for line in out.splitlines():
        if line.startswith("pipeline AVX2 + write + fdatasync"):
            numbers = re.findall(r"[0-9]+(?:\.[0-9]+)?", line.split("fdatasync", 1)[1])
            return float(numbers[1]), line.strip()
    return None, "skipped: its output has no line of that pipeline"


def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo") as f:
        for line in f:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return "%s, %d cores, Linux %s" % (model, os.cpu_count(), platform.release())


def build_tools(folder):
    tools = {}
    for name in ("load", "sink"):
        tools[name] = os.path.join(folder, name)
        subprocess.run(["cc", "-std=gnu17", "-O2", "-o", tools[name], os.path.join(HERE, name + ".c"),
                        os.path.join(HERE, "bench_conn.c"), "-lssl", "-lcrypto", "-lpthread"], check=True)
    return tools


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=3, help="runs of each case and server (default 3)")
    parser.add_argument("--case", action="append", help="only cases whose name holds this, such as '1 MB'")
    parser.add_argument("--dir", default=None, help="folder for queues and stores (default: the temporary one)")
    parser.add_argument("--no-postfix", action="store_true", help="measure SecuDoc alone")
    parser.add_argument("--json", help="write all runs to this file")
    parser.add_argument("--scale", type=float, default=1.0, help="factor for the number of mails")
    args = parser.parse_args()
    problem = None if not args.no_postfix else "switched off"
    if problem is None:
        try:
            postfix.in_namespace()
        except postfix.Unavailable as e:
            problem = str(e)
    folder = tempfile.mkdtemp(prefix="secudoc-bench-", dir=args.dir)
    os.chmod(folder, 0o755)
    try:
        run_all(args, folder, problem)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_all(args, folder, problem):
    certs = certs_module.shared()
    os.chmod(certs.folder, 0o755)
    tools = build_tools(folder)
    print("machine: " + machine())
    print("program: %s" % os.environ["SECUDOC"])
    if problem:
        print("Postfix: not measured: " + problem)
    sys.stdout.flush()
    inbound_host = "contoso.mail.protection.outlook.com"
    sink = Sink(tools["sink"], certs.inbound(inbound_host), certs.our_root.cert)
    ours = peer = None
    results = []
    try:
        ours, tenant, server = start_ours(certs, sink.port, os.path.join(folder, "secudoc"))
        servers = [server]
        if not problem:
            peer, server = start_postfix(certs, sink.port, inbound_host, os.path.join(folder, "postfix"))
            servers.insert(0, server)
        for case in CASES:
            label = "%s, %d connections" % (case[0], case[2])
            if args.case and not any(c in label for c in args.case):
                continue
            case = (*case[:3], max(int(case[3] * args.scale), case[2]))
            mail_path = os.path.join(folder, "mail.eml")
            with open(mail_path, "wb") as f:
                f.write(make_mail(case[1], tenant))
            for number in range(args.runs):
                for server in servers:
                    r = one_run(tools, certs, server, sink, mail_path, case, 600)
                    results.append(r)
                    print("  %-24s %-8s run %d: %8.1f mails/s %7.1f MB/s %7.2f ms CPU/MB %5.0f MB" % (
                        label, server.name, number + 1, r["mails_per_s"], r["mb_per_s"], r["cpu_ms_per_mb"],
                        r["peak_mb"]))
                    sys.stdout.flush()
    finally:
        if ours is not None:
            ours.stop(remove=False)
        if peer is not None:
            peer.stop()
        sink.stop()
    print()
    print(table(median_rows(results)))
    best, words = limit(folder)
    print("\nlimit with writes: " + words)
    for r in median_rows(results):
        if best and r["server"] == "SecuDoc" and r["case"].startswith("25 MB"):
            print("  %s: %.0f %% of it" % (r["case"], 100 * r["mb_per_s"] / best))
    if args.json:
        with open(args.json, "w") as f:
            json.dump({"machine": machine(), "results": results}, f, indent=1)


if __name__ == "__main__":
    main()

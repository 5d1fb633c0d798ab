#!/usr/bin/env python3
"""scripts/bench runs: its tools build, every mail arrives at the sink, the table has numbers."""

import os
import re
import subprocess
import unittest

from secudoc_e2e.case import main
from secudoc_e2e.system import find_program

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Bench(unittest.TestCase):
    def bench(self, *args):
        done = subprocess.run([os.path.join(TREE, "scripts", "bench"), *args], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600,
                              env=dict(os.environ, SECUDOC=find_program()))
        return done.returncode, done.stdout

    def test_small_run(self):
        """a fiftieth of the mails, once, without Postfix"""
        code, out = self.bench("--no-postfix", "--runs", "1", "--scale", "0.02", "--case", "10 KB")
        self.assertEqual(code, 0, out)
        row = re.search(r"^\| 10 KB, 10 connections \| SecuDoc \| ([0-9.]+) \|", out, re.M)
        self.assertIsNotNone(row, out)
        self.assertGreater(float(row.group(1)), 0)

    def test_usage(self):
        """an unknown option is refused"""
        self.assertEqual(self.bench("--nonsense")[0], 2)


if __name__ == "__main__":
    main()

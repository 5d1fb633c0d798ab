"""Compiles a probe exactly as a source of one folder is compiled.

usage: probe.py BINARY_DIR FOLDER TEXT    exit status and words of the compiler
       probe.py BINARY_DIR --headers      every header of every folder, alone, warnings as errors
"""
import glob
import json
import os
import shlex
import subprocess
import sys
import tempfile


def command_of(commands, source_dir, folder):
    """The compiler's words for any source of folder, without input, output and dependency file."""
    prefix = os.path.join(source_dir, folder) + os.sep
    entry = next((e for e in commands if e["file"].startswith(prefix) and e["file"].endswith(".c")), None)
    if entry is None:
        # a folder without a source yet is compiled from empty.c
        entry = next(e for e in commands if f"sd_{os.path.basename(folder)}.dir" in e["command"])
    words = shlex.split(entry["command"])
    kept = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in ("-o", "-c", "-MF", "-MT"):
            skip = True
        elif word != "-MD":
            kept.append(word)
    return kept + ["-fsyntax-only", "-Werror", "-x", "c"], entry["directory"]


def compile_text(command, directory, text):
    with tempfile.NamedTemporaryFile("w", suffix=".c") as probe:
        probe.write(text + "\ntypedef int probe_is_not_empty;\n")
        probe.flush()
        return subprocess.run(command + [probe.name], cwd=directory, capture_output=True, text=True)


def main():
    binary_dir = sys.argv[1]
    with open(os.path.join(binary_dir, "compile_commands.json")) as f:
        commands = json.load(f)
    source_dir = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
    if sys.argv[2] != "--headers":
        done = compile_text(*command_of(commands, source_dir, sys.argv[2]), sys.argv[3])
        sys.stderr.write(done.stderr)
        return done.returncode
    failed = 0
    count = 0
    folders = sorted({os.path.dirname(p) for p in glob.glob("*/*.h", root_dir=source_dir)} - {"build"})
    for folder in folders + ["tests/support"]:
        command, directory = command_of(commands, source_dir, folder)
        for header in sorted(glob.glob(f"{folder}/*.h", root_dir=source_dir)):
            name = header.removeprefix("tests/")
            # twice: the guard is part of it
            done = compile_text(command, directory, f'#include "{name}"\n#include "{name}"')
            count += 1
            if done.returncode != 0:
                failed += 1
                print(f"{header} does not compile alone:\n{done.stderr}")
    print(f"{count} headers, {failed} do not compile alone")
    return 1 if failed or not count else 0


sys.exit(main())

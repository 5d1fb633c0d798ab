#!/bin/bash
# Each header compiles alone, and twice, with warnings as errors.
exec python3 "$1/tests/build/probe.py" "$2" --headers

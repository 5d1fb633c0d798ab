#!/bin/bash
# docs/configuration.md says what the program says: scripts/docs writes it anew.
if [ ! -x "$2/secudoc" ]; then
	echo "$2/secudoc is not built"
	exit 1
fi
"$2/secudoc" config --markdown | diff "$1/docs/configuration.md" - ||
	{ echo "docs/configuration.md is old: run scripts/docs"; exit 1; }

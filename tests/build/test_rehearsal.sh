#!/bin/bash
# The set-up scripts rehearsed against an organization that is not there: tests/powershell/rehearsal.
#
# usage: test_rehearsal.sh SOURCE BUILD
#
# With BUILD/secudoc, what the scripts export is also held against the plan by "secudoc rules verify".
set -euo pipefail
source=$1
program=$(realpath -m "${2:-none}/secudoc")
"$source/tests/powershell/packages.sh" build/test_rehearsal || { [ $? -eq 77 ] && exit 0; exit 1; }
cd "$source/tests/powershell/rehearsal"
log=$(mktemp)
trap 'rm -f "$log"' EXIT

[ ! -x "$program" ] || export SECUDOC=$program
node --test --test-reporter=spec language.test.mjs rehearsal.test.mjs >"$log" 2>&1 || {
	sed -n '/failing tests/,$p' "$log" | head -80
	grep -E '^. (pass|fail) ' "$log"
	echo "the set-up scripts do not do what they should, or use what the rehearsal does not know"
	exit 1
}
sed -n 's/^. pass /rehearsals passed: /p; s/^. skipped \([1-9]\)/skipped: build\/test_rehearsal: no BUILD\/secudoc: \1/p' "$log"

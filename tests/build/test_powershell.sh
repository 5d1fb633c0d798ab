#!/bin/bash
# The PowerShell scripts against Microsoft's reference; first the checker's own proof, then the plans of the tests.
#
# usage: test_powershell.sh SOURCE BUILD
#
# The npm packages are those of tests/powershell/packages.sh; missing ones are a skipped test where there is no network.
set -euo pipefail
source=$1
secudoc=$(realpath -m "${2:-none}/secudoc")
cd "$source/tests/powershell"
log=$(mktemp)
work=$(mktemp -d)
trap 'rm -rf "$log" "$work"' EXIT

./packages.sh build/test_powershell || { [ $? -eq 77 ] && exit 0; exit 1; }

node --test test.mjs mutations.test.mjs >"$log" 2>&1 || {
	grep -E '^ *not ok|^# (pass|fail)|^    scripts/|error:' "$log"
	echo "the checker of the PowerShell scripts does not find what it should"
	exit 1
}
sed -n 's/^# pass /proof passed: /p' "$log"
node check.mjs

# Plans that the program makes: every member is a parameter, every value one that the cmdlet takes.
shopt -s nullglob
if [ -d ../rules/golden ]; then
	plans=(../rules/golden/*.json)
	[ ${#plans[@]} -gt 0 ] || { echo "tests/rules/golden has no plans"; exit 1; }
	node check.mjs --plan "${plans[@]}"
fi

# Commands that the program names for repair, also where names are hostile and nothing is there yet.
[ -x "$secudoc" ] || { echo "skipped: build/test_powershell: the commands of rules verify, no $secudoc"; exit 0; }
exports=../data/exports
node -e "
	const [hostile, base] = process.argv.slice(1).map(path => JSON.parse(require('fs').readFileSync(path)));
	for (const [key, value] of Object.entries(base)) if (Array.isArray(value)) base[key] = [];
	base.Tenant.EntraId = hostile.Tenant.EntraId;
	console.log(JSON.stringify(base));
" ../rules/golden/hostile.json $exports/base.json >"$work/empty"
"$secudoc" rules verify "$work/empty" --plan ../rules/golden/hostile.json --json >"$work/hostile.json" || [ $? -le 4 ]
for export in "$exports"/*.json; do
	name=${export##*/}
	[ "$name" != plan.json ] || continue
	"$secudoc" rules verify "$export" --plan $exports/plan.json --json >"$work/$name" || [ $? -le 4 ]
done
node check.mjs --repairs "$work"/*.json

#!/bin/bash
# The PowerShell scripts against Microsoft's reference; first the checker's own proof, then the plans of the tests.
#
# usage: test_powershell.sh SOURCE BUILD
#
# Gets the npm packages that tests/powershell/package-lock.json pins when they are missing. SECUDOC_OFFLINE=1 says that
# there is no network: then, and only then, missing packages are a skipped test.
set -euo pipefail
source=$1
program=$(realpath -m "${2:-none}/secudoc")
cd "$source/tests/powershell"
log=$(mktemp)
work=$(mktemp -d)
trap 'rm -rf "$log" "$work"' EXIT

for program in node npm; do
	command -v $program >/dev/null || { echo "$program is missing: scripts/packages test installs it"; exit 1; }
done
for package in tree-sitter-powershell web-tree-sitter; do
	pinned=$(node -p "require('./package.json').dependencies['$package']")
	installed=$(node -p "require('./node_modules/$package/package.json').version" 2>/dev/null || true)
	[ "$installed" != "$pinned" ] || continue
	if [ "${SECUDOC_OFFLINE:-}" = 1 ]; then
		echo "skipped: build/test_powershell: npm package $package $pinned is missing, and this is offline"
		exit 0
	fi
	npm ci --ignore-scripts --no-audit --no-fund >"$log" 2>&1 </dev/null || {
		tail -5 "$log"
		echo "npm ci in tests/powershell: the packages that read PowerShell could not be got"
		exit 1
	}
done

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
[ -x "$program" ] || { echo "skipped: build/test_powershell: the commands of rules verify, no $program"; exit 0; }
exports=../data/exports
node -e "
	const [hostile, base] = process.argv.slice(1).map(path => JSON.parse(require('fs').readFileSync(path)));
	for (const [key, value] of Object.entries(base)) if (Array.isArray(value)) base[key] = [];
	base.Tenant.EntraId = hostile.Tenant.EntraId;
	console.log(JSON.stringify(base));
" ../rules/golden/hostile.json $exports/base.json >"$work/empty"
"$program" rules verify "$work/empty" --plan ../rules/golden/hostile.json --json >"$work/hostile.json" || [ $? -le 4 ]
for export in "$exports"/*.json; do
	name=${export##*/}
	[ "$name" != plan.json ] || continue
	"$program" rules verify "$export" --plan $exports/plan.json --json >"$work/$name" || [ $? -le 4 ]
done
node check.mjs --repairs "$work"/*.json

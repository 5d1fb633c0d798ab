#!/bin/bash
# Gets the npm packages that tests/powershell/package-lock.json pins when they are missing, one caller at a time.
#
# usage: packages.sh TEST
#
# SECUDOC_OFFLINE=1 says that there is no network: then, and only then, missing packages are a skipped TEST, status 77.
set -euo pipefail
cd "$(dirname "$0")"
exec 9<package-lock.json
flock 9
for program in node npm; do
	command -v $program >/dev/null || { echo "$program is missing: scripts/packages test installs it"; exit 1; }
done
for package in tree-sitter-powershell web-tree-sitter; do
	pinned=$(node -p "require('./package.json').dependencies['$package']")
	installed=$(node -p "require('./node_modules/$package/package.json').version" 2>/dev/null || true)
	[ "$installed" != "$pinned" ] || continue
	if [ "${SECUDOC_OFFLINE:-}" = 1 ]; then
		echo "skipped: $1: npm package $package $pinned is missing, and this is offline"
		exit 77
	fi
	log=$(mktemp)
	trap 'rm -f "$log"' EXIT
	npm ci --ignore-scripts --no-audit --no-fund >"$log" 2>&1 </dev/null || {
		tail -5 "$log"
		echo "npm ci in tests/powershell: the packages that read PowerShell could not be got"
		exit 1
	}
done

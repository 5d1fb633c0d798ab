#!/bin/bash
# docs/threats.md names tests: each file and each fuzz target it names is there, and so is each test in
# brackets behind an e2e file.
#
# usage: test_threats.sh SOURCE
# shellcheck disable=SC2016 # backticks of Markdown
set -euo pipefail
cd "$1"
bad=0
while read -r name; do
	case $name in
	fuzz/*) path=tests/fuzz/fuzz_${name#fuzz/}.c ;;
	*) path=tests/$name ;;
	esac
	[ -f "$path" ] || { echo "docs/threats.md names $name, and there is no $path"; bad=1; }
done < <(grep -oE '`(fuzz/[a-z_0-9]+|[a-z0-9]+/(test|loop)_[a-z_0-9]+\.(c|py))`' docs/threats.md | tr -d '`' | sort -u)

# `file` (name, name): plain words of lower case with _ are tests of that file
while IFS='|' read -r file names; do
	for name in ${names//,/ }; do
		case $name in *_*) ;; *) continue ;; esac
		grep -qE "\b(test_)?$name\b" "tests/$file" || { echo "docs/threats.md: there is no test_$name in tests/$file"; bad=1; }
	done
done < <(grep -oE '`[a-z0-9]+/(test|loop)_[a-z_0-9]+\.(c|py)` \([a-z0-9_, ]+\)' docs/threats.md | sed -E 's/`([^`]*)` \((.*)\)/\1|\2/')
exit $bad

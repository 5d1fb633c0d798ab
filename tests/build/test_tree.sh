#!/bin/bash
# Rules of the tree that no compiler knows: one library one folder, no I/O in pure folders, private headers
# stay private, nothing of one machine in the sources.
set -u
cd "$1" || exit 1
failed=0
if git rev-parse --git-dir >/dev/null 2>&1; then
	mapfile -t files < <(git ls-files)
else
	mapfile -t files < <(find . -path ./build -prune -o -type f -print | sed 's|^\./||')
fi
code=()
for file in "${files[@]}"; do
	case $file in *.c | *.h | *.def) code+=("$file") ;; esac
done
[ ${#code[@]} -gt 50 ] || { echo "only ${#code[@]} sources: is this the tree?"; exit 1; }

# refuse WHY PATTERN ALLOWED FILE...: no FILE but those that match ALLOWED may have a line with PATTERN
refuse() {
	local why=$1 pattern=$2 allowed=$3 found
	shift 3
	found=$(grep -nHE -- "$pattern" "$@" 2>/dev/null | grep -vE "^($allowed):")
	[ -n "$found" ] || return 0
	echo "$why:"
	echo "$found"
	failed=1
}

# One library, one folder. Tests may ask a library of their own what is right.
refuse 'OpenSSL is for net/ and core/crypto.c' '#include <openssl/' \
	'(net|tests)/[^:]*|core/crypto\.c' "${code[@]}"
refuse 'libmicrohttpd is for net/' '#include <microhttpd|\bMHD_' '(tests/)?net/[^:]*' "${code[@]}"
refuse 'SQLite is for store/' '#include <sqlite3|\bsqlite3_' '(tests/)?store/[^:]*' "${code[@]}"
refuse 'libpq is for store/' '#include <(postgresql/)?libpq' '(tests/)?store/[^:]*' "${code[@]}"
refuse 'cJSON is for core/json.c' '#include <c[jJ][sS][oO][nN]|\bcJSON_' 'core/json\.c' "${code[@]}"
refuse 'libconfuse is for core/config.c' '#include <confuse|\bcfg_(init|parse|opt_t)' 'core/config\.c' "${code[@]}"
refuse 'PCRE2 is for rules/flow_match.c' '#include <pcre2|\bpcre2_' 'rules/flow_match\.c' "${code[@]}"
refuse 'libcurl is for net/' '#include <curl' '(net|tests)/[^:]*' "${code[@]}"

# mime and rules are pure: bytes in, answers out.
pure=()
for file in "${code[@]}"; do
	case $file in mime/* | rules/*) pure+=("$file") ;; esac
done
refuse 'mime/ and rules/ do no I/O' \
	'#include <(unistd|fcntl|poll|pthread|dirent|netdb|sys/(socket|stat|mman|wait|time))\.h>' '$^' "${pure[@]}"
refuse 'mime/ and rules/ ask no clock' '\bclock_(now|mono)_ms\(' '$^' "${pure[@]}"

# What ends in _int.h belongs to its folder and its tests.
while IFS=: read -r file _ line; do
	folder=${line#*\"}
	folder=${folder%%/*}
	case $file in
	"$folder"/* | tests/"$folder"/* | tests/fuzz/* | tests/bench/*) ;;
	*) echo "private header of $folder/: $file: $line"; failed=1 ;;
	esac
done < <(grep -nHE '#include "[^"]*_int\.h"' "${code[@]}")

refuse 'use buf_printf() or snprintf()' '\b(sprintf|vsprintf|gets|strtok)\(' '$^' "${code[@]}"
refuse 'use crypto_random()' '\b(rand|random|srand|drand48)\(\)' 'tests/[^:]*' "${code[@]}"
# SQLite does not say when a lock of another process is given back: there a short wait is all there is
refuse 'no sleeping in place of an event' '\b(sleep|usleep|nanosleep)\(' \
	'tests/bench/[^:]*|store/db_sqlite\.c' "${code[@]}"
refuse 'exit() is for main()' '\b_?exit\(' \
	'cli/(main|supervisor|child|cmd_check|cmd_serve|roles)\.c|tests/[^:]*' "${code[@]}"

# Nothing of one machine, nothing unfinished. This file has the words in its patterns.
texts=()
for file in "${files[@]}"; do
	case $file in
	tests/build/test_tree.sh | tests/fuzz/seeds/* | tests/data/* | *.png | LICENSE) ;;
	*) [ -f "$file" ] && texts+=("$file") ;;
	esac
done
refuse 'path of one machine' '(^|[^A-Za-z0-9_.-])/(work|home|Users)/[A-Za-z]' '$^' "${texts[@]}"
refuse 'address of one registry' '(pypi\.org|npmjs\.(org|com)|proxy\.golang\.org|artifactory)' '$^' "${texts[@]}"
refuse 'unfinished' '\b(TODO|FIXME|XXX)\b' '$^' "${texts[@]}"
refuse 'number of an issue' '\b[Ii]ssue #?[0-9]' '$^' "${texts[@]}"
refuse 'place outside the tree' '\.\./shared' 'tests/CMakeLists\.txt' "${texts[@]}"
exit $failed

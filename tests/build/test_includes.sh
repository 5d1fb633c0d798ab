#!/bin/bash
# The direction of includes is enforced: what DESIGN allows builds, what it forbids does not.
set -u
source_dir=$1
binary_dir=$2
failed=0

# probe FOLDER HEADER: a source of FOLDER that includes HEADER; the compiler's words in $words
probe() {
	words=$(python3 "$source_dir/tests/build/probe.py" "$binary_dir" "$1" "#include \"$2\"" 2>&1)
}

while read -r folder header; do
	probe "$folder" "$header" && continue
	echo "$folder may include $header, but: $words"
	failed=1
done <<'END'
core core/err.h
rules core/err.h
mime core/stream.h
net core/config.h
store core/tenant.h
connector rules/policy.h
connector net/conn.h
connector store/store.h
portal store/store.h
cli store/store.h
cli connector/receive.h
END

while read -r folder header; do
	[ -e "$source_dir/$header" ] || { echo "$header is gone: choose another"; failed=1; continue; }
	if probe "$folder" "$header"; then
		echo "$folder must not be able to include $header"
		failed=1
	elif ! grep -q "$header: No such file\|'$header' file not found" <<<"$words"; then
		echo "$folder with $header fails for another reason: $words"
		failed=1
	fi
done <<'END'
core store/store.h
core net/conn.h
core rules/policy.h
rules mime/limits.h
rules store/store.h
rules net/conn.h
mime rules/policy.h
mime store/store.h
mime net/conn.h
net store/store.h
net mime/limits.h
net rules/policy.h
store net/conn.h
store mime/limits.h
store rules/policy.h
connector portal/portal.h
connector cli/cli.h
portal connector/receive.h
portal cli/cli.h
END
exit $failed

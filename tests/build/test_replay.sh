#!/bin/bash
# The driver that replays fuzz seeds fails when there is nothing to replay: an empty test proves nothing.
replay=$2/tests/replay_config
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0

# expect STATUS WORDS ARGUMENT...
expect() {
	local status=$1 words=$2 said
	shift 2
	said=$("$replay" "$@" 2>&1)
	if [ $? -ne "$status" ] || ! grep -q "$words" <<<"$said"; then
		echo "replay $*: not $status, \"$words\" but: $said"
		failed=1
	fi
}

mkdir "$dir/empty" "$dir/full"
printf 'aa@b' >"$dir/full/one"
printf '' >"$dir/full/nothing"
expect 1 '0 inputs'
expect 1 'no inputs' "$dir/empty"
expect 1 'No such file' "$dir/missing"
expect 1 'no inputs' "$dir/full" "$dir/empty"
expect 0 '2 inputs' "$dir/full"
expect 0 '3 inputs' "$dir/full" "$dir/full/one"
exit $failed

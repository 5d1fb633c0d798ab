#!/bin/bash
# What the documents name is there: targets of relative links, and files of the tree between backticks.
#
# usage: test_documents.sh SOURCE
set -euo pipefail
cd "$1"
bad=0
complain() { echo "$1"; bad=1; }

for document in *.md docs/*.md; do
	folder=$(dirname "$document")
	# [words](target): relative ones
	while read -r target; do
		[ -e "$folder/${target%%#*}" ] || complain "$document links to $target, which is not there"
	done < <(grep -oE '\]\([^)#][^)]*\)' "$document" | sed -E 's/^\]\((.*)\)$/\1/' | grep -vE '^[a-z]+:' || true)
	# shellcheck disable=SC2016 # backticks of Markdown
	# `folder/name.c`: from the top of the tree, or below tests/ (docs/threats.md says so)
	while read -r path; do
		[ -e "$path" ] || [ -e "tests/$path" ] || complain "$document names $path, which is not there"
	done < <(grep -oE '`(core|net|mime|store|rules|connector|portal|cli|tests|scripts|docs|cmake)/[A-Za-z0-9_./-]+\.[a-z]+`' \
		"$document" | tr -d "\`" | grep -v NAME | sort -u || true)
done
exit $bad

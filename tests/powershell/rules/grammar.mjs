// The grammar could read the file, and the file begins as every script does.

import { all, childOf, literal, named, walk } from '../syntax.mjs';

export default function grammar(program, { report }) {
	for (const file of program.files) {
		let first = true;
		walk(file.root, node => {
			if ((node.isError || node.isMissing) && first) {
				first = false; // what follows the first is mostly its consequence
				report(
					'syntax',
					node,
					node.isMissing
						? `${node.type} is missing`
						: `cannot be read: ${node.text.slice(0, 60).replace(/\s+/g, ' ')}`,
				);
			}
			return !node.isError;
		});
		for (const node of all(file.root, 'expandable_here_string_literal')) {
			report('syntax', node, "what is expanded in @\" \"@ is not read rightly here: '...' -f, or @' '@");
		}
		quotes(file, report);
		heading(file, report);
		continuations(file, report);
	}
}

function heading(file, report) {
	if (!/^\uFEFF?#Requires -Version 7\.4\r?$/im.test(file.text.split('\n', 5).join('\n'))) {
		report('requires', file.root, '"#Requires -Version 7.4" is missing in the first lines');
	}
	const strict = file.calls.find(call => call.name === 'Set-StrictMode' && !call.fn);
	if (!strict || !/^Set-StrictMode\s+-Version\s+(?:Latest|'Latest')$/.test(strict.node.text.trim())) {
		report('strict-mode', strict?.node ?? file.root, '"Set-StrictMode -Version Latest" is missing');
	}
	const stop = all(file.root, 'assignment_expression').find(node =>
		/^\$(?:script:)?ErrorActionPreference$/i.test(named(node)[0].text.trim()),
	);
	if (!stop || literal(named(stop)[2]).value !== 'Stop') {
		report('strict-mode', stop ?? file.root, '"$ErrorActionPreference = \'Stop\'" is missing');
	}
	const param = childOf(file.root, 'param_block');
	const list = childOf(file.root, 'statement_list');
	const begin = list && named(list).find(node => node.type !== 'empty_statement');
	if (strict && begin && strict.node.startIndex > begin.startIndex + begin.text.length && !param) {
		const before = named(list).filter(
			node => node.startIndex < strict.node.startIndex && node.type !== 'empty_statement',
		);
		if (before.some(node => !/ErrorActionPreference|StrictMode/i.test(node.text))) {
			report('strict-mode', strict.node, 'Set-StrictMode stands behind other statements');
		}
	}
}

// PowerShell takes typographic quotes and dashes for ' " and -, the grammar here does not.
function quotes(file, report) {
	const strings = all(file.root, 'verbatim_string_characters').concat(all(file.root, 'expandable_string_literal'));
	const texts = strings
		.concat(all(file.root, 'comment'))
		.concat(all(file.root, 'verbatim_here_string_characters'))
		.concat(all(file.root, 'expandable_here_string_literal'));
	for (const node of strings) {
		const single = node.type === 'verbatim_string_characters';
		const inside = node.text.slice(1, -1).replace(single ? /['\u2018-\u201B]{2}/g : /["\u201C-\u201E]{2}|`./g, '');
		if ((single ? /[\u2018-\u201B]/ : /[\u201C-\u201E]/).test(inside)) {
			report('syntax', node, 'a typographic quote ends the text for PowerShell: write it twice');
		}
	}
	for (const match of file.text.matchAll(/[\u2013-\u2015\u2018-\u201E]/g)) {
		if (!texts.some(node => match.index >= node.startIndex && match.index < node.endIndex)) {
			report('syntax', placeOf(file, match.index), `${match[0]} stands where code is`);
		}
	}
}

function placeOf(file, index) {
	const row = file.text.slice(0, index).split('\n').length - 1;
	return { startPosition: { row, column: index - file.text.lastIndexOf('\n', index - 1) - 1 }, file };
}

// A backtick before the end of a line, outside strings and comments.
function continuations(file, report) {
	const covered = [];
	walk(file.root, node => {
		if (node.type === 'comment' || node.type === 'string_literal') {
			covered.push([node.startIndex, node.endIndex]);
			return false;
		}
		return true;
	});
	for (const match of file.text.matchAll(/`[ \t]*\r?$/gm)) {
		if (!covered.some(([from, to]) => match.index >= from && match.index < to)) {
			const words = 'a backtick continues the line: use splatting, parentheses or a pipe at the end';
			report('backtick', placeOf(file, match.index), words);
		}
	}
}

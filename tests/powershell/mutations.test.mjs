// Small faults put into the real scripts, spread over all of them: each must be found. So the check is not blind to a
// part of a script, to a way of writing, or to a kind of name.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { check, say, treeScripts } from './check.mjs';
import { readFacts } from './facts.mjs';
import { assignCalls, readProgram } from './program.mjs';
import { all, bare, childOf, literal, named, prepare, variableOf } from './syntax.mjs';

const perKind = 5;

await prepare();
const facts = readFacts();
const sources = treeScripts().map(path => ({
	path: path.replace(/^.*\/(scripts\/)/, '$1'),
	text: readFileSync(path, 'utf8'),
}));

// kind -> [{ path, from, to, text }]
function mutations(program) {
	const kinds = {};
	const add = (kind, file, node, text) =>
		(kinds[kind] ??= []).push({ path: file.path, from: node.startIndex, to: node.endIndex, text });
	const families = new Map(Object.entries(facts.cmdlets).map(([name, fact]) => [name, fact.family]));
	for (const file of program.files) {
		for (const call of file.calls.filter(c => c.name)) {
			const family = families.get(call.name) ?? 'own';
			add(`command of ${family}`, file, call.nameNode, `${call.name}Qx`);
			call.words.forEach((word, i) => {
				if (word.type === 'parameter') {
					add(`parameter of ${family}`, file, word.node, `${word.node.text}Qx`);
				}
				const value = call.words[i + 1];
				if (
					word.type === 'parameter' &&
					value?.type === 'value' &&
					/^(?:ErrorAction|ConnectorType|ForegroundColor|CommandType)$/.test(word.name)
				) {
					add('enumerated value', file, value.node, "'Nothing'");
				}
			});
			if (family === 'exchange' && call.words.some(word => word.name === 'ErrorAction')) {
				const at = call.words.findIndex(word => word.name === 'ErrorAction');
				add(
					'no -ErrorAction',
					file,
					{ startIndex: call.words[at].node.startIndex, endIndex: call.words[at + 1].node.endIndex },
					'',
				);
			}
		}
		for (const node of all(file.root, 'variable')) {
			const { name, scope } = variableOf(node);
			if (
				/^(?:_|null|true|false|pscmdlet|psscriptroot|psitem|psversiontable|is\w+|\w+preference)$/.test(name) ||
				scope === 'env'
			) {
				continue;
			}
			add(
				scope === 'script' ? 'script variable' : 'variable',
				file,
				node,
				node.text.endsWith('}') ? node.text.replace(/\}$/, 'Qx}') : `${node.text}Qx`,
			);
		}
		for (const fn of file.functions) {
			add('name of a function', file, childOf(fn.node, 'function_name'), `${fn.name}Qx`);
		}
		for (const node of all(file.root, 'assignment_expression')) {
			if (bare(named(node)[0]).text === '$script:AllowedParameters') {
				for (const entry of literal(named(node)[2]).entries) {
					const items = literal(entry.value).items;
					add('allowed parameter', file, items[Math.floor(items.length / 2)].node, "'Nothing'");
				}
			}
		}
		for (const node of all(file.root, 'if_statement')) {
			const condition = node.childForFieldName('condition');
			const microsoft = file.calls.some(
				c => c.node.owner === node.owner && /exchange|graph/.test(families.get(c.name)),
			);
			if (microsoft && /^-not \$PSCmdlet\.ShouldProcess/.test(condition.text)) {
				add('nobody asked', file, condition, '$false');
			}
		}
	}
	return kinds;
}

const spread = list =>
	list.filter((_, i) => i % Math.max(1, Math.floor(list.length / perKind)) === 0).slice(0, perKind);

if (sources.length === 0) {
	test('scripts are there', () => assert.fail('there are no scripts'));
} else {
	const program = readProgram(sources);
	assignCalls(program);
	const kinds = mutations(program);
	const before = check(sources, facts).findings.length;
	for (const [kind, list] of Object.entries(kinds)) {
		test(`found in the scripts: ${kind}`, () => {
			for (const { path, from, to, text } of spread(list)) {
				const changed = sources.map(s =>
					s.path === path ? { path, text: s.text.slice(0, from) + text + s.text.slice(to) } : s,
				);
				const { findings } = check(changed, facts);
				const original = sources.find(s => s.path === path).text;
				const line = original.slice(0, from).split('\n').length;
				assert.ok(
					findings.length > before,
					`${path}:${line}: ${original.slice(from, to)} -> ${text}\n${findings.map(say).join('\n')}`,
				);
			}
		});
	}
	test('there were faults of each kind to try', () =>
		assert.ok(Object.keys(kinds).length >= 14, Object.keys(kinds).join(', ')));
}

// Checks the PowerShell scripts of the tree, or those named. README.md says what it proves and what it cannot.
//
//   node check.mjs [FILE.ps1...]       exit status 1 when something was found
//   node check.mjs --plan FILE.json... plans against the parameters of the cmdlets that get their objects
//   node check.mjs --repairs FILE.json... the commands that "secudoc rules verify --json" names

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { commandsOf, readFacts } from './facts.mjs';
import { checkPlan } from './plan.mjs';
import { assignCalls, readProgram } from './program.mjs';
import { prepare } from './syntax.mjs';
import allowed, { allowedTables } from './rules/allowed.mjs';
import commands from './rules/commands.mjs';
import expressions from './rules/expressions.mjs';
import functions from './rules/functions.mjs';
import grammar from './rules/grammar.mjs';
import hygiene from './rules/hygiene.mjs';
import traps from './rules/traps.mjs';
import types from './rules/types.mjs';
import variables from './rules/variables.mjs';

const top = fileURLToPath(new URL('../..', import.meta.url));

/*
 * check(sources, facts) - sources: [{ path, text }], path as from the top of the tree.
 *
 * Gives { findings: [{ path, line, column, rule, words }], stats: { scripts, calls, parameters, exchange, graph, ... } }.
 */
export function check(sources, facts) {
	const program = readProgram(sources);
	assignCalls(program);
	const findings = [];
	const stats = { scripts: sources.length, calls: 0, parameters: 0, exchange: 0, graph: 0, powershell: 0, own: 0 };
	const report = (rule, node, words) => {
		const file = node.file ?? program.files.find(f => f.root.source === node.source);
		findings.push({
			path: file.path,
			line: node.startPosition.row + 1,
			column: node.startPosition.column + 1,
			rule,
			words,
		});
	};
	const context = { program, facts, stats, report, commands: commandsOf(facts, program.functions) };
	context.allowed = allowedTables(program, report);
	for (const rule of [grammar, commands, allowed, functions, variables, hygiene, expressions, traps, types]) {
		rule(program, context);
	}
	const unread = new Set(findings.filter(f => f.rule === 'syntax').map(f => f.path));
	const kept = findings.filter(f => f.rule === 'syntax' || !unread.has(f.path)); // the rest would be guesses
	kept.sort(
		(a, b) =>
			a.path.localeCompare(b.path) || a.line - b.line || a.column - b.column || a.rule.localeCompare(b.rule),
	);
	return { findings: kept, stats };
}

export const say = f => `${f.path}:${f.line}:${f.column}: ${f.rule}: ${f.words}`;

const scriptsOf = folder =>
	existsSync(folder)
		? readdirSync(folder)
				.filter(name => name.endsWith('.ps1'))
				.map(name => join(folder, name))
		: [];

export function treeScripts() {
	return [...scriptsOf(join(top, 'scripts')), ...scriptsOf(join(top, 'scripts/SecuDoc365'))];
}

const load = path => ({ path: relative(top, resolve(path)), text: readFileSync(path, 'utf8') });

function checkScripts(paths, whole) {
	const { findings, stats } = check(paths.map(load), readFacts());
	findings.forEach(f => console.log(say(f)));
	console.log(
		`${stats.scripts} scripts, ${stats.calls} cmdlet calls (${stats.exchange} of Exchange, ${stats.graph} of Graph), ` +
			`${stats.own} calls of our functions, ` +
			`${stats.parameters} parameters checked, ${findings.length} findings`,
	);
	if (whole && (stats.exchange === 0 || stats.graph === 0)) {
		console.log('no call of Exchange or none of Graph was found: the check has gone quiet');
		return 1;
	}
	return findings.length > 0 ? 1 : 0;
}

function checkPlans(paths) {
	const scripts = treeScripts().map(load);
	const allowed = scripts.length > 0 ? allowedTables(readProgram(scripts), () => {}) : undefined;
	let bad = 0;
	for (const path of paths) {
		const { findings, checked } = checkPlan(JSON.parse(readFileSync(path, 'utf8')), readFacts(), allowed);
		findings.forEach(words => console.log(`${relative(top, resolve(path))}: ${words}`));
		bad += findings.length + (checked === 0 ? 1 : 0);
		console.log(`${relative(top, resolve(path))}: ${checked} parameters checked, ${findings.length} findings`);
	}
	return bad > 0 ? 1 : 0;
}

// What holds for a command that somebody types, too.
const typed = new Set([
	'syntax',
	'unknown-command',
	'unknown-parameter',
	'parameter-twice',
	'switch-value',
	'missing-value',
	'positional',
	'missing-parameter',
	'parameter-set',
	'wrong-value',
	'string-variable',
	'alias',
]);

function checkRepairs(paths) {
	const facts = readFacts();
	const differences = paths.flatMap(path => JSON.parse(readFileSync(path, 'utf8')).differences);
	const lines = differences
		.flatMap(difference => (difference.repair ?? '').split('\n'))
		.filter(line => /^[A-Z][a-z]+-/.test(line));
	let bad = 0;
	for (const line of lines) {
		const findings = check([{ path: 'repair', text: `${line}\n` }], facts).findings.filter(f => typed.has(f.rule));
		bad += findings.length;
		findings.forEach(f => console.log(`${f.rule}: ${f.words}\n    ${line}`));
	}
	console.log(`${lines.length} commands of ${differences.length} repairs, ${bad} findings`);
	return bad > 0 || lines.length === 0 ? 1 : 0;
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
	const [first, ...rest] = process.argv.slice(2);
	await prepare();
	if (first === '--plan') {
		process.exitCode = checkPlans(rest);
	} else if (first === '--repairs') {
		process.exitCode = checkRepairs(rest);
	} else {
		const paths = first ? [first, ...rest] : treeScripts();
		process.exitCode = checkScripts(paths, first === undefined);
	}
}

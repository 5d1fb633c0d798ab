// The tables of what may be taken from a plan: every name in them is a parameter of the command.

import { all, bare, childOf, keyText, literal, named, variableOf } from '../syntax.mjs';

/*
 * allowedTables(program) - all tables $script:AllowedParameters, as Map command -> { keys: Map lower name -> node, node }.
 * What is not literal in them is reported.
 */
export function allowedTables(program, report) {
	const tables = new Map();
	for (const file of program.files) {
		for (const node of all(file.root, 'assignment_expression')) {
			const left = bare(named(node)[0]);
			if (left.type !== 'variable' || variableOf(left).name !== 'allowedparameters') {
				continue;
			}
			const value = literal(named(node)[2]);
			if (value.kind !== 'table' || childOf(node, 'assignement_operator').text !== '=') {
				report('allowed-parameters', node, '$script:AllowedParameters is a literal table');
				continue;
			}
			if (variableOf(left).scope !== 'script') {
				report('allowed-parameters', left, 'the table is $script:AllowedParameters');
			}
			value.entries.forEach(entry => readEntry(tables, entry, report));
		}
	}
	return tables;
}

function readEntry(tables, entry, report) {
	const list = literal(entry.value);
	const items = list.kind === 'array' ? list.items : list.kind === 'string' ? [list] : undefined;
	if (entry.key === undefined || !items || items.some(item => item.kind !== 'string')) {
		report('allowed-parameters', entry.keyNode, 'a command and literal names of its parameters');
		return;
	}
	if (tables.has(entry.key)) {
		report('allowed-parameters', entry.keyNode, `${entry.key} has two lists`);
	}
	tables.set(entry.key, {
		node: entry.keyNode,
		items,
		keys: new Map(items.map(item => [item.value.toLowerCase(), item.node])),
	});
}

export default function allowed(program, context) {
	const { report, stats } = context;
	const used = selectedCommands(program);
	for (const [command, table] of context.allowed) {
		const spec = context.commands.find(command);
		if (!spec || spec.family === 'own') {
			report('allowed-parameters', table.node, `${command} is no cmdlet of tests/data/cmdlets.json`);
			continue;
		}
		const seen = new Set();
		for (const item of table.items) {
			stats.parameters++;
			const parameter = spec.parameters.get(item.value.toLowerCase());
			if (!parameter || parameter.name !== item.value) {
				report(
					'allowed-parameters',
					item.node,
					`${command} has no parameter ${item.value}${parameter ? ` (${parameter.name})` : ''}`,
				);
			}
			if (seen.has(item.value.toLowerCase())) {
				report('allowed-parameters', item.node, `${item.value} stands twice`);
			}
			seen.add(item.value.toLowerCase());
		}
		if (!used.has(command)) {
			report('allowed-parameters', table.node, `nothing is selected for ${command}`);
		}
	}
}

function selectedCommands(program) {
	const used = new Set();
	for (const call of program.calls.filter(c => c.name === 'Select-SecuDocParameter')) {
		for (const word of call.words) {
			const value = word.type === 'value' && keyText(bare(word.node));
			if (value) {
				used.add(value);
			}
		}
	}
	return used;
}

// What PowerShell reads otherwise than one thinks.

import { all, ancestor, bare, childOf, literal, named, variableOf } from '../syntax.mjs';
import { scopeNodes } from '../program.mjs';

const loops = new Set(['foreach_statement', 'for_statement', 'while_statement', 'do_statement']);

export default function traps(program, { report, commands }) {
	for (const file of program.files) {
		for (const node of all(file.root, 'flow_control_statement')) {
			outsideOfLoop(node, report);
		}
		for (const node of all(file.root, 'member_access')) {
			count(file, node, report);
		}
		for (const node of all(file.root, 'invokation_expression')) {
			asks(node, file, report);
		}
	}
	const outputs = outputsOf(program, commands);
	for (const fn of program.functions) {
		leaks(fn, outputs, report);
	}
}

// In a block that a cmdlet runs, break and continue end more than the block: the loop around it, or the script.
function outsideOfLoop(node, report) {
	const word = node.children[0].text.toLowerCase();
	if (word !== 'break' && word !== 'continue') {
		return;
	}
	for (let n = node.parent; n; n = n.parent) {
		if (loops.has(n.type) || (word === 'break' && n.type === 'switch_statement')) {
			return;
		}
		if (n.type === 'script_block_expression' || n.type === 'function_statement') {
			break;
		}
	}
	report('outside-of-loop', node, `${word} stands in no loop of its own: it ends what calls it`);
}

// A command gives nothing, one thing or a list; only a list has .Count in strict mode.
function count(file, node, report) {
	if (!/^Count$/i.test(childOf(node, 'member_name')?.text ?? '')) {
		return;
	}
	const object = bare(node.children[0]);
	if (isOutput(object)) {
		report('strict-count', node, 'nothing and a single thing have no .Count in strict mode: @(...).Count');
		return;
	}
	if (object.type !== 'variable' || variableOf(object).scope !== '') {
		return;
	}
	const { name, written } = variableOf(object);
	for (const assignment of scopeNodes({ node, file }, ['assignment_expression'])) {
		const left = bare(named(assignment)[0]);
		if (
			left.type === 'variable' &&
			variableOf(left).name === name &&
			variableOf(left).scope === '' &&
			isOutput(bare(named(assignment)[2]))
		) {
			report(
				'strict-count',
				node,
				`$${written} is what a command gives; in strict mode only a list has .Count: $${written} = @(...)`,
			);
			return;
		}
	}
}

const isOutput = node =>
	node.type === 'pipeline_chain' ||
	(node.type === 'command' && !/^ConvertFrom-Json$/.test(childOf(node, 'command_name')?.text ?? ''));

function asks(node, file, report) {
	if (!/^\$PSCmdlet\.Should(?:Process|Continue)\s*\(/i.test(node.text) || ancestor(node, 'member_access')) {
		return;
	}
	const fn = file.functions.find(f => f.node === node.owner);
	const binding = fn ? fn.binding : file.binding;
	if (!binding?.supportsShouldProcess) {
		report('should-process', node, '$PSCmdlet.ShouldProcess() without [CmdletBinding(SupportsShouldProcess)]');
	}
}

// ---- what a function gives besides what it returns

const silent = new Set(
	(
		'Write-Host Write-Warning Write-Verbose Write-Debug Write-Information Write-Progress Write-Error Out-Null Out-Host ' +
		'Set-StrictMode Start-Sleep Set-Content Add-Content Clear-Content Out-File Remove-Item Import-Module Remove-Module'
	).split(' '),
);
const silentVerbs = {
	exchange: /^(?:Set|Remove|Disable|Enable|Connect|Disconnect|Add|Update)-/,
	graph: /^$/,
	powershell: /^$/,
};
const methods =
	/^(?:TryAdd|TryRemove|TryGetValue|Append|AppendLine|AppendFormat|Pop|Dequeue|Replace|Trim|ToString)$/i;
// Of these it depends on what they are called on.
const typed = { add: /\b(?:HashSet|SortedSet|ArrayList)\b/i, remove: /\bGeneric\./i };

/*
 * Does a call of a command put something out that nobody takes? For our functions: they return a value, or one of their
 * statements puts something out.
 */
function outputsOf(program, commands) {
	const byName = new Map(program.functions.map(fn => [fn.name, fn]));
	const known = new Map();
	const outputs = name => {
		const fn = byName.get(name);
		if (!fn) {
			const spec = commands.find(name);
			return spec ? !silent.has(name) && !silentVerbs[spec.family]?.test(name) : false;
		}
		if (!known.has(fn)) {
			known.set(fn, false); // a circle puts out what the others do
			known.set(fn, returnsOf(fn).length > 0 || statementsOf(fn).some(statement => putsOut(statement, outputs)));
		}
		return known.get(fn);
	};
	return outputs;
}

const returnsOf = fn =>
	all(fn.node, 'flow_control_statement').filter(
		node =>
			/^return\b/i.test(node.text) &&
			named(node).length > 0 &&
			!ancestorWithin(node, 'script_block_expression', fn.node),
	);

function ancestorWithin(node, type, outer) {
	const found = ancestor(node, type);
	return found && found.startIndex > outer.startIndex ? found : null;
}

// Pipelines that stand for themselves in a function: statements, not values.
const statementsOf = fn =>
	all(fn.node, 'pipeline').filter(
		node =>
			node.owner === fn.node &&
			node.parent.type === 'statement_list' &&
			!ancestorWithin(node, 'script_block_expression', fn.node) &&
			!isValue(node, fn.node),
	);

// Inside $( ), @( ), or a statement whose output is assigned or returned.
function isValue(node, outer) {
	for (let n = node.parent; n && n !== outer; n = n.parent) {
		if (
			[
				'sub_expression',
				'array_expression',
				'assignment_expression',
				'parenthesized_expression',
				'hash_entry',
			].includes(n.type)
		) {
			return true;
		}
	}
	return false;
}

function putsOut(pipeline, outputs) {
	const node = bare(pipeline);
	if (node.type === 'command') {
		return outputs(childOf(node, 'command_name')?.text);
	}
	if (node.type === 'pipeline_chain') {
		const last = named(node).at(-1);
		const command = last.type === 'command' ? childOf(last, 'command_name')?.text : undefined;
		return command === 'ForEach-Object' ? false : command !== undefined && outputs(command);
	}
	if (node.type === 'assignment_expression' || /^(?:pre|post)_(?:in|de)crement/.test(node.type)) {
		return false;
	}
	if (node.type === 'expression_with_unary_operator' || node.type === 'cast_expression') {
		return !/^\[void\]/i.test(node.text) && !/^(?:\+\+|--)/.test(node.text);
	}
	if (node.type === 'invokation_expression') {
		const member = childOf(node, 'member_name')?.text ?? '';
		return methods.test(member) || (typed[member.toLowerCase()]?.test(madeOf(node)) ?? false);
	}
	return literal(node).kind !== 'block' || node.type === 'script_block_expression';
}

// The text of what the variable is set to on which a method is called.
function madeOf(node) {
	const object = bare(node.children[0]);
	if (object.type !== 'variable') {
		return '';
	}
	const { name, scope } = variableOf(object);
	const root = rootOf(node);
	return all(root, 'assignment_expression')
		.filter(n => n.owner === node.owner && bare(named(n)[0]).type === 'variable')
		.filter(n => variableOf(bare(named(n)[0])).name === name && variableOf(bare(named(n)[0])).scope === scope)
		.map(n => named(n)[2].text)
		.join(' ');
}

function rootOf(node) {
	while (node.parent) {
		node = node.parent;
	}
	return node;
}

function leaks(fn, outputs, report) {
	if (returnsOf(fn).length === 0) {
		return;
	}
	for (const statement of statementsOf(fn)) {
		if (putsOut(statement, outputs)) {
			report(
				'leaked-output',
				statement,
				`${fn.name} returns a value, and this is put out too: $null = ..., or | Out-Null`,
			);
		}
	}
}

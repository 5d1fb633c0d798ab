// Traps of the language, and text of a tenant that must not become code (names with quotes, $() and wildcards).

import { all, ancestor, bare, childOf, children, keyText, literal, named, variableOf } from '../syntax.mjs';
import { scopeNodes } from '../program.mjs';

export default function hygiene(program, context) {
	for (const file of program.files) {
		for (const table of all(file.root, 'hash_literal_expression')) {
			duplicateKeys(table, context.report);
		}
		for (const comparison of [
			...all(file.root, 'comparison_expression'),
			...all(file.root, 'comparison_argument_expression'),
		]) {
			nullRight(comparison, context.report);
		}
		for (const assignment of all(file.root, 'assignment_expression')) {
			inCondition(assignment, context.report);
		}
		for (const call of all(file.root, 'invokation_expression')) {
			madeCode(call, context.report);
		}
	}
	for (const call of program.calls.filter(c => c.spec)) {
		strings(call, context);
		files(call, context);
		json(call, context);
		secrets(call, context);
	}
}

function duplicateKeys(table, report) {
	const seen = new Set();
	for (const entry of literal(table).entries) {
		const key = entry.key?.toLowerCase();
		if (key !== undefined && seen.has(key)) {
			report('duplicate-key', entry.keyNode, `the key ${entry.key} stands twice`);
		}
		seen.add(key);
	}
}

const isNull = node => bare(node).type === 'variable' && /^\$null$/i.test(bare(node).text);

function nullRight(node, report) {
	const operator = childOf(node, 'comparison_operator')?.text.toLowerCase();
	if (/^-[ci]?(?:eq|ne)$/.test(operator ?? '') && isNull(node.children.at(-1))) {
		report('null-right', node, '$null stands left: on the right it filters a list');
	}
}

function inCondition(node, report) {
	const block = ancestor(node, 'script_block_expression');
	const filters = block && ancestor(block, 'command');
	if (
		filters &&
		childOf(filters, 'command_name')?.text === 'Where-Object' &&
		ancestor(node, 'statement_block') === ancestor(block, 'statement_block') &&
		childOf(node, 'assignement_operator').text === '=' &&
		all(block, 'assignment_expression').length === 1 &&
		all(block, 'pipeline').length <= 2
	) {
		report('assignment-in-condition', node, '= sets, -eq compares');
		return;
	}
	const condition = ancestor(node, ['if_statement', 'elseif_clause', 'while_statement', 'do_statement']);
	const field = condition?.childForFieldName('condition');
	if (field && node.startIndex >= field.startIndex && node.endIndex <= field.endIndex) {
		report('assignment-in-condition', node, '= sets, -eq compares');
	}
}

// [scriptblock]::Create(), .InvokeScript(), ExpandString(): text becomes code.
function madeCode(node, report) {
	const member = childOf(node, 'member_name')?.text.toLowerCase();
	const target = node.children[0].text.toLowerCase();
	if (
		(member === 'create' && /scriptblock\]$/.test(target)) ||
		member === 'invokescript' ||
		member === 'expandstring' ||
		member === 'newscriptblock'
	) {
		report('dynamic-command', node, 'text does not become code');
	}
}

// The node of a parameter's value, or what the variable is set to in the same function.
function sources(call, valueNode) {
	const node = bare(valueNode);
	if (node.type !== 'variable' || variableOf(node).scope !== '') {
		return [node];
	}
	const { name } = variableOf(node);
	const found = [];
	for (const n of scopeNodes(call, ['assignment_expression'])) {
		const left = bare(named(n)[0]);
		if (left.type === 'variable' && variableOf(left).name === name && variableOf(left).scope === '') {
			found.push(bare(named(n)[2]));
		}
	}
	return found.length > 0 ? found : [node];
}

const expansions = node =>
	all(node, 'expandable_string_literal')
		.concat(all(node, 'expandable_here_string_literal'))
		.flatMap(string => named(string).filter(n => n.type === 'variable' || n.type === 'sub_expression'));

function strings(call, context) {
	const value = name => call.given.get(name)?.value;
	if (call.spec.family !== 'exchange' && call.spec.family !== 'graph') {
		return;
	}
	for (const name of ['filter', 'search']) {
		if (value(name)) {
			sources(call, value(name)).forEach(node => filterString(call, name, node, context));
		}
	}
	if (value('identity')) {
		for (const node of sources(call, value('identity'))) {
			if (expansions(node).length > 0) {
				context.report('unsafe-string', node, '-Identity takes the name as it is, not put into a string');
			}
		}
	}
	if (value('uri')) {
		sources(call, value('uri')).forEach(node => uriString(call, node, context));
	}
}

const quotes = node =>
	node.type === 'command' && /^ConvertTo-SecuDoc\w*Literal$/.test(childOf(node, 'command_name')?.text ?? '');

// 'text {0}' -f (ConvertTo-SecuDocODataLiteral $x), 'text ' + (ConvertTo-...), or a literal
function filterString(call, name, node, { report }) {
	if (expansions(node).length > 0) {
		report(
			'unsafe-string',
			node,
			`-${name} is made with -f and ConvertTo-SecuDoc…Literal, nothing is expanded in it`,
		);
		return;
	}
	if (
		node.type === 'format_expression' ||
		node.type === 'format_argument_expression' ||
		node.type === 'additive_expression'
	) {
		const operands = named(node)
			.filter(n => n.type !== 'format_operator')
			.flatMap(operand => {
				const inner = bare(operand);
				return inner.type === 'array_literal_expression' ? named(inner).map(bare) : [inner];
			});
		for (const operand of operands) {
			const safe =
				literal(operand).kind === 'string' ||
				literal(operand).kind === 'number' ||
				quotes(operand) ||
				(operand.type === 'variable' &&
					sources(call, operand).every(source => quotes(source) || literal(source).kind === 'string')) ||
				operand.type === 'format_expression' ||
				operand.type === 'additive_expression';
			if (!safe) {
				report('unsafe-string', operand, `-${name}: what is put in comes from ConvertTo-SecuDoc…Literal`);
			} else if (operand.type === 'format_expression' || operand.type === 'additive_expression') {
				filterString(call, name, operand, { report });
			}
		}
	}
}

const escaped = node =>
	/^\[(?:System\.)?uri\]::EscapeDataString\(/i.test(node.text.trim()) ||
	/^\[guid\]/i.test(node.text.trim()) ||
	quotes(node);

function uriString(call, node, { report }) {
	const parts = [...expansions(node)];
	if (node.type === 'format_expression' || node.type === 'additive_expression') {
		parts.push(
			...named(node)
				.filter(n => n.type !== 'format_operator')
				.flatMap(operand => {
					const inner = bare(operand);
					return inner.type === 'array_literal_expression' ? named(inner).map(bare) : [inner];
				})
				.filter(operand => literal(operand).kind === 'unknown'),
		);
	}
	for (const part of parts) {
		const inner = part.type === 'sub_expression' ? bare(childOf(part, 'statement_list') ?? part) : part;
		const guid =
			inner.type === 'variable' &&
			/^(?:System\.)?guid$/i.test(call.fn?.parameters.get(variableOf(inner).name)?.type ?? '');
		const made = inner.type === 'variable' && !guid ? sources(call, inner) : [inner];
		if (!guid && !made.every(escaped)) {
			report('unsafe-string', part, '-Uri: what is put in was made by [uri]::EscapeDataString() or is a [guid]');
		}
	}
}

// -Path reads wildcards in a name; [ and ] are legal in names of files.
const globbing = new Set([
	'Get-Content',
	'Set-Content',
	'Add-Content',
	'Clear-Content',
	'Test-Path',
	'Remove-Item',
	'Copy-Item',
	'Move-Item',
	'Rename-Item',
	'Get-Item',
	'Get-ChildItem',
	'Set-Item',
	'Get-FileHash',
	'Resolve-Path',
	'Out-File',
	'Start-Transcript',
	'Import-Csv',
	'Export-Csv',
	'Split-Path',
	'Convert-Path',
	'Get-Acl',
	'Set-Acl',
]);

function files(call, { report }) {
	if (!globbing.has(call.spec.name) || !call.spec.parameters.has('literalpath')) {
		return;
	}
	for (const name of ['path', 'filepath']) {
		const entry = call.given.get(name);
		if (entry && call.spec.name !== 'Split-Path') {
			report(
				'literal-path',
				entry.node,
				`${call.spec.name}: -LiteralPath, -${entry.parameter.name} takes [ and ] for wildcards`,
			);
		}
	}
}

function json(call, { report }) {
	if (call.spec.name === 'ConvertTo-Json' && !call.given.has('depth')) {
		report('json-depth', call.nameNode, 'ConvertTo-Json cuts off below level 2: -Depth');
	}
}

const outputs =
	/^(?:Write-(?:Host|Output|Verbose|Debug|Information|Warning|Error|Progress)|Out-(?:File|Host|String)|Set-Content|Add-Content|Set-Clipboard)$/;
const secret = /secret|password|token|privatekey|apikey/i;

/*
 * Nothing whose name says that it is secret is written out. Names of files, of parameters and thumbprints are not;
 * neither is what a function named …Hash… or Hide… gives.
 */
function secrets(call, { report }) {
	if (!outputs.test(call.spec.name)) {
		return;
	}
	for (const word of call.words.filter(w => w.type === 'value')) {
		for (const variable of all(word.node, 'variable').concat(word.node.type === 'variable' ? [word.node] : [])) {
			const written = [variableOf(variable).written];
			for (let n = variable.parent; n?.type === 'member_access' || n?.type === 'element_access'; n = n.parent) {
				const key = n.type === 'member_access' ? childOf(n, 'member_name').text : keyText(bare(named(n)[1]));
				written.push(key ?? '');
			}
			if (/^(?:Length|Count)$/i.test(written.at(-1))) {
				continue;
			}
			const hint = written.find(
				name => secret.test(name) && !/path|file|name|count|thumbprint|hash|length/i.test(name),
			);
			if (hint && !hidden(variable, word.node)) {
				report('secret-output', variable, `${hint} is written out by ${call.spec.name}`);
				return;
			}
		}
	}
}

function hidden(variable, outer) {
	for (
		let n = variable.parent;
		n && n.startIndex >= outer.startIndex && n.endIndex <= outer.endIndex;
		n = n.parent
	) {
		if (n.type === 'command' && /Hash|Hide|Protect/.test(childOf(n, 'command_name')?.text ?? '')) {
			return true;
		}
		if (n.type === 'invokation_expression' && /HashData|\.Length|Count/i.test(n.text.slice(0, 80))) {
			return true;
		}
	}
	return false;
}

// Commands exist, are written in full, get parameters that they have, and stand where they may.

import { bind } from '../bind.mjs';
import { nearest } from '../facts.mjs';
import { ancestor, bare, childOf, literal, named, variableOf } from '../syntax.mjs';

const places = { exchange: 'Exchange.ps1', graph: 'Graph.ps1' };
// Besides what offers -WhatIf itself.
const changing = /^(?:New|Set|Remove|Enable|Disable|Add|Update|Confirm|Invoke|Send)-/;

// Aliases that PowerShell brings along; others are unknown commands anyway.
const aliases = new Set(
	(
		'? % foreach where select sort group measure compare tee diff cat cd chdir clear cls copy cp curl del dir echo erase ' +
		'fc fl ft fw gal gc gci gcm gi gl gm gp gv h history iex ihy ii irm iwr kill ls md mi move mv ni ni nv ogv popd ps pushd pwd r rd rm ' +
		'rmdir rni rv sajb sal saps sl sleep sls sort spps start sv type wget write man mount ren set'
	).split(' '),
);

export default function commands(program, context) {
	for (const call of program.calls) {
		checkCall(call, context);
	}
}

function checkCall(call, context) {
	const { report, commands: known, stats } = context;
	if (call.operator === '.') {
		return; // rules/functions.mjs
	}
	if (call.name === undefined || call.operator === '&') {
		dynamic(call, context);
		return;
	}
	const spec = known.find(call.name);
	if (!spec) {
		unknown(call, context);
		return;
	}
	call.given = undefined;
	stats.calls += spec.family === 'own' ? 0 : 1;
	stats[spec.family]++;
	call.spec = spec;
	call.given = bind(call, spec, context);
	if (spec.windows && !guardedByWindows(call.node)) {
		report('windows-only', call.nameNode, `${spec.name} exists on Windows only: inside if ($IsWindows) { }`);
	}
	if (places[spec.family]) {
		microsoft(call, spec, context);
	}
}

function unknown(call, { report, commands: known, facts, program }) {
	const lower = call.name.toLowerCase();
	if (aliases.has(lower)) {
		report('alias', call.nameNode, `${call.name} is an alias: write the cmdlet's name`);
		return;
	}
	const refused = facts.refused?.[call.name];
	if (refused) {
		report('unknown-command', call.nameNode, `${call.name}: ${refused}`);
		return;
	}
	const near =
		known.near(call.name) ??
		nearest(call.name, [...Object.keys(facts.cmdlets), ...program.functions.map(fn => fn.name)]);
	report(
		'unknown-command',
		call.nameNode,
		`${call.name} is no cmdlet of tests/data/cmdlets.json and no function of ours` + (near ? ` (${near}?)` : ''),
	);
}

// & $block, where the block is a parameter of type [scriptblock], is the only call of what is not named.
function dynamic(call, { report }) {
	const target = call.nameNode && bare(named(call.nameNode)[0] ?? call.nameNode);
	const variable =
		target?.type === 'variable'
			? target
			: target?.type === 'path_command_name' && named(target).length === 1 && named(target)[0].type === 'variable'
				? named(target)[0]
				: undefined;
	if (call.operator === '&' && variable) {
		const { scope, name } = variableOf(variable);
		const parameter = scope === '' && call.fn?.parameters.get(name);
		if (parameter && /^(?:System\.Management\.Automation\.)?scriptblock$/i.test(parameter.type)) {
			return;
		}
	}
	report('dynamic-command', call.node, 'a command is called by its name, not by a value');
}

function guardedByWindows(node) {
	for (let n = ancestor(node, 'if_statement'); n; n = ancestor(n, 'if_statement')) {
		const condition = n.childForFieldName('condition');
		const block = childOf(n, 'statement_block');
		if (
			/^\$IsWindows\b(?!.*-or)/i.test(condition.text.trim()) &&
			node.startIndex > block.startIndex &&
			node.endIndex < block.endIndex
		) {
			return true;
		}
	}
	return false;
}

function microsoft(call, spec, context) {
	const { report } = context;
	const file = call.file.path.split('/').at(-1);
	if (file !== places[spec.family]) {
		report('place', call.nameNode, `${spec.name} is called in scripts/SecuDoc365/${places[spec.family]} only`);
	}
	if (spec.family === 'exchange' && call.given.complete && !call.given.has('erroraction')) {
		report(
			'error-action',
			call.nameNode,
			`${spec.name}: say -ErrorAction, the preference does not reach functions of a module`,
		);
	}
	paging(call, spec, report);
	if (changes(call, spec)) {
		if (!call.fn?.binding?.supportsShouldProcess) {
			report(
				'should-process',
				call.nameNode,
				`${spec.name} changes the tenant: [CmdletBinding(SupportsShouldProcess)] is missing`,
			);
		} else if (!asked(call)) {
			report('should-process', call.nameNode, `${spec.name} changes the tenant without $PSCmdlet.ShouldProcess()`);
		}
		const confirm = call.given.get('confirm');
		if (
			spec.family === 'exchange' &&
			spec.shouldProcess &&
			/^(?:Remove|Disable)-/.test(spec.name) &&
			!(confirm?.value && literal(confirm.value).value === false)
		) {
			report('confirm', call.nameNode, `${spec.name} asks by itself: -Confirm:$false, the question was asked`);
		}
	}
}

function changes(call, spec) {
	if (spec.name === 'Invoke-MgGraphRequest') {
		const method = call.given.get('method');
		return !(method?.value && literal(method.value).value === 'GET');
	}
	return changing.test(spec.name) || (spec.shouldProcess && !spec.name.startsWith('Disconnect-'));
}

function paging(call, spec, report) {
	if (!/^Get-/.test(spec.name) || !call.given.complete) {
		return;
	}
	const given = name => call.given.has(name);
	if (
		spec.family === 'exchange' &&
		spec.parameters.has('resultsize') &&
		!given('resultsize') &&
		!given('identity')
	) {
		report('paging', call.nameNode, `${spec.name} gives a first page only: -ResultSize`);
	}
	if (spec.family === 'graph' && spec.parameters.has('all') && !given('all') && !given('top')) {
		const list = spec.sets.find(set => set.has.has('all'));
		if (list && [...call.given.keys()].every(name => !spec.restricted.has(name) || list.has.has(name))) {
			report('paging', call.nameNode, `${spec.name} gives a first page only: -All or -Top`);
		}
	}
}

const asks = node => /\$PSCmdlet\.ShouldProcess\s*\(/i.test(node.text);
const negated = node => /^(?:-not|!)\s*\(?\s*\$PSCmdlet\.ShouldProcess\s*\(/i.test(node.text.trim());

// Inside if (ShouldProcess) { }, or behind if (-not ShouldProcess) { return }.
function asked(call) {
	for (let n = call.node; n && n.type !== 'function_statement'; n = n.parent) {
		const up = n.parent;
		if (up?.type === 'if_statement' && n.type === 'statement_block') {
			const condition = up.childForFieldName('condition');
			if (
				asks(condition) &&
				!negated(condition) &&
				!/\s-or\s/i.test(condition.text) &&
				childOf(up, 'statement_block') === n
			) {
				return true;
			}
		}
		if (up?.type === 'statement_list') {
			const before = named(up).filter(
				sibling => sibling.endIndex <= n.startIndex && sibling.type === 'if_statement',
			);
			if (before.some(leavesUnlessAsked)) {
				return true;
			}
		}
	}
	return false;
}

function leavesUnlessAsked(node) {
	const condition = node.childForFieldName('condition');
	const list = childOf(childOf(node, 'statement_block'), 'statement_list');
	const last =
		list &&
		named(list)
			.filter(n => n.type !== 'empty_statement')
			.at(-1);
	return (
		negated(condition) &&
		!/\s-and\s/i.test(condition.text) &&
		last?.type === 'flow_control_statement' &&
		/^(?:return|throw|continue|break|exit)\b/i.test(last.text)
	);
}

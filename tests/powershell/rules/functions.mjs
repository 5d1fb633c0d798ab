// Our functions: their names, that they are used, and that every file finds what it calls.

import { all, ancestor, bare, childOf, literal, named, variableOf } from '../syntax.mjs';
import { complaint } from '../values.mjs';

// Get-Verb, PowerShell 7.4
const verbs = new Set(
	(
		'Add Clear Close Copy Enter Exit Find Format Get Hide Join Lock Move New Open Optimize Pop Push Redo Remove Rename ' +
		'Reset Resize Search Select Set Show Skip Split Step Switch Undo Unlock Watch Backup Checkpoint Compare Compress Convert ' +
		'ConvertFrom ConvertTo Dismount Edit Expand Export Group Import Initialize Limit Merge Mount Out Publish Restore Save Sync ' +
		'Unpublish Update Approve Assert Build Complete Confirm Deny Deploy Disable Enable Install Invoke Register Request Restart Resume ' +
		'Start Stop Submit Suspend Uninstall Unregister Wait Debug Measure Ping Repair Resolve Test Trace Connect Disconnect Read Receive ' +
		'Send Write Block Grant Protect Revoke Unblock Unprotect Use'
	).split(' '),
);

export default function functions(program, context) {
	const { report } = context;
	for (const fn of program.functions) {
		shape(fn, report);
	}
	for (const scope of [...program.functions, ...program.files]) {
		ownValues(scope, report);
	}
	duplicates(program, report);
	context.programs = programsOf(program, context);
	reachable(program, context);
}

function shape(fn, report) {
	const match = /^([A-Z][A-Za-z]*)-(SecuDoc[A-Z0-9][A-Za-z0-9]*)$/.exec(fn.name);
	if (!match) {
		report('function-name', fn.node, `${fn.name} is not called Verb-SecuDocNoun`);
	} else if (!verbs.has(match[1])) {
		report('function-name', fn.node, `${match[1]} is no approved verb`);
	}
	if (!fn.binding) {
		report('cmdletbinding', fn.node, `${fn.name} has no [CmdletBinding()] and param()`);
	}
	if (fn.nested) {
		report('function-name', fn.node, `${fn.name} stands inside another function`);
	}
	for (const parameter of fn.parameters.values()) {
		if (parameter.mandatory && parameter.initial) {
			report(
				'cmdletbinding',
				parameter.node,
				`-${parameter.name} is mandatory and has a default that never counts`,
			);
		}
	}
}

// A parameter keeps its type, and what ValidateSet says holds for what it is set to later too.
function ownValues(scope, report) {
	for (const parameter of scope.parameters.values()) {
		const initial = parameter.initial && named(parameter.initial)[0];
		const words = initial && complaint({ ...parameter, values: undefined, mandatory: false }, literal(initial));
		if (words) {
			report('wrong-value', initial, `-${parameter.name} ${words}`);
		}
	}
	const owner = scope.node ?? null;
	for (const node of all(scope.root ?? scope.node, 'assignment_expression').filter(n => n.owner === owner)) {
		const left = bare(named(node)[0]);
		const parameter =
			left.type === 'variable' && variableOf(left).scope === '' && scope.parameters.get(variableOf(left).name);
		if (parameter && childOf(node, 'assignement_operator').text === '=') {
			const words = complaint({ ...parameter, mandatory: false }, literal(named(node)[2]));
			if (words) {
				report('wrong-value', left, `$${parameter.name} ${words}`);
			}
		}
	}
}

function duplicates(program, report) {
	const seen = new Set();
	for (const fn of program.functions) {
		const key = fn.name.toLowerCase();
		if (seen.has(key)) {
			report('function-name', fn.node, `${fn.name} is there twice`);
		}
		seen.add(key);
	}
}

const isPart = file => /(?:^|\/)SecuDoc365\//.test(file.path);

/*
 * One program for every script: the file with its parts, in the order in which they are read.
 */
function programsOf(program, { report }) {
	const byPath = new Map(program.files.map(file => [file.path, file]));
	const targets = new Set(program.files.flatMap(file => file.dotSourced.map(source => source.target)));
	for (const file of program.files) {
		for (const source of file.dotSourced) {
			if (source.target === undefined) {
				report('missing-file', source.node, 'parts are dot-sourced as . "$PSScriptRoot/NAME.ps1"');
			} else if (!byPath.has(source.target)) {
				report('missing-file', source.node, `${source.target} is not there`);
			} else if (ancestor(source.node, 'function_statement')) {
				report('missing-file', source.node, 'parts are dot-sourced at the begin of a script, not in a function');
			}
		}
	}
	const entries = program.files.filter(file => !isPart(file));
	for (const file of program.files) {
		if (isPart(file) && !targets.has(file.path) && entries.length > 0) {
			report('dead-code', file.root, `${file.path} is not dot-sourced by any script`);
		}
	}
	if (entries.length === 0) {
		// parts alone are looked at as one program
		const last = program.files.at(-1);
		return last ? [{ entry: last, files: program.files, functions: program.functions }] : [];
	}
	return entries.map(entry => {
		const parts = [];
		const add = file => {
			for (const source of file.dotSourced) {
				const part = byPath.get(source.target);
				if (part && !parts.includes(part) && part !== entry) {
					add(part);
					parts.push(part);
				}
			}
		};
		add(entry);
		return { entry, files: [...parts, entry], functions: [...parts, entry].flatMap(file => file.functions) };
	});
}

// Every program finds the functions that it calls, and every function is called by a program.
function reachable(program, { report, programs }) {
	const used = new Set();
	const complained = new Set();
	for (const { entry, files, functions: there } of programs) {
		const byName = new Map(there.map(fn => [fn.name, fn]));
		const all = new Map(program.functions.map(fn => [fn.name, fn]));
		const visit = calls => {
			for (const call of calls) {
				const fn = byName.get(call.name);
				if (fn && !used.has(`${entry.path} ${fn.name}`)) {
					used.add(`${entry.path} ${fn.name}`);
					used.add(fn);
					visit(fn.calls);
				} else if (!fn && all.has(call.name) && !complained.has(call)) {
					complained.add(call);
					report(
						'unknown-command',
						call.nameNode,
						`${call.name} is in ${all.get(call.name).file.path}, which ${entry.path} does not read`,
					);
				}
			}
		};
		visit(files.flatMap(file => file.calls.filter(call => !call.fn)));
	}
	for (const fn of program.functions) {
		if (!used.has(fn) && !program.functions.some(other => used.has(other) && other.name === fn.name)) {
			report('dead-code', fn.node, `${fn.name} is never called`);
		}
	}
}

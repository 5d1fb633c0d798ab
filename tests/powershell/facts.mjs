// What is known of commands: the facts of tests/data/cmdlets.json, and the functions of the scripts in the same shape.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const factsPath = fileURLToPath(new URL('../data/cmdlets.json', import.meta.url));

export const readFacts = path => JSON.parse(readFileSync(path ?? factsPath, 'utf8'));

// about_CommonParameters
const actions = ['SilentlyContinue', 'Stop', 'Continue', 'Inquire', 'Ignore', 'Break'];
const common = {
	Debug: { type: 'SwitchParameter' },
	ErrorAction: { type: 'ActionPreference', values: actions },
	ErrorVariable: { type: 'String' },
	InformationAction: { type: 'ActionPreference', values: actions },
	InformationVariable: { type: 'String' },
	OutBuffer: { type: 'Int32' },
	OutVariable: { type: 'String' },
	PipelineVariable: { type: 'String' },
	ProgressAction: { type: 'ActionPreference', values: actions },
	Verbose: { type: 'SwitchParameter' },
	WarningAction: { type: 'ActionPreference', values: actions },
	WarningVariable: { type: 'String' },
};
const supported = { Confirm: { type: 'SwitchParameter' }, WhatIf: { type: 'SwitchParameter' } };

// Parameters whose value names a variable that the command sets.
export const setsVariable = new Set([
	'errorvariable',
	'informationvariable',
	'outvariable',
	'pipelinevariable',
	'warningvariable',
	'countvariable',
	'responseheadersvariable',
	'statuscodevariable',
	'sessionvariable',
]);

const isSwitch = type => /^(?:System\.Management\.Automation\.)?(?:SwitchParameter|switch)$/i.test(type);

function parameterMap(...tables) {
	const map = new Map();
	for (const table of tables) {
		for (const [name, fact] of Object.entries(table)) {
			map.set(name.toLowerCase(), { ...fact, name, switch: isSwitch(fact.type) });
		}
	}
	return map;
}

const lower = list => (list ?? []).map(name => name.toLowerCase());

/*
 * specOfCmdlet(name, fact) - a cmdlet as the checks see it:
 *
 *   parameters   Map lower name -> { name, type, switch, values?, aliases?, maxLength? }
 *   sets         [{ name, has: lower names that only some sets have, required, positional }]
 *   restricted   Set of lower names that not every set has
 *   together     pairs of lower names, one of which says nothing without the other
 */
export function specOfCmdlet(name, fact) {
	const sets = Object.entries(fact.sets ?? { '(All)': {} }).map(([set, s]) => ({
		name: set,
		has: new Set(lower(s.has)),
		required: lower(s.required),
		positional: lower(s.positional),
	}));
	return {
		name,
		family: fact.family,
		windows: fact.windows === true,
		shouldProcess: fact.shouldProcess === true,
		pipeline: lower(fact.pipeline),
		together: (fact.together ?? []).map(lower),
		page: fact.page,
		parameters: parameterMap(common, fact.shouldProcess ? supported : {}, fact.parameters),
		sets,
		restricted: new Set(sets.flatMap(set => [...set.has])),
	};
}

export function specOfFunction(fn) {
	const own = {};
	for (const p of fn.parameters.values()) {
		own[p.name] = {
			type: p.switch ? 'SwitchParameter' : p.type,
			values: p.values,
			mandatory: p.mandatory,
			allows: p.allows,
		};
	}
	const list = [...fn.parameters.values()];
	const names = [...new Set(list.map(p => p.set).filter(Boolean))];
	const positional = list
		.filter(p => !p.switch && (p.position !== undefined || fn.binding?.positional !== false))
		.sort((a, b) => (a.position ?? 1000) - (b.position ?? 1000));
	const inSet = (p, set) => p.set === undefined || p.set === set;
	const sets = (names.length > 0 ? names : [undefined]).map(set => ({
		name: set ?? '(All)',
		has: new Set(list.filter(p => p.set !== undefined && p.set === set).map(p => p.name.toLowerCase())),
		required: list.filter(p => p.mandatory && inSet(p, set)).map(p => p.name.toLowerCase()),
		positional: positional.filter(p => inSet(p, set)).map(p => p.name.toLowerCase()),
	}));
	return {
		name: fn.name,
		family: 'own',
		windows: false,
		shouldProcess: fn.binding?.supportsShouldProcess === true,
		pipeline: list.filter(p => p.pipeline).map(p => p.name.toLowerCase()),
		parameters: parameterMap(fn.binding ? common : {}, fn.binding?.supportsShouldProcess ? supported : {}, own),
		sets,
		restricted: new Set(list.filter(p => p.set !== undefined).map(p => p.name.toLowerCase())),
	};
}

const ofFacts = new WeakMap();

// All that may be called: { find(name) -> spec or undefined, near(name) -> canonical name that only differs in case }
export function commandsOf(facts, functions) {
	if (!ofFacts.has(facts)) {
		ofFacts.set(
			facts,
			Object.entries(facts.cmdlets).map(([name, fact]) => [name, specOfCmdlet(name, fact)]),
		);
	}
	const specs = new Map(ofFacts.get(facts));
	for (const fn of functions) {
		specs.set(fn.name, specOfFunction(fn));
	}
	const byCase = new Map([...specs.keys()].map(name => [name.toLowerCase(), name]));
	return { find: name => specs.get(name), near: name => byCase.get(name.toLowerCase()) };
}

// The few names that differ least from what was written, for the message.
export function nearest(name, names) {
	const wanted = name.toLowerCase();
	const scored = [...names]
		.map(candidate => [distance(wanted, candidate.toLowerCase()), candidate])
		.sort((a, b) => a[0] - b[0]);
	return scored.length > 0 && scored[0][0] <= Math.max(2, Math.floor(wanted.length / 4)) ? scored[0][1] : undefined;
}

function distance(a, b) {
	let row = Array.from({ length: b.length + 1 }, (_, i) => i);
	for (let i = 1; i <= a.length; i++) {
		const next = [i];
		for (let j = 1; j <= b.length; j++) {
			next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
		}
		row = next;
	}
	return row[b.length];
}

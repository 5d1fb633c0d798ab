// Binds the words of a call to the parameters of a command, as PowerShell does, and says what does not fit.

import { complaint } from './values.mjs';
import { nearest } from './facts.mjs';
import { follow, scopeNodes } from './program.mjs';
import { all, bare, childOf, literal, named, variableOf } from './syntax.mjs';

/*
 * bind(call, spec, context) - context: { report(rule, node, words), allowed: Map command -> { keys: Map lower -> node } }
 *
 * Gives Map lower name -> { parameter, value: node or undefined, certain, node }. Every parameter found counts in
 * context.stats.parameters.
 */
export function bind(call, spec, context) {
	const given = new Map();
	const positional = [];
	given.complete = true; // false: something could not be followed, what is missing is not known
	for (let i = 0; i < call.words.length; i++) {
		const word = call.words[i];
		if (word.type === 'splat') {
			bindSplat(call, spec, word, given, context);
		} else if (word.type === 'value') {
			positional.push(word);
		} else {
			const next = call.words[i + 1];
			const parameter = find(spec, word.name, word.node, context);
			const takesNext =
				next?.type === 'value' &&
				(next.glued || (parameter && (!parameter.switch || literal(next.node).kind === 'bool')));
			if (parameter) {
				checkValue(call, parameter, word, takesNext ? next : undefined, context);
				put(
					given,
					parameter,
					{ value: takesNext ? next.node : undefined, certain: true, node: word.node },
					context,
				);
			}
			if (takesNext || (!parameter && next?.type === 'value')) {
				i++;
			}
		}
	}
	const set = bindPositional(spec, positional, given, call, context);
	if (call.piped) {
		bindPipeline(spec, given, call, context);
	}
	if (given.complete) {
		checkSets(call, spec, given, set, context);
		checkPairs(call, spec, given, context);
	}
	return given;
}

function find(spec, name, node, context) {
	const parameter = spec.parameters.get(name.toLowerCase());
	context.stats.parameters++;
	if (!parameter) {
		const alias = [...spec.parameters.values()].find(p =>
			p.aliases?.some(a => a.toLowerCase() === name.toLowerCase()),
		);
		const near =
			alias?.name ??
			nearest(
				name,
				[...spec.parameters.values()].map(p => p.name),
			);
		context.report(
			'unknown-parameter',
			node,
			`${spec.name} has no parameter -${name}${near ? ` (-${near}?)` : ''}`,
		);
		return undefined;
	}
	if (parameter.name !== name) {
		context.report('unknown-parameter', node, `${spec.name}: -${name} is written -${parameter.name}`);
	}
	return parameter;
}

function put(given, parameter, entry, context) {
	const key = parameter.name.toLowerCase();
	if (given.has(key)) {
		context.report('parameter-twice', entry.node, `-${parameter.name} is given twice`);
		return;
	}
	given.set(key, { parameter, ...entry });
}

function checkValue(call, parameter, word, next, context) {
	if (parameter.switch) {
		if (next && !next.glued) {
			context.report('switch-value', word.node, `-${parameter.name} is a switch: -${parameter.name}:$value`);
		}
		if (!next) {
			return;
		}
	} else if (!next) {
		context.report('missing-value', word.node, `-${parameter.name} has no value`);
		return;
	}
	checkLiteral(call, parameter, next.node, word.node, context);
}

export function checkLiteral(call, parameter, valueNode, at, context) {
	const words = complaint(parameter, known(call, valueNode));
	if (words) {
		context.report('wrong-value', at, `-${parameter.name} ${words}`);
	}
}

// The literal itself, or that of a variable which the function sets once, to a literal.
function known(call, node) {
	const value = literal(node);
	if (value.kind !== 'unknown' || value.variable === undefined || value.variable.scope !== '') {
		return value;
	}
	const values = [];
	for (const n of scopeNodes(call, ['assignment_expression', 'foreach_statement', 'script_parameter'])) {
		if (n.type === 'foreach_statement' || n.type === 'script_parameter') {
			const variable = childOf(n, 'variable');
			if (variable && variableOf(variable).name === value.variable.name) {
				values.push({ kind: 'unknown' });
			}
		}
		if (n.type !== 'assignment_expression') {
			continue;
		}
		const left = bare(named(n)[0]);
		if (all(left, 'variable').some(v => variableOf(v).name === value.variable.name && variableOf(v).scope === '')) {
			values.push(
				left.type === 'variable' && childOf(n, 'assignement_operator').text === '='
					? literal(named(n)[2])
					: { kind: 'unknown' },
			);
		}
	}
	return values.length === 1 ? values[0] : value;
}

function bindSplat(call, spec, word, given, context) {
	const held = follow(call, word);
	if (held.problem) {
		given.complete = false;
		context.report('splat', held.node, held.problem);
		return;
	}
	if (held.selected !== undefined) {
		bindSelected(call, spec, held.selected, word, given, context);
	}
	const seen = new Map();
	for (const entry of held.entries) {
		const parameter = find(spec, entry.key, entry.keyNode, context);
		if (!parameter) {
			continue;
		}
		checkLiteral(call, parameter, entry.value, entry.keyNode, context);
		const key = parameter.name.toLowerCase();
		const before = seen.get(key);
		if (before) {
			// set twice in the table: the later one counts
			before.certain ||= entry.certain;
			continue;
		}
		const own = given.get(key);
		if (own?.selected) {
			given.delete(key);
		}
		const bound = { value: entry.value, certain: entry.certain, node: entry.keyNode, splat: true };
		put(given, parameter, bound, context);
		seen.set(key, given.get(key));
	}
}

function bindSelected(call, spec, selected, word, given, context) {
	if (selected !== spec.name) {
		given.complete = false;
		context.report('splat', word.node, `@${word.written} is made for ${selected}, not for ${spec.name}`);
		return;
	}
	const allowed = context.allowed.get(selected);
	if (!allowed) {
		given.complete = false;
		context.report('allowed-parameters', word.node, `no $script:AllowedParameters has '${selected}'`);
		return;
	}
	for (const [key, node] of allowed.keys) {
		const parameter = spec.parameters.get(key);
		if (parameter && !given.has(key)) {
			given.set(key, { parameter, value: undefined, certain: true, node: word.node, selected: true, listed: node });
		}
	}
}

function bindPositional(spec, words, given, call, context) {
	if (words.length === 0) {
		return undefined;
	}
	if (spec.family === 'exchange' || spec.family === 'graph' || (spec.family === 'own' && words.length > 1)) {
		context.report('positional', words[spec.family === 'own' ? 1 : 0].node, `${spec.name}: name the parameters`);
	}
	for (const set of candidates(spec, given)) {
		const free = set.positional.filter(name => !given.has(name));
		const rest = spec.parameters.get(free.at(-1))?.remaining;
		if (free.length < words.length && !rest) {
			continue;
		}
		if (words.some((word, i) => fits(spec.parameters.get(free[i] ?? free.at(-1)), literal(word.node)) === false)) {
			continue;
		}
		words.forEach((word, i) => {
			const parameter = spec.parameters.get(free[i] ?? free.at(-1));
			context.stats.parameters++;
			checkLiteral(call, parameter, word.node, word.node, context);
			given.set(parameter.name.toLowerCase(), { parameter, value: word.node, certain: true, node: word.node });
		});
		return set;
	}
	given.complete = false;
	context.report('positional', words[0].node, `${spec.name} has no place for this`);
	return undefined;
}

// A block goes to a block and nothing else does: that tells the sets of Where-Object and ForEach-Object apart.
function fits(parameter, value) {
	const block = /scriptblock/i.test(parameter?.type ?? '');
	if (value.kind === 'block') {
		return block || /^(?:object|psobject)/i.test(parameter?.type ?? '');
	}
	return value.kind === 'unknown' ? undefined : !block;
}

function candidates(spec, given) {
	const names = [...given.keys()].filter(name => spec.restricted.has(name));
	return spec.sets.filter(set => names.every(name => set.has.has(name)));
}

function bindPipeline(spec, given, call, context) {
	if (spec.pipeline.length === 0) {
		given.complete = false;
		context.report(
			'pipeline-input',
			call.nameNode,
			`${spec.name} takes nothing from the pipeline here: name the parameter`,
		);
		return;
	}
	const free = spec.pipeline.find(
		name =>
			!given.has(name) && (!spec.restricted.has(name) || candidates(spec, given).some(set => set.has.has(name))),
	);
	if (free) {
		given.set(free, { parameter: spec.parameters.get(free), value: undefined, certain: true, node: call.nameNode });
	}
}

const list = names => names.map(name => `-${name}`).join(', ');

function checkSets(call, spec, given, chosen, context) {
	const certain = [...given].filter(([, entry]) => entry.certain && !entry.selected).map(([name]) => name);
	const canonical = names => list(names.map(name => spec.parameters.get(name)?.name ?? name));
	const fitting = (chosen ? [chosen] : spec.sets).filter(set =>
		certain.every(name => !spec.restricted.has(name) || set.has.has(name)),
	);
	if (fitting.length === 0) {
		const exclusive = certain.filter(name => spec.restricted.has(name));
		context.report(
			'parameter-set',
			call.nameNode,
			`${spec.name} has no form that takes ${canonical(exclusive)} together`,
		);
		return;
	}
	for (const [name, entry] of given) {
		if (!entry.certain && spec.restricted.has(name) && !fitting.some(set => set.has.has(name))) {
			context.report(
				'parameter-set',
				entry.node,
				`${spec.name} has no form that takes -${entry.parameter.name} with the others`,
			);
		}
	}
	const missing = fitting.map(set => ({
		absent: set.required.filter(name => !given.has(name)),
		unsure: set.required.filter(name => given.has(name) && !given.get(name).certain),
	}));
	if (missing.some(m => m.absent.length + m.unsure.length === 0)) {
		return;
	}
	const best = missing.reduce((a, b) => (b.absent.length < a.absent.length ? b : a));
	context.report(
		'missing-parameter',
		call.nameNode,
		best.absent.length > 0
			? `${spec.name} needs ${canonical(best.absent)}`
			: `${spec.name} needs ${canonical(best.unsure)}, which is set only under a condition`,
	);
}

function checkPairs(call, spec, given, context) {
	for (const pair of spec.together ?? []) {
		const alone = pair.filter(name => given.has(name) && !given.get(name).selected);
		if (alone.length === 1 && pair.every(name => !given.get(name)?.selected)) {
			const [other] = pair.filter(name => !given.has(name));
			const words = `-${given.get(alone[0]).parameter.name} says nothing without -${spec.parameters.get(other).name}`;
			context.report('parameter-set', given.get(alone[0]).node, `${spec.name}: ${words}`);
		}
	}
}

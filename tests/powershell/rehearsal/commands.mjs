// Commands: what is given to them, and functions of the scripts with their parameters.

import { all, childOf, variableOf } from '../syntax.mjs';
import { readFacts, specOfCmdlet } from '../facts.mjs';
import { expression } from './expressions.mjs';
import { bindParameters, readSignature } from './parameters.mjs';
import { Leave, block } from './statements.mjs';
import { core, lineOf } from './syntax.mjs';
import { Table, emit, fault, lower, place, text, unknown } from './values.mjs';

const facts = readFacts();
const specs = new Map(Object.entries(facts.cmdlets).map(([name, fact]) => [lower(name), specOfCmdlet(name, fact)]));

// ---- what stands behind the command's name: parameters, values, splatted tables, in order

function wordsOf(node) {
	const list = childOf(node, 'command_elements');
	const words = [];
	for (const child of list ? list.children : []) {
		const before = words.at(-1);
		if (child.type === 'command_parameter') {
			words.push({ parameter: child.text.slice(1).replace(/:$/, ''), colon: child.text.endsWith(':') });
		} else if (child.type === 'command_argument_sep') {
			if (child.text.includes(':') && before) {
				before.colon = true;
			}
		} else if (child.type !== 'comment') {
			words.push(valueWord(child));
		}
	}
	return words;
}

function valueWord(child) {
	const node = core(child);
	if (node.type === 'redirection') {
		throw unknown('a redirection');
	}
	if (node.type === 'variable' && node.text.startsWith('@')) {
		return { splat: variableOf(node) };
	}
	return { value: expression(child) };
}

// { named: Map lower name -> value, positional: [] }. A switch takes a value behind a colon only.
function givenTo(m, words, isSwitch) {
	const given = { named: new Map(), positional: [] };
	const put = (name, value) => {
		if (given.named.has(lower(name))) {
			throw fault(`-${name} is given twice`);
		}
		given.named.set(lower(name), value === undefined ? null : value);
	};
	for (let i = 0; i < words.length; i++) {
		const word = words[i];
		if (word.splat) {
			const table = m.read(word.splat);
			if (!(table instanceof Table)) {
				throw fault('what is splatted is no dictionary');
			}
			table.pairs().forEach(([name, value]) => put(name, value));
		} else if (word.parameter === undefined) {
			given.positional.push(word.value(m) ?? null);
		} else if (isSwitch(lower(word.parameter)) && !word.colon) {
			put(word.parameter, true);
		} else {
			const next = words[++i];
			if (next?.value === undefined) {
				throw fault(`-${word.parameter} has no value`);
			}
			put(word.parameter, next.value(m));
		}
	}
	return given;
}

// ---- functions of the scripts

const made = new WeakMap(); // node -> what was made of it

export function defineFunction(m, node) {
	if (!made.has(node)) {
		const body = childOf(node, 'script_block');
		made.set(node, {
			name: childOf(node, 'function_name').text,
			file: place.file,
			body,
			signature: null,
			run: null,
		});
	}
	const definition = made.get(node);
	m.functions.set(lower(definition.name), definition);
}

// The body is looked at when it is called for the first time.
function prepared(definition) {
	if (definition.run === null) {
		const { file } = place;
		place.file = definition.file;
		definition.signature = readSignature(definition.body);
		definition.run = block(definition.body);
		place.file = file;
	}
	return definition;
}

function commandlet(m, signature, set) {
	return {
		members: { parametersetname: set },
		methods: {
			shouldprocess: (target, action) => {
				if (!signature.supports) {
					throw fault('ShouldProcess without SupportsShouldProcess');
				}
				return m.shouldProcess(text(target), text(action), signature.impact);
			},
			shouldcontinue: question => m.shouldContinue(text(question)),
			getunresolvedproviderpathfrompspath: path => path,
		},
	};
}

export function callFunction(m, definition, given, out, top = false) {
	const { signature, run } = prepared(definition);
	m.inside(() => {
		if (top) {
			m.script = m.scope;
		}
		place.file = definition.file;
		const set = bindParameters(m, definition.name, signature, given);
		m.define('pscmdlet', commandlet(m, signature, set));
		try {
			run(m, out);
		} catch (leave) {
			if (!(leave instanceof Leave && leave.kind === 'return')) {
				throw leave;
			}
		}
	});
}

export function scriptDefinition(root, name) {
	return { name, file: name, body: root, signature: null, run: null };
}

// ---- one call

export function callBlock(m, block, out) {
	m.inside(() => {
		try {
			block.run(m, out);
		} catch (leave) {
			if (!(leave instanceof Leave && leave.kind === 'return')) {
				throw leave;
			}
		}
	});
}

function callCmdlet(m, name, words, input, out) {
	const spec = specs.get(lower(name));
	const cmdlet = m.cmdlets.get(lower(name));
	if (!spec || !cmdlet) {
		throw unknown(`command ${name}`);
	}
	const given = givenTo(m, words, parameter => spec.parameters.get(parameter)?.switch === true);
	for (const parameter of given.named.keys()) {
		if (!spec.parameters.has(parameter)) {
			throw fault(`${name} has no parameter ${parameter}`);
		}
	}
	const get = (parameter, otherwise) => given.named.get(lower(parameter)) ?? otherwise;
	emit(out, cmdlet({ m, spec, get, named: given.named, positional: given.positional, input }));
}

function dotSource(node) {
	const path = expression(all(node, 'expandable_string_literal')[0]);
	return m => m.load(path(m));
}

export function command(node) {
	const operator = childOf(node, 'command_invokation_operator')?.text;
	if (operator === '.') {
		return dotSource(node);
	}
	const nameNode = node.childForFieldName('command_name');
	if (operator === '&') {
		const value = expression(all(nameNode, 'variable')[0]);
		return (m, out) => callBlock(m, value(m), out);
	}
	const name = nameNode.text;
	const words = wordsOf(node);
	const line = lineOf(node);
	return (m, out, input = null) => {
		place.line = line;
		const definition = m.functions.get(lower(name));
		const stand = m.standIns.get(lower(name));
		if (stand) {
			emit(out, stand(m));
		} else if (definition) {
			const { signature } = prepared(definition);
			if (input !== null) {
				throw unknown(`${name} behind a pipe`);
			}
			callFunction(
				m,
				definition,
				givenTo(m, words, parameter => signature.isSwitch(parameter)),
				out,
			);
		} else {
			callCmdlet(m, name, words, input, out);
		}
		place.line = line;
	};
}

// param(): what a function says of its parameters, and binding of what is given to them.

import { all, childOf, named } from '../syntax.mjs';
import { expression } from './expressions.mjs';
import { Variable, bound } from './machine.mjs';
import { core, typeOf } from './syntax.mjs';
import { List, fault, itemsOf, lower, plainType, text, truth, unknown, convert } from './values.mjs';

const common = new Set(['verbose', 'debug']);
const asked = new Set(['whatif', 'confirm']);

const attributes = new Set([
	'parameter',
	'allownull',
	'allowemptystring',
	'allowemptycollection',
	'validateset',
	'validatepattern',
	'validaterange',
]);

const stringsIn = source => [...source.matchAll(/'((?:[^']|'')*)'/g)].map(match => match[1].replaceAll("''", "'"));

function readParameter(node) {
	const variable = childOf(node, 'variable').text.slice(1);
	const parameter = { name: variable, key: lower(variable), type: null, mandatory: false, set: null, position: null };
	for (const attribute of named(childOf(node, 'attribute_list') ?? { children: [] })) {
		const type = childOf(attribute, 'type_literal');
		if (type) {
			parameter.type = plainType(typeOf(type));
		} else {
			readAttribute(parameter, attribute.text);
		}
	}
	const value = childOf(node, 'script_parameter_default');
	parameter.otherwise = value ? expression(core(value)) : null;
	return parameter;
}

function readAttribute(parameter, source) {
	const name = lower(/^\[(\w+)/.exec(source)[1]);
	if (!attributes.has(name)) {
		throw unknown(source);
	}
	switch (name) {
		case 'parameter':
			parameter.mandatory = /\bMandatory\b/.test(source);
			parameter.set = /ParameterSetName\s*=\s*'(\w+)'/.exec(source)?.[1] ?? null;
			parameter.position = /Position\s*=\s*(\d+)/.exec(source)?.[1] ?? null;
			break;
		case 'validateset':
			parameter.allowed = stringsIn(source);
			break;
		case 'validatepattern':
			parameter.pattern = new RegExp(stringsIn(source)[0], 'i');
			break;
		case 'validaterange':
			parameter.range = /\((-?\d+)\s*,\s*(-?\d+)\)/.exec(source).slice(1).map(Number);
			break;
		default:
			parameter[name] = true;
	}
}

export function readSignature(body) {
	const block = named(body).find(child => child.type === 'param_block');
	const list = block ? childOf(block, 'parameter_list') : null;
	const parameters = (list ? named(list) : []).filter(child => child.type === 'script_parameter').map(readParameter);
	const binding = block ? all(block, 'attribute').find(node => /^\[CmdletBinding/i.test(node.text))?.text : '';
	const switches = new Set(parameters.filter(({ type }) => type === 'switch').map(({ key }) => key));
	const supports = /SupportsShouldProcess/.test(binding);
	const placed = parameters.filter(({ position }) => position !== null);
	return {
		parameters,
		supports,
		asksWhatIsBound: all(body, 'variable').some(node => /^\$PSBoundParameters$/i.test(node.text)),
		impact: lower(/ConfirmImpact\s*=\s*'(\w+)'/.exec(binding)?.[1] ?? 'Medium'),
		set: /DefaultParameterSetName\s*=\s*'(\w+)'/.exec(binding)?.[1] ?? '__AllParameterSets',
		positional: placed.length > 0 ? placed : parameters.filter(({ type }) => type !== 'switch'),
		isSwitch: key => switches.has(key) || asked.has(key) || common.has(key),
		takes: key =>
			parameters.some(parameter => parameter.key === key) || (asked.has(key) && supports) || common.has(key),
	};
}

// A mandatory parameter refuses what is empty, unless it says otherwise.
function refuseEmpty(where, parameter, value) {
	if (value === null && !parameter.allownull) {
		throw fault(`${where} is nothing`);
	}
	if (parameter.type === 'string' && text(value) === '' && !parameter.allowemptystring && !(value === null)) {
		throw fault(`${where} is empty`);
	}
	if (!Array.isArray(value) && !(value instanceof List)) {
		return;
	}
	const items = itemsOf(value);
	if (items.length === 0 && !parameter.allowemptycollection) {
		throw fault(`${where} is an empty list`);
	}
	if (items.some(item => item === null) && !parameter.allownull) {
		throw fault(`${where} holds nothing`);
	}
	if (parameter.type === 'string[]' && items.includes('') && !parameter.allowemptystring) {
		throw fault(`${where} holds an empty text`);
	}
}

const valueTypes = new Set(['bool', 'int', 'long', 'guid', 'datetime', 'double']);

function bindOne(where, parameter, given) {
	if (given === null && valueTypes.has(parameter.type)) {
		throw fault(`${where} is nothing`);
	}
	if (parameter.mandatory && given === null && !parameter.allownull && !parameter.allowemptystring) {
		throw fault(`${where} is nothing`);
	}
	const value = parameter.type === null ? given : convert(parameter.type, given);
	if (parameter.mandatory) {
		refuseEmpty(where, parameter, value);
	}
	validate(where, parameter, value);
	return value;
}

function validate(where, parameter, value) {
	const { allowed, pattern, range } = parameter;
	if (!allowed && !pattern && !range) {
		return;
	}
	const each = itemsOf(value).map(text);
	if (allowed && !each.every(one => allowed.some(name => lower(name) === lower(one)))) {
		throw fault(`${where} is "${each}"`);
	}
	if (pattern && !each.every(one => pattern.test(one))) {
		throw fault(`${where} is "${each}"`);
	}
	if (range && !(value >= range[0] && value <= range[1])) {
		throw fault(`${where} is ${value}`);
	}
}

const emptyOf = type => (type === 'guid' ? '00000000-0000-0000-0000-000000000000' : convert(type, null));

// Sets a variable for each parameter; gives the name of the parameter set.
export function bindParameters(m, name, signature, given) {
	const values = new Map(given.named);
	const free = signature.positional.filter(({ key }) => !values.has(key));
	for (const value of given.positional) {
		if (free.length === 0) {
			throw fault(`${name} takes no more values`);
		}
		values.set(free.shift().key, value);
	}
	for (const key of values.keys()) {
		if (!signature.takes(key)) {
			throw fault(`${name} has no parameter ${key}`);
		}
	}
	const chosen = signature.parameters.find(({ key, set }) => set !== null && values.has(key));
	const set = chosen?.set ?? signature.set;
	for (const parameter of signature.parameters) {
		bindVariable(m, name, parameter, values, set);
	}
	if (signature.asksWhatIsBound) {
		m.define('psboundparameters', boundTable(signature, values));
	}
	if (values.has('whatif')) {
		m.define('whatifpreference', truth(values.get('whatif')));
	}
	if (values.has('confirm')) {
		m.define('confirmpreference', truth(values.get('confirm')) ? 'Low' : 'None');
	}
	return set;
}

function bindVariable(m, name, parameter, values, set) {
	const where = `${name} -${parameter.name}`;
	let value;
	if (values.has(parameter.key)) {
		if (parameter.set !== null && parameter.set !== set) {
			throw fault(`${where} does not go with the other parameters`);
		}
		value = bindOne(where, parameter, values.get(parameter.key));
	} else {
		if (parameter.mandatory && (parameter.set === null || parameter.set === set)) {
			throw fault(`${where} is not given`);
		}
		value = parameter.otherwise ? (parameter.otherwise(m) ?? null) : null;
		if (parameter.type !== null) {
			value = value === null ? emptyOf(parameter.type) : convert(parameter.type, value);
		}
	}
	m.scope.variables.set(parameter.key, new Variable(value, parameter.type, parameter.allowed ?? null));
}

function boundTable(signature, values) {
	const names = new Map(signature.parameters.map(({ key, name }) => [key, name]));
	return bound([...values].map(([key, value]) => [names.get(key) ?? key, value]));
}

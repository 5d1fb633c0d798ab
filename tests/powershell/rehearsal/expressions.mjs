// Expressions: each node becomes once a function from the machine to a value.

import { childOf, literal, named, variableOf } from '../syntax.mjs';
import { binary } from './operators.mjs';
import { readIndex, readMember, callMethod, readStatic, callStatic } from './members.mjs';
import { isStatement, statement, block } from './statements.mjs';
import { core, lineOf, typeOf } from './syntax.mjs';
import { Block, Table, TypeName, collected, convert, itemsOf, place, text, truth, unknown } from './values.mjs';

export function expression(outer) {
	const node = core(outer);
	if (isStatement(node)) {
		const run = statement(node);
		return m => {
			const out = [];
			run(m, out);
			return collected(out);
		};
	}
	const make = makers[node.type] ?? (operations.has(node.type) ? operation : null);
	if (make === null) {
		place.line = lineOf(node);
		throw unknown(`${node.type} "${node.text.slice(0, 60)}"`);
	}
	return make(node);
}

const constant = value => () => value;

function numeric(node) {
	const { kind, value } = literal(node);
	if (kind !== 'number') {
		throw unknown(`number ${node.text}`);
	}
	return constant(value);
}

function string(node) {
	const known = literal(node);
	if (known.kind === 'string') {
		return constant(known.value);
	}
	const body = childOf(node, 'expandable_string_literal');
	if (!body) {
		throw unknown(`string ${node.text.slice(0, 40)}`);
	}
	return expanded(body);
}

const escapes = { n: '\n', r: '\r', t: '\t', 0: '\0' };
const unescaped = raw => raw.replaceAll('""', '"').replace(/`([^])/g, (_, c) => escapes[c] ?? c);

function expanded(node) {
	const parts = [];
	let position = node.startIndex + 1;
	for (const child of named(node)) {
		parts.push(constant(unescaped(node.source.text.slice(position, child.startIndex))), expression(child));
		position = child.endIndex;
	}
	parts.push(constant(unescaped(node.source.text.slice(position, node.endIndex - 1))));
	return m => parts.map(part => text(part(m))).join('');
}

function variable(node) {
	const name = variableOf(node);
	return m => m.read(name);
}

// @( ): everything that its statements put out, as a list.
function listed(node) {
	const run = block(node);
	return m => {
		const out = [];
		run(m, out);
		return out;
	};
}

// $( ): the same, unrolled.
function unrolled(node) {
	const run = block(node);
	return m => {
		const out = [];
		run(m, out);
		return collected(out);
	};
}

function table(node, ordered = false) {
	const body = childOf(node, 'hash_literal_body');
	const entries = (body ? named(body) : []).map(entry => {
		const [key, value] = named(entry);
		const keyNode = core(key);
		const name = keyNode.type === 'simple_name' ? constant(keyNode.text) : expression(keyNode);
		return [name, expression(value)];
	});
	return m => {
		const made = new Table(ordered);
		for (const [name, value] of entries) {
			made.set(text(name(m)), value(m) ?? null);
		}
		return made;
	};
}

function cast(node) {
	const [type, operand] = named(node);
	const name = typeOf(type);
	const target = core(operand);
	if (/^ordered$/i.test(name)) {
		return table(target, true);
	}
	if (/^pscustomobject$/i.test(name) && target.type === 'hash_literal_expression') {
		const make = table(target, true);
		return m => convert(name, make(m));
	}
	if (/^ref$/i.test(name)) {
		const found = variableOf(target);
		return m => ({ set: value => m.write(found, value) });
	}
	const value = expression(operand);
	return /^void$/i.test(name) ? m => void value(m) : m => convert(name, value(m));
}

const memberName = node => {
	const name = core(node);
	if (name.type !== 'simple_name') {
		throw unknown(`member ${node.text}`);
	}
	return name.text;
};

const isStatic = node => node.children.some(child => child.type === '::');

function member(node) {
	const [target, nameNode] = named(node);
	const name = memberName(nameNode);
	if (isStatic(node)) {
		const type = typeOf(target);
		return m => readStatic(m, type, name);
	}
	const object = expression(target);
	const line = lineOf(node);
	return m => {
		const value = object(m);
		place.line = line;
		return readMember(m, value, name);
	};
}

function argumentsOf(node) {
	const list = named(node).flatMap(child => (child.type === 'argument_expression_list' ? named(child) : [child]));
	const values = list.map(expression);
	return m => values.map(value => value(m));
}

function invocation(node) {
	const [target, nameNode] = named(node);
	const name = memberName(nameNode);
	const given = argumentsOf(childOf(node, 'argument_list'));
	const line = lineOf(node);
	if (isStatic(node)) {
		const type = typeOf(target);
		return m => callStatic(m, type, name, given(m));
	}
	const object = expression(target);
	return m => {
		const value = object(m);
		const values = given(m);
		place.line = line;
		return callMethod(m, value, name, values);
	};
}

function element(node) {
	const [target, index] = named(node).map(expression);
	return m => readIndex(target(m), index(m));
}

const unaries = {
	'-not': value => !truth(value),
	'!': value => !truth(value),
	'-': value => -value,
	',': value => [value],
	'-join': value => itemsOf(value).map(text).join(''),
};

function unary(node) {
	const [first] = node.children;
	if (first.type === 'cast_expression') {
		return cast(first);
	}
	const operator = unaries[first.text.toLowerCase()];
	if (!operator) {
		throw unknown(`operator ${first.text}`);
	}
	const value = expression(named(node).at(-1));
	return m => operator(value(m));
}

function step(node) {
	const name = variableOf(core(named(node)[0]));
	const by = node.type === 'post_increment_expression' ? 1 : -1;
	return m => void m.write(name, m.read(name) + by);
}

const operations = new Set(
	['logical', 'bitwise', 'comparison', 'additive', 'multiplicative', 'format', 'range'].flatMap(kind => [
		`${kind}_expression`,
		`${kind}_argument_expression`,
	]),
);

function operation(node) {
	const parts = node.children.filter(child => child.type !== 'comment');
	if (parts.length !== 3) {
		throw unknown(`${node.type} of ${parts.length} parts`);
	}
	const operator = parts[1].text.toLowerCase();
	const left = expression(parts[0]);
	const right = expression(parts[2]);
	if (operator === '-and') {
		return m => truth(left(m)) && truth(right(m));
	}
	if (operator === '-or') {
		return m => truth(left(m)) || truth(right(m));
	}
	const line = lineOf(node);
	return m => {
		const values = [left(m), right(m)];
		place.line = line;
		return binary(m, operator, ...values);
	};
}

function elements(node) {
	const values = named(node).map(expression);
	return m => values.map(value => value(m) ?? null);
}

const makers = {
	variable,
	string_literal: string,
	expandable_string_literal: expanded,
	integer_literal: numeric,
	real_literal: numeric,
	generic_token: node => (literal(node).kind === 'number' ? numeric(node) : constant(node.text)),
	array_expression: listed,
	sub_expression: unrolled,
	hash_literal_expression: node => table(node),
	script_block_expression: node => constant(new Block(block(childOf(node, 'script_block')))),
	member_access: member,
	element_access: element,
	invokation_expression: invocation,
	cast_expression: cast,
	type_literal: node => constant(new TypeName(typeOf(node))),
	expression_with_unary_operator: unary,
	post_increment_expression: step,
	post_decrement_expression: step,
	array_literal_expression: elements,
	// ( ) around more than one thing is a statement
	parenthesized_expression: unrolled,
};

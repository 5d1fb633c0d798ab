// The syntax tree: reading files, walking, and the value of what is written as a literal.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

const grammar = fileURLToPath(
	new URL('node_modules/tree-sitter-powershell/tree-sitter-powershell.wasm', import.meta.url),
);
let parser;

// Optimizing the grammar's one huge function takes much longer than all the parsing here.
setFlagsFromString('--liftoff-only');

export async function prepare() {
	let treeSitter;
	try {
		treeSitter = await import('web-tree-sitter');
		readFileSync(grammar);
	} catch {
		throw new Error('the npm packages of tests/powershell are missing: npm ci --ignore-scripts there');
	}
	await treeSitter.Parser.init();
	parser = new treeSitter.Parser();
	parser.setLanguage(await treeSitter.Language.load(grammar));
}

// A node of the tree, copied once: asking the parser's own nodes again and again takes most of the time.
class Node {
	constructor(cursor, parent, source) {
		this.type = cursor.nodeType;
		this.isNamed = cursor.nodeIsNamed;
		this.isMissing = cursor.nodeIsMissing;
		this.isError = this.type === 'ERROR';
		this.field = cursor.currentFieldName;
		this.startIndex = cursor.startIndex;
		this.endIndex = cursor.endIndex;
		this.startPosition = cursor.startPosition;
		this.parent = parent;
		this.owner = parent?.type === 'function_statement' ? parent : (parent?.owner ?? null); // the function around it
		this.source = source;
		this.children = [];
		const index = source.index;
		if (!index.has(this.type)) {
			index.set(this.type, []);
		}
		index.get(this.type).push(this);
		if (cursor.gotoFirstChild()) {
			do {
				this.children.push(new Node(cursor, this, source));
			} while (cursor.gotoNextSibling());
			cursor.gotoParent();
		}
	}

	get text() {
		return this.source.text.slice(this.startIndex, this.endIndex);
	}

	childForFieldName(name) {
		return this.children.find(child => child.field === name) ?? null;
	}
}

export function parse(text) {
	const tree = parser.parse(text);
	const root = new Node(tree.walk(), null, { text, index: new Map() });
	tree.delete();
	return root;
}

export const children = node => node.children;

export const named = node => node.children.filter(child => child.isNamed && child.type !== 'comment');

export const childOf = (node, type) => children(node).find(child => child.type === type);

// Every node, parents first. What visit() answers with false is not entered.
export function walk(node, visit) {
	if (visit(node) === false) {
		return;
	}
	for (const child of children(node)) {
		walk(child, visit);
	}
}

// Every node of a type inside a node, in the order of the text.
export function all(node, type) {
	const index = node.source.index.get(type) ?? [];
	return node.parent === null ? index : index.filter(n => within(n, node));
}

export function ancestor(node, types) {
	const wanted = new Set([types].flat());
	for (let n = node.parent; n; n = n.parent) {
		if (wanted.has(n.type)) {
			return n;
		}
	}
	return null;
}

export const within = (node, outer) => node.startIndex >= outer.startIndex && node.endIndex <= outer.endIndex;

// The layers that the grammar puts around every operand when there is no operator.
const layers = new Set([
	'pipeline',
	'pipeline_chain',
	'argument_expression',
	'logical_expression',
	'bitwise_expression',
	'comparison_expression',
	'additive_expression',
	'multiplicative_expression',
	'format_expression',
	'range_expression',
	'array_literal_expression',
	'unary_expression',
	'logical_argument_expression',
	'bitwise_argument_expression',
	'comparison_argument_expression',
	'additive_argument_expression',
	'multiplicative_argument_expression',
	'format_argument_expression',
	'range_argument_expression',
	'left_assignment_expression',
	'statement_list',
]);

// The node itself without layers and parentheses around it.
export function bare(node) {
	for (;;) {
		const inner = children(node).filter(child => child.type !== 'comment' && child.type !== 'empty_statement');
		if (layers.has(node.type) && inner.length === 1) {
			node = inner[0];
		} else if (node.type === 'parenthesized_expression' && inner.length === 3) {
			node = inner[1];
		} else {
			return node;
		}
	}
}

// "$script:Name" and "${script:Name}" and "@Name": { scope, name } with the name in lower case.
export function variableOf(node) {
	const text = node.text.replace(/^[$@]/, '').replace(/^\{(.*)\}$/s, '$1');
	const colon = text.indexOf(':');
	return colon > 0
		? {
				scope: text.slice(0, colon).toLowerCase(),
				name: text.slice(colon + 1).toLowerCase(),
				written: text.slice(colon + 1),
			}
		: { scope: '', name: text.toLowerCase(), written: text };
}

const unit = { kb: 2 ** 10, mb: 2 ** 20, gb: 2 ** 30, tb: 2 ** 40, pb: 2 ** 50 };

function numberOf(text) {
	const match = /^(0x[0-9a-f]+|[0-9.]+(?:e[+-]?[0-9]+)?)[ld]?(kb|mb|gb|tb|pb)?$/i.exec(text);
	return match ? Number(match[1]) * (match[2] ? unit[match[2].toLowerCase()] : 1) : NaN;
}

const here = text => text.replace(/^@['"][^\n]*\n/, '').replace(/\r?\n['"]@$/, '');

function stringOf(node) {
	const inner = named(node)[0] ?? node;
	const text = inner.text;
	switch (inner.type) {
		case 'verbatim_string_characters':
			return { kind: 'string', value: text.slice(1, -1).replaceAll("''", "'"), node };
		case 'verbatim_here_string_characters':
			return { kind: 'string', value: here(text), node };
		default: {
			if (named(inner).length > 0) {
				return { kind: 'expanded', node };
			}
			const body =
				inner.type === 'expandable_here_string_literal' ? here(text) : text.slice(1, -1).replaceAll('""', '"');
			const escapes = { n: '\n', r: '\r', t: '\t', 0: '\0' };
			return { kind: 'string', value: body.replace(/`([^])/g, (_, c) => escapes[c] ?? c), node };
		}
	}
}

/*
 * literal(node) - what is known of a value before the script runs:
 *
 *   { kind: 'string', value }    a string without anything expanded, or a bare word
 *   { kind: 'expanded' }         a string with something expanded in it
 *   { kind: 'number', value } { kind: 'bool', value } { kind: 'null' } { kind: 'block' }
 *   { kind: 'array', items }     items are such values
 *   { kind: 'table', entries, ordered }   entries: { key, keyNode, value }; key undefined where it is not literal
 *   { kind: 'unknown' }
 */
export function literal(outer) {
	const node = bare(outer);
	switch (node.type) {
		case 'string_literal':
			return stringOf(node);
		case 'generic_token':
			return Number.isNaN(numberOf(node.text))
				? { kind: 'string', value: node.text, node, word: true }
				: { kind: 'number', value: numberOf(node.text), node };
		case 'integer_literal':
		case 'real_literal':
			return { kind: 'number', value: numberOf(node.text), text: node.text, node };
		case 'expression_with_unary_operator': {
			const inner = bare(named(node).at(-1) ?? node);
			if (node.children[0].type === '-' && inner.type === 'integer_literal') {
				return { kind: 'number', value: -numberOf(inner.text), text: node.text, node };
			}
			if (node.children[0].type === ',') {
				return { kind: 'array', items: [literal(inner)], node };
			}
			return inner.type === 'cast_expression' ? literal(inner) : { kind: 'unknown', node };
		}
		case 'cast_expression': {
			const [type, operand] = named(node);
			const value = literal(operand);
			if (/^\[ordered\]$/i.test(type.text) && value.kind === 'table') {
				return { ...value, ordered: true, node };
			}
			if (/^\[string\[\]\]$/i.test(type.text)) {
				return value.kind === 'string' ? { kind: 'array', items: [value], node } : value;
			}
			return { kind: 'unknown', node, cast: type.text.slice(1, -1).toLowerCase() };
		}
		case 'variable': {
			const { scope, name } = variableOf(node);
			if (scope === '' && (name === 'true' || name === 'false')) {
				return { kind: 'bool', value: name === 'true', node };
			}
			return scope === '' && name === 'null'
				? { kind: 'null', node }
				: { kind: 'unknown', node, variable: { scope, name } };
		}
		case 'array_literal_expression':
			return { kind: 'array', items: named(node).map(literal), node };
		case 'array_expression': {
			const list = childOf(node, 'statement_list');
			const statements = list ? named(list).filter(n => n.type !== 'empty_statement') : [];
			const items = statements.map(literal);
			if (items.some(item => item.kind === 'unknown')) {
				return { kind: 'unknown', node, list: true };
			}
			return { kind: 'array', items: items.flatMap(item => (item.kind === 'array' ? item.items : [item])), node };
		}
		case 'hash_literal_expression':
			return { kind: 'table', entries: entriesOf(node), node };
		case 'script_block_expression':
			return { kind: 'block', node };
		default:
			return { kind: 'unknown', node };
	}
}

function entriesOf(node) {
	const body = childOf(node, 'hash_literal_body');
	return (body ? named(body) : [])
		.filter(entry => entry.type === 'hash_entry')
		.map(entry => {
			const keyNode = childOf(entry, 'key_expression');
			const inner = bare(named(keyNode)[0]);
			const key = inner.type === 'simple_name' ? inner.text : keyText(inner);
			return { key, keyNode, value: named(entry).find(n => n.type !== 'key_expression') };
		});
}

// A key that is a literal string or number; undefined for others.
export function keyText(node) {
	const value = literal(node);
	return value.kind === 'string' && !value.word
		? value.value
		: value.kind === 'number'
			? String(value.value)
			: undefined;
}

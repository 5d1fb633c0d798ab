// What the rehearsal asks of the syntax tree beside what the checker does.

import { bare, named } from '../syntax.mjs';

// Wrappers that stand around one thing and say nothing more.
const shells = new Set([
	'while_condition',
	'for_initializer',
	'for_condition',
	'for_iterator',
	'switch_condition',
	'switch_clause_condition',
	'key_expression',
	'member_name',
	'script_parameter_default',
	'command_name_expr',
	'path_command_name',
]);

export function core(node) {
	for (;;) {
		const next = bare(node);
		if (!shells.has(next.type) || named(next).length !== 1) {
			return next;
		}
		node = named(next)[0];
	}
}

export const lineOf = node => node.startPosition.row + 1;

export const typeOf = node => node.text.slice(1, -1);

// The statements of a block of any kind, in order.
const blocks = new Set(['statement_list', 'statement_block', 'script_block', 'script_block_body', 'program']);
const silent = new Set(['param_block', 'empty_statement', 'attribute_list']);

export function statementsOf(node) {
	return named(node).flatMap(child =>
		blocks.has(child.type) ? statementsOf(child) : silent.has(child.type) ? [] : [child],
	);
}

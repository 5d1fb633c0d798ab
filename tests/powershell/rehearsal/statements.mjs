// Statements: each node becomes once a function that puts its output into a list.

import { childOf, named, variableOf } from '../syntax.mjs';
import { command, defineFunction } from './commands.mjs';
import { expression } from './expressions.mjs';
import { binary } from './operators.mjs';
import { readIndex, readMember, writeIndex, writeMember } from './members.mjs';
import { core, lineOf, statementsOf, typeOf } from './syntax.mjs';
import {
	ErrorRecord,
	Killed,
	Thrown,
	Unknown,
	emit,
	equal,
	fault,
	itemsOf,
	place,
	text,
	thrown,
	truth,
	unknown,
} from './values.mjs';

// How control leaves a block.
export class Leave {
	constructor(kind) {
		this.kind = kind;
	}
}

export class Exit {
	constructor(code) {
		this.code = code;
	}
}

export const isStatement = node => Object.hasOwn(makers, node.type);

export function statement(outer) {
	const node = core(outer);
	const line = lineOf(node);
	if (isStatement(node)) {
		const run = makers[node.type](node);
		return (m, out) => {
			place.line = line;
			run(m, out);
		};
	}
	const value = expression(node);
	return (m, out) => {
		place.line = line;
		emit(out, value(m));
	};
}

export function block(node) {
	const runs = statementsOf(node).map(statement);
	return (m, out) => {
		for (const run of runs) {
			run(m, out);
		}
	};
}

// ---- branches

const bodyOf = node => block(childOf(node, 'statement_block'));

function branch(node) {
	const branches = [[expression(node.childForFieldName('condition')), bodyOf(node)]];
	const more = childOf(node, 'elseif_clauses');
	for (const clause of more ? named(more) : []) {
		branches.push([expression(clause.childForFieldName('condition')), bodyOf(clause)]);
	}
	const otherwise = childOf(node, 'else_clause');
	const last = otherwise ? bodyOf(otherwise) : () => {};
	return (m, out) => {
		const taken = branches.find(([condition]) => truth(condition(m)));
		(taken ? taken[1] : last)(m, out);
	};
}

function choice(node) {
	const value = expression(childOf(node, 'switch_condition'));
	const clauses = named(childOf(childOf(node, 'switch_body'), 'switch_clauses')).map(clause => {
		const label = childOf(clause, 'switch_clause_condition');
		return { label: /^default$/i.test(label.text) ? null : expression(label), run: bodyOf(clause) };
	});
	return (m, out) => {
		const found = value(m);
		if (itemsOf(found).length > 1) {
			throw unknown('switch over a list');
		}
		const taken = clauses.filter(({ label }) => label && equal(found, label(m)));
		for (const { run } of taken.length > 0 ? taken : clauses.filter(({ label }) => label === null)) {
			run(m, out);
		}
	};
}

// ---- loops

// One turn: true when the loop goes on.
function turn(run, m, out) {
	try {
		run(m, out);
		return true;
	} catch (leave) {
		if (leave instanceof Leave && leave.kind !== 'return') {
			return leave.kind === 'continue';
		}
		throw leave;
	}
}

function forEach(node) {
	const [variableNode, listNode] = named(node);
	const name = variableOf(core(variableNode));
	const list = expression(listNode);
	const run = bodyOf(node);
	return (m, out) => {
		for (const item of itemsOf(list(m)).slice()) {
			m.write(name, item);
			if (!turn(run, m, out)) {
				break;
			}
		}
	};
}

function counted(node) {
	const [begin, condition, next] = ['for_initializer', 'for_condition', 'for_iterator'].map(type =>
		childOf(node, type),
	);
	const start = statement(begin);
	const goOn = expression(condition);
	const step = statement(next);
	const run = bodyOf(node);
	return (m, out) => {
		for (start(m, []); truth(goOn(m)) && turn(run, m, out); step(m, [])) {
			// all is in the head
		}
	};
}

function whileTrue(node) {
	const condition = expression(childOf(node, 'while_condition'));
	const run = bodyOf(node);
	return (m, out) => {
		let turns = 0;
		while (truth(condition(m)) && turn(run, m, out)) {
			if (++turns > 100000) {
				throw unknown('a loop without end');
			}
		}
	};
}

// ---- errors

function attempt(node) {
	const run = bodyOf(node);
	const clauses = childOf(node, 'catch_clauses');
	const catches = clauses ? named(clauses) : [];
	if (catches.length > 1 || catches.some(clause => childOf(clause, 'catch_type_list'))) {
		throw unknown('catch of a type');
	}
	const handle = catches.length > 0 ? bodyOf(catches[0]) : null;
	const last = childOf(node, 'finally_clause');
	const after = last ? bodyOf(last) : () => {};
	return (m, out) => {
		const { scope } = m;
		const { file } = place;
		const back = () => {
			m.scope = scope;
			place.file = file;
		};
		try {
			try {
				run(m, out);
			} catch (error) {
				if (!(error instanceof Thrown) || handle === null) {
					throw error;
				}
				back();
				m.caught.push(error);
				try {
					m.under(error.record, () => handle(m, out));
				} finally {
					m.caught.pop();
				}
			}
		} catch (error) {
			if (!(error instanceof Killed || error instanceof Unknown)) {
				back();
				after(m, out);
			}
			throw error;
		}
		back();
		after(m, out);
	};
}

function raise(value) {
	return m => {
		if (value === null) {
			throw m.caught.at(-1) ?? fault('throw without an error');
		}
		const thing = value(m);
		throw thing instanceof ErrorRecord ? new Thrown(thing) : thrown(text(thing));
	};
}

function leave(node) {
	const kind = node.children[0].text.toLowerCase();
	const operand = named(node)[0] ? expression(named(node)[0]) : null;
	switch (kind) {
		case 'return':
			return (m, out) => {
				if (operand) {
					emit(out, operand(m));
				}
				throw new Leave(kind);
			};
		case 'break':
		case 'continue':
			return () => {
				throw new Leave(kind);
			};
		case 'throw':
			return raise(operand);
		case 'exit':
			return m => {
				throw new Exit(operand(m));
			};
	}
	throw unknown(kind);
}

// ---- assignment

// What stands left of "=": { set(m, value), get(m) }
function target(outer) {
	let node = core(outer);
	if (node.type === 'expression_with_unary_operator' && node.children[0].type === 'cast_expression') {
		node = node.children[0];
	}
	switch (node.type) {
		case 'variable': {
			const name = variableOf(node);
			return { get: m => m.read(name), set: (m, value) => m.write(name, value) };
		}
		case 'cast_expression': {
			const [type, variable] = named(node);
			const name = variableOf(core(variable));
			return { get: m => m.read(name), set: (m, value) => m.write(name, value, typeOf(type)) };
		}
		case 'member_access': {
			const [object, nameNode] = named(node);
			const of = expression(object);
			const name = core(nameNode).text;
			return { get: m => readMember(m, of(m), name), set: (m, value) => writeMember(of(m), name, value ?? null) };
		}
		case 'element_access': {
			const [object, index] = named(node).map(expression);
			return {
				get: m => readIndex(object(m), index(m)),
				set: (m, value) => writeIndex(object(m), index(m), value ?? null),
			};
		}
	}
	throw unknown(`assignment to ${node.type}`);
}

function assignment(node) {
	const [left, , right] = node.children.filter(child => child.type !== 'comment');
	const operator = node.children.find(child => child.type === 'assignement_operator').text;
	const place = target(left);
	const value = expression(right);
	if (operator === '=') {
		return m => place.set(m, value(m));
	}
	if (operator !== '+=') {
		throw unknown(operator);
	}
	return m => place.set(m, binary(m, '+', place.get(m), value(m)));
}

// ---- commands in a row

// Each gets all that the one before gave: enough where no command of the row is stopped half-way.
function pipeline(node) {
	const stages = named(node).map(core);
	if (stages.length < 2) {
		throw unknown(`pipeline "${node.text.slice(0, 40)}"`);
	}
	const first = statement(stages[0]);
	const rest = stages.slice(1).map(stage => {
		if (stage.type !== 'command') {
			throw unknown('an expression that takes a pipeline');
		}
		return command(stage);
	});
	return (m, out) => {
		let input = [];
		first(m, input);
		rest.forEach((run, i) => {
			const next = i === rest.length - 1 ? out : [];
			run(m, next, input);
			input = next;
		});
	};
}

const makers = {
	if_statement: branch,
	switch_statement: choice,
	foreach_statement: forEach,
	for_statement: counted,
	while_statement: whileTrue,
	try_statement: attempt,
	flow_control_statement: leave,
	assignment_expression: assignment,
	pipeline,
	pipeline_chain: pipeline,
	command,
	function_statement: node => m => defineFunction(m, node),
	statement_list: block,
	statement_block: block,
};

// Strict mode throws when a variable is read that nothing has set: every variable is set on every way to its use.

import { all, bare, childOf, children, literal, named, variableOf, walk } from '../syntax.mjs';
import { setsVariable } from '../facts.mjs';

// about_Automatic_Variables, about_Preference_Variables; $Matches and $LASTEXITCODE are not always set, on purpose left out
const automatic = new Set(
	(
		'_ psitem args input this pscmdlet psboundparameters myinvocation psscriptroot pscommandpath null true false ' +
		'error ? $ ^ psversiontable iswindows islinux ismacos iscoreclr home pwd host pid executioncontext nestedpromptlevel psculture ' +
		'psuiculture pshome profile shellid stacktrace psedition switch foreach ' +
		'erroractionpreference whatifpreference confirmpreference verbosepreference debugpreference informationpreference ' +
		'progresspreference warningpreference outputencoding psstyle psnativecommanduseerroractionpreference ofs ' +
		'psdefaultparametervalues formatenumerationlimit maximumhistorycount'
	).split(' '),
);
const settable = new Set([
	'erroractionpreference',
	'whatifpreference',
	'confirmpreference',
	'verbosepreference',
	'debugpreference',
	'informationpreference',
	'progresspreference',
	'warningpreference',
	'outputencoding',
	'psdefaultparametervalues',
	'ofs',
	'null',
]);
const drives = new Set(['env', 'function', 'variable', 'alias', 'using']);

/*
 * The flow of one scope. A state is the Set of names that are set for certain, or null behind return, throw and the like,
 * where nothing is reached any more.
 */
class Flow {
	constructor(context, file, text) {
		this.context = context;
		this.file = file;
		this.text = text;
		this.reads = new Set();
		this.writes = new Map(); // name -> node of the first assignment
		this.everSet = new Set();
		this.complained = new Set();
		this.loops = [];
		this.made = new Map(); // name -> 'here': an object that only this scope knows
	}

	read(node, state) {
		const { scope, name, written } = variableOf(node);
		if (drives.has(scope)) {
			return;
		}
		if (!['', 'script', 'global', 'local', 'private'].includes(scope)) {
			this.context.report('string-variable', node, `$${scope}: is no drive that the scripts use`);
			return;
		}
		if (scope === 'script' || scope === 'global') {
			if (name !== '' && !automatic.has(name)) {
				this.context.scriptReads.push({ name, written, node, file: this.file, flow: this });
			}
			return;
		}
		this.reads.add(name);
		if (name === 'matches' && /-i?c?match\b|switch\s+-regex/i.test(this.text)) {
			return;
		}
		if (automatic.has(name) || state === null || state.has(name) || this.complained.has(name)) {
			return;
		}
		this.complained.add(name);
		this.context.report(
			'unset-variable',
			node,
			this.everSet.has(name)
				? `$${written} is not set on every way that leads here`
				: `$${written} is not set before it is read here`,
		);
	}

	write(node, state) {
		const { scope, name } = variableOf(node);
		if (drives.has(scope)) {
			return;
		}
		if (scope === 'script' || scope === 'global') {
			if (scope === 'global') {
				this.context.report('unset-variable', node, 'nothing is left in the global scope');
			}
			this.context.scriptWrites.push({ name, node, file: this.file, flow: this });
			return;
		}
		if ((automatic.has(name) || name === 'matches' || name === 'lastexitcode') && !settable.has(name)) {
			this.context.report('unset-variable', node, `$${name} belongs to PowerShell`);
		}
		this.everSet.add(name);
		state?.add(name);
		if (!this.writes.has(name) && !automatic.has(name)) {
			this.writes.set(name, node);
		}
	}
}

const copy = state => state && new Set(state);
const meet = (a, b) => (a === null ? b : b === null ? a : new Set([...a].filter(name => b.has(name))));

// Statements one after another.
function run(flow, nodes, state) {
	for (const node of nodes) {
		state = visit(flow, node, state);
	}
	return state;
}

function visit(flow, node, state) {
	switch (node.type) {
		case 'comment':
		case 'function_statement': // a scope of its own
		case 'member_name':
			return node.type === 'member_name' && bare(named(node)[0] ?? node).type !== 'simple_name'
				? run(flow, children(node), state)
				: state;
		case 'variable':
			flow.read(node, state);
			return state;
		case 'assignment_expression':
			return assign(flow, node, state);
		case 'pre_increment_expression':
		case 'pre_decrement_expression':
		case 'post_increment_expression':
		case 'post_decrement_expression':
			return run(flow, children(node), state);
		case 'if_statement':
			return visitIf(flow, node, state);
		case 'switch_statement':
			return visitSwitch(flow, node, state);
		case 'foreach_statement':
			return visitForeach(flow, node, state);
		case 'for_statement':
		case 'while_statement':
		case 'do_statement':
			return visitLoop(flow, node, state);
		case 'try_statement':
			return visitTry(flow, node, state);
		case 'flow_control_statement':
			return visitLeave(flow, node, state);
		case 'script_block_expression':
			return visitBlock(flow, node, state);
		case 'command':
			return visitCommand(flow, node, state);
		case 'hash_entry':
			return run(
				flow,
				named(node).filter(n => n.type !== 'key_expression' || bare(named(n)[0]).type !== 'simple_name'),
				state,
			);
		default:
			return run(flow, children(node), state);
	}
}

function assign(flow, node, state) {
	const operator = childOf(node, 'assignement_operator').text;
	const [left, , right] = named(node);
	state = visit(flow, right, state);
	if (bare(left).type === 'variable' && operator === '=') {
		const { name } = variableOf(bare(left));
		const own = ['table', 'array'].includes(literal(right).kind) && flow.made.get(name) !== 'elsewhere';
		flow.made.set(name, own ? 'here' : 'elsewhere'); // somebody else's object: changing it is a use
	}
	return assignTo(flow, bare(left), operator, state);
}

function assignTo(flow, target, operator, state) {
	if (target.type === 'variable') {
		if (operator !== '=') {
			const reads = new Set(flow.reads);
			flow.read(target, state);
			flow.reads = reads; // $x += 1 alone is no use of $x
		}
		flow.write(target, state);
		return state;
	}
	if (target.type === 'array_literal_expression') {
		return named(target).reduce((s, each) => assignTo(flow, bare(each), operator, s), state);
	}
	if (
		target.type === 'expression_with_unary_operator' ||
		target.type === 'cast_expression' ||
		target.type === 'attributed_variable'
	) {
		const inner = named(target).at(-1);
		return assignTo(flow, bare(inner), operator, state);
	}
	if (target.type === 'member_access' || target.type === 'element_access') {
		const [object, ...rest] = children(target);
		const base = bare(object);
		if (base.type === 'variable' && variableOf(base).scope === '') {
			const reads = new Set(flow.reads);
			flow.read(base, state);
			if (flow.made.get(variableOf(base).name) === 'here') {
				flow.reads = reads; // filling a table that nobody reads is no use of it
			}
			return run(flow, rest, state);
		}
		return run(flow, children(target), state);
	}
	return run(flow, children(target), state);
}

const statementsOf = block => {
	const list = block && childOf(block, 'statement_list');
	return list ? children(list) : [];
};

function visitIf(flow, node, state) {
	state = visit(flow, node.childForFieldName('condition'), state);
	let after = run(flow, statementsOf(childOf(node, 'statement_block')), copy(state));
	for (const clause of named(node.childForFieldName('elseif_clauses') ?? node).filter(
		n => n.type === 'elseif_clause',
	)) {
		state = visit(flow, clause.childForFieldName('condition'), state);
		after = meet(after, run(flow, statementsOf(childOf(clause, 'statement_block')), copy(state)));
	}
	const otherwise = childOf(node, 'else_clause');
	return meet(
		after,
		otherwise ? run(flow, statementsOf(childOf(otherwise, 'statement_block')), copy(state)) : state,
	);
}

function visitSwitch(flow, node, state) {
	state = visit(flow, childOf(node, 'switch_condition'), state);
	const clauses = named(childOf(childOf(node, 'switch_body'), 'switch_clauses') ?? node).filter(
		n => n.type === 'switch_clause',
	);
	const loop = { ends: null, kind: 'switch' };
	flow.loops.push(loop);
	let after = null;
	let everyWay = false;
	for (const clause of clauses) {
		const condition = childOf(clause, 'switch_clause_condition');
		everyWay ||= /^default$/i.test(condition.text.trim());
		const before = visit(flow, condition, copy(state));
		after = meet(after, run(flow, statementsOf(childOf(clause, 'statement_block')), before));
	}
	flow.loops.pop();
	after = meet(after, loop.ends);
	return everyWay ? after : meet(after, state);
}

function visitForeach(flow, node, state) {
	const [variable, source] = named(node).filter(n => n.type === 'variable' || n.type === 'pipeline');
	state = visit(flow, source, state);
	const inside = copy(state);
	flow.write(variable, inside);
	inLoop(flow, () => run(flow, statementsOf(childOf(node, 'statement_block')), inside));
	return state;
}

function inLoop(flow, body) {
	const loop = { ends: null, kind: 'loop', broken: false };
	flow.loops.push(loop);
	const end = body();
	flow.loops.pop();
	return { end, breaks: loop.ends };
}

const isTrue = node => literal(named(node)[0] ?? node).value === true;

function visitLoop(flow, node, state) {
	const block = childOf(node, 'statement_block');
	if (node.type === 'do_statement') {
		const { end, breaks } = inLoop(flow, () => run(flow, statementsOf(block), copy(state)));
		const condition = node.childForFieldName('condition');
		return meet(visit(flow, condition, end), breaks);
	}
	const head = ['for_initializer', 'for_condition', 'condition']
		.map(field => node.childForFieldName(field))
		.filter(Boolean);
	state = run(flow, head, state);
	const { end, breaks } = inLoop(flow, () => run(flow, statementsOf(block), copy(state)));
	const iterator = node.childForFieldName('for_iterator');
	if (iterator) {
		visit(flow, iterator, end);
	}
	const condition = node.childForFieldName('condition');
	return condition && isTrue(condition) ? breaks : meet(state, breaks);
}

function visitTry(flow, node, state) {
	const before = copy(state);
	let after = run(flow, statementsOf(childOf(node, 'statement_block')), copy(state));
	for (const clause of named(childOf(node, 'catch_clauses') ?? node).filter(n => n.type === 'catch_clause')) {
		after = meet(after, run(flow, statementsOf(childOf(clause, 'statement_block')), copy(before)));
	}
	const last = childOf(node, 'finally_clause');
	if (!last) {
		return after;
	}
	const added = run(flow, statementsOf(childOf(last, 'statement_block')), copy(before));
	return after && added ? new Set([...after, ...added]) : after;
}

function visitLeave(flow, node, state) {
	state = run(flow, children(node), state);
	const word = node.children[0].text.toLowerCase();
	if (word === 'break' || word === 'continue') {
		const loop =
			word === 'break' ? flow.loops.at(-1) : (flow.loops.findLast(l => l.kind === 'loop') ?? flow.loops.at(-1));
		if (loop && (word === 'break' || loop.kind === 'switch')) {
			loop.ends = meet(loop.ends, copy(state));
		}
	}
	return null;
}

// A block may run never, once or often; what it sets is not set behind it.
function visitBlock(flow, node, state) {
	const inside = copy(state);
	for (const block of all(node, 'param_block')) {
		for (const parameter of all(block, 'script_parameter')) {
			const variable = childOf(parameter, 'variable');
			inside?.add(variableOf(variable).name);
		}
	}
	const outer = flow.loops;
	flow.loops = [];
	run(
		flow,
		children(node).filter(n => n.type !== 'param_block'),
		inside,
	);
	flow.loops = outer;
	return state;
}

function visitCommand(flow, node, state) {
	state = run(flow, children(node), state);
	const parts = named(childOf(node, 'command_elements') ?? node);
	parts.forEach((part, i) => {
		if (part.type === 'command_parameter' && setsVariable.has(part.text.slice(1).toLowerCase())) {
			const value = parts.slice(i + 1).find(n => n.type !== 'command_argument_sep');
			const name =
				value && literal(value).kind === 'string'
					? literal(value).value.replace(/^\+/, '').toLowerCase()
					: undefined;
			if (name) {
				flow.everSet.add(name);
				state?.add(name);
				if (!flow.writes.has(name)) {
					flow.writes.set(name, value);
				}
			}
		}
	});
	return state;
}

export default function variables(program, context) {
	context.scriptReads = [];
	context.scriptWrites = [];
	const flows = new Map();
	for (const { entry, files } of context.programs) {
		scriptLevel(entry, files, flows, context);
	}
	for (const fn of program.functions) {
		functionLevel(fn, context);
	}
	shared(program, context);
}

function parameterState(flow, parameters) {
	const state = new Set();
	for (const [name, parameter] of parameters) {
		if (automatic.has(name)) {
			flow.context.report('unset-variable', parameter.node, `$${parameter.name} belongs to PowerShell`);
		}
		flow.everSet.add(name);
		if (parameter.initial) {
			visit(flow, parameter.initial, state);
		}
		state.add(name);
	}
	return state;
}

function functionLevel(fn, context) {
	if (!fn.body) {
		return;
	}
	const flow = new Flow(context, fn.file, fn.body.text);
	const state = parameterState(flow, fn.parameters);
	for (const [name, parameter] of fn.parameters) {
		state.add(name);
		parameter.name = parameter.name ?? name;
	}
	run(
		flow,
		children(fn.body).filter(n => n.type !== 'param_block'),
		state,
	);
	unused(flow, fn.parameters, fn.body, context);
}

/*
 * Scripts run in the order in which they are dot-sourced, all in one scope. A part that several scripts read is looked
 * at once for what it reads; what it sets holds for each.
 */
function scriptLevel(entry, files, flows, context) {
	const state = new Set();
	const own = new Map();
	for (const file of files) {
		const flow = new Flow(context, file, file.text);
		if (flows.has(file)) {
			flows.get(file).sets.forEach(name => state.add(name));
			own.set(file, flows.get(file));
			continue;
		}
		parameterState(flow, file.parameters).forEach(name => state.add(name));
		const list = childOf(file.root, 'statement_list');
		const end = list ? run(flow, children(list), copy(state)) : state;
		(end ?? new Set(flow.everSet)).forEach(name => state.add(name));
		flow.sets = flow.everSet;
		flows.set(file, flow);
		own.set(file, flow);
		flow.entry = entry;
	}
	const shared = new Set(
		context.program.files
			.flatMap(f => all(f.root, 'variable'))
			.map(variableOf)
			.filter(v => v.scope === 'script')
			.map(v => v.name),
	);
	for (const file of files.filter(f => flows.get(f).entry === entry)) {
		const flow = flows.get(file);
		shared.forEach(name => flow.reads.add(name));
		for (const each of own.values()) {
			each.reads.forEach(name => flow.reads.add(name));
		}
		unused(flow, file.parameters, file.root, context);
	}
}

function unused(flow, parameters, body, { report }) {
	const splatted = new Set();
	walk(body, node => {
		if (node.type === 'variable' && node.text.startsWith('@')) {
			splatted.add(variableOf(node).name);
		}
	});
	const bound = all(body, 'variable').some(node => variableOf(node).name === 'psboundparameters');
	for (const [name, node] of flow.writes) {
		if (!flow.reads.has(name) && !splatted.has(name) && !parameters.has(name)) {
			report('unused-variable', node, `$${variableOf(node).written} is set and never read`);
		}
	}
	for (const [name, parameter] of parameters) {
		if (!flow.reads.has(name) && !splatted.has(name) && !bound) {
			report('unused-variable', parameter.node, `parameter -${parameter.name} is never read`);
		}
	}
}

// $script: variables are set by some file of every program that reads them.
function shared(program, { report, scriptReads, scriptWrites, programs }) {
	const complained = new Set();
	const topLevel = file => new Set([...file.parameters.keys(), ...assignedAtTop(file)]);
	for (const { entry, files } of programs) {
		const set = new Set(files.flatMap(file => [...topLevel(file)]));
		scriptWrites.filter(write => files.includes(write.file)).forEach(write => set.add(write.name));
		for (const read of scriptReads.filter(r => files.includes(r.file))) {
			const key = `${read.file.path} ${read.name}`;
			if (!set.has(read.name) && !complained.has(key)) {
				complained.add(key);
				report('unset-variable', read.node, `$script:${read.written} is set by no file of ${entry.path}`);
			}
		}
	}
	const read = new Set(scriptReads.map(r => r.name));
	const plain = new Set(
		program.files
			.flatMap(file => all(file.root, 'variable'))
			.map(variableOf)
			.filter(v => v.scope === '')
			.map(v => v.name),
	);
	const first = new Map(scriptWrites.map(write => [write.name, write]).reverse());
	for (const [name, write] of first) {
		if (!read.has(name) && !plain.has(name) && name !== 'allowedparameters') {
			report('unused-variable', write.node, `$script:${variableOf(write.node).written} is set and never read`);
		}
	}
}

function assignedAtTop(file) {
	const names = [];
	walk(file.root, node => {
		if (node.type === 'function_statement') {
			return false;
		}
		if (node.type === 'assignment_expression') {
			for (const variable of all(named(node)[0], 'variable')) {
				names.push(variableOf(variable).name);
			}
		}
		return true;
	});
	return names;
}

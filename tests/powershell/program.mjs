// What the scripts consist of: files, functions, calls of commands and what is handed to them.

import {
	all,
	ancestor,
	bare,
	childOf,
	children,
	keyText,
	literal,
	named,
	parse,
	variableOf,
	within,
} from './syntax.mjs';

/*
 * readProgram(files) - files: [{ path, text }], path as from the top of the tree.
 *
 * Gives { files, functions, calls }:
 *   file      path, text, root, calls, functions, dotSourced: [{ node, target }], target a path or undefined
 *   function  name, file, node, body, binding (attributes of CmdletBinding), parameters: Map lower name -> parameter
 *   call      name, nameNode, node, file, fn (undefined at script level), operator ('&', '.' or ''), words, piped
 */
export function readProgram(sources) {
	const files = sources.map(source => readOnce(source));
	return {
		files,
		functions: files.flatMap(file => file.functions),
		calls: files.flatMap(file => file.calls),
	};
}

// What was read last under a path: the proof checks the same files again and again.
const last = new Map();

function readOnce(source) {
	if (last.get(source.path)?.text !== source.text) {
		last.set(source.path, readFile(source));
	}
	return last.get(source.path);
}

function readFile({ path, text }) {
	const file = { path, text, root: parse(text) };
	file.parameters = parametersOf(childOf(file.root, 'param_block'));
	file.binding = bindingOf(childOf(file.root, 'param_block'));
	file.functions = all(file.root, 'function_statement').map(node => readFunction(file, node));
	file.calls = all(file.root, 'command').map(node => readCall(file, node));
	file.dotSourced = file.calls
		.filter(call => call.operator === '.')
		.map(call => ({ node: call.node, target: targetOf(file, call) }));
	return file;
}

function readFunction(file, node) {
	const block = childOf(node, 'script_block');
	const parameterBlock = block && childOf(block, 'param_block');
	return {
		name: childOf(node, 'function_name').text,
		file,
		node,
		body: block,
		binding: bindingOf(parameterBlock),
		parameters: parametersOf(parameterBlock),
		nested: ancestor(node, 'function_statement') !== null,
	};
}

// Attributes as Map lower name -> { positional: [value nodes], named: Map lower name -> value node or null }.
function attributesOf(list) {
	const attributes = new Map();
	for (const attribute of list ? named(list) : []) {
		const nameNode = childOf(attribute, 'attribute_name');
		if (!nameNode) {
			continue;
		}
		const entry = { node: attribute, positional: [], named: new Map() };
		for (const argument of named(childOf(attribute, 'attribute_arguments') ?? nameNode)) {
			if (argument.type !== 'attribute_argument') {
				continue;
			}
			const simple = childOf(argument, 'simple_name');
			if (simple) {
				const value = named(argument).find(n => n.type !== 'simple_name');
				entry.named.set(simple.text.toLowerCase(), value ?? null);
			} else {
				entry.positional.push(named(argument)[0]);
			}
		}
		attributes.set(nameNode.text.toLowerCase(), entry);
	}
	return attributes;
}

function typesOf(list) {
	return (list ? named(list) : [])
		.map(attribute => childOf(attribute, 'type_literal'))
		.filter(Boolean)
		.map(type => type.text.slice(1, -1));
}

const truth = value => value === null || (value !== undefined && literal(value).value === true);

function bindingOf(block) {
	const binding = attributesOf(block && childOf(block, 'attribute_list')).get('cmdletbinding');
	return (
		binding && {
			supportsShouldProcess: truth(binding.named.get('supportsshouldprocess')),
			positional: !(binding.named.has('positionalbinding') && !truth(binding.named.get('positionalbinding'))),
		}
	);
}

function parametersOf(block) {
	const list = block && childOf(block, 'parameter_list');
	const parameters = new Map();
	for (const node of list ? named(list).filter(n => n.type === 'script_parameter') : []) {
		const attributeList = childOf(node, 'attribute_list');
		const attributes = attributesOf(attributeList);
		const variable = childOf(node, 'variable');
		const { name, written } = variableOf(variable);
		const marks = attributes.get('parameter');
		const type = typesOf(attributeList)[0] ?? 'object';
		parameters.set(name, {
			name: written,
			node: variable,
			type,
			switch: /^(switch|SwitchParameter|System\.Management\.Automation\.SwitchParameter)$/i.test(type),
			mandatory: marks !== undefined && marks.named.has('mandatory') && truth(marks.named.get('mandatory')),
			set: marks?.named.get('parametersetname') && literal(marks.named.get('parametersetname')).value,
			position: marks?.named.get('position') && literal(marks.named.get('position')).value,
			pipeline: ['valuefrompipeline', 'valuefrompipelinebypropertyname'].some(key => truth(marks?.named.get(key))),
			allows: ['allownull', 'allowemptystring', 'allowemptycollection'].filter(name => attributes.has(name)),
			values: attributes
				.get('validateset')
				?.positional.map(literal)
				.filter(v => v.kind === 'string')
				.map(v => v.value),
			initial: childOf(node, 'script_parameter_default'),
		});
	}
	return parameters;
}

function readCall(file, node) {
	const operator = childOf(node, 'command_invokation_operator')?.text ?? '';
	const nameNode = childOf(node, 'command_name') ?? childOf(node, 'command_name_expr');
	const chain = node.parent;
	return {
		node,
		file,
		operator,
		nameNode,
		name: nameNode?.type === 'command_name' ? nameNode.text : undefined,
		fn: undefined,
		words: wordsOf(node),
		piped: chain?.type === 'pipeline_chain' && named(chain).findIndex(n => n === node) > 0,
	};
}

/*
 * The words behind a command's name:
 *   { type: 'parameter', name, node, colon }    colon: the next word is glued to it
 *   { type: 'value', node, glued }
 *   { type: 'splat', name, scope, node }
 */
function wordsOf(node) {
	const words = [];
	let glued = false;
	let last;
	for (const part of children(childOf(node, 'command_elements') ?? node)) {
		if (
			!part.isNamed ||
			part.type === 'comment' ||
			part.type === 'command_name' ||
			part.type === 'command_name_expr' ||
			part.type === 'command_invokation_operator' ||
			part.type === 'redirection' ||
			part.type === 'argument_list'
		) {
			continue;
		}
		if (part.type === 'command_argument_sep') {
			glued = part.text.trim() === ':';
			continue;
		}
		if (part.type === 'command_parameter') {
			words.push({ type: 'parameter', name: part.text.slice(1), node: part });
		} else if (part.type === 'generic_token' && /^(?:[2-6*]?>>?|[2-6*]>&1|>)/.test(part.text)) {
			glued = false;
			continue;
		} else if (bare(part).type === 'variable' && part.text.startsWith('@')) {
			words.push({ type: 'splat', ...variableOf(bare(part)), node: part });
		} else if (last?.type === 'command_parameter' && last.endIndex === part.startIndex) {
			words.at(-1).name += part.text; // the grammar ends a parameter's name before a digit
		} else {
			if (glued && words.at(-1)?.type === 'parameter') {
				words.at(-1).colon = true;
			}
			words.push({ type: 'value', node: part, glued });
		}
		last = part;
		glued = false;
	}
	return words;
}

// ". "$PSScriptRoot/PART"" names a path of the tree; anything else is undefined.
function targetOf(file, call) {
	const string = all(call.nameNode ?? call.node, 'expandable_string_literal')[0];
	const match = string && /^"\$PSScriptRoot[/\\]([A-Za-z0-9_./\\-]+\.ps1)"$/.exec(string.text);
	if (!match || call.words.length > 0) {
		return undefined;
	}
	const folder = file.path.includes('/') ? file.path.replace(/\/[^/]*$/, '/') : '';
	return folder + match[1].replaceAll('\\', '/');
}

// Sets call.fn, and gives every function its own calls.
export function assignCalls(program) {
	for (const fn of program.functions) {
		fn.calls = [];
	}
	for (const call of program.calls) {
		const owner = ancestor(call.node, 'function_statement');
		call.fn = owner ? call.file.functions.find(fn => fn.node === owner) : undefined;
		call.fn?.calls.push(call);
	}
}

// What sets a variable in the scope of a call, a function or the script level of a file, in the order of the text.
export function scopeNodes(call, types) {
	const { source, owner } = call.node;
	source.scopes ??= new Map();
	if (!source.scopes.has(owner)) {
		source.scopes.set(
			owner,
			['assignment_expression', 'foreach_statement', 'invokation_expression', 'script_parameter']
				.flatMap(type => all(call.file.root, type))
				.filter(node => node.owner === owner)
				.sort((a, b) => a.startIndex - b.startIndex),
		);
	}
	return source.scopes.get(owner).filter(node => types.includes(node.type));
}

const blockOf = node => ancestor(node, ['statement_block', 'script_block', 'program', 'switch_clause']);

/*
 * follow(call, splat) - what the variable of a splat holds when the call is reached.
 *
 * Gives { entries: [{ key, keyNode, value, certain }], selected } or { problem: words, node }.
 * certain: the key is there on every way. selected: name of the command given to Select-SecuDocParameter.
 */
export function follow(call, splat) {
	if (splat.name === 'psboundparameters' || splat.name === 'args') {
		return { problem: `@${splat.written} cannot be followed`, node: splat.node };
	}
	if (splat.scope !== '') {
		return {
			problem: `@${splat.scope}:${splat.written} cannot be followed: splat a variable of the function`,
			node: splat.node,
		};
	}
	const state = { entries: [], selected: undefined, made: 0, problem: undefined };
	for (const node of scopeNodes(call, [
		'assignment_expression',
		'foreach_statement',
		'invokation_expression',
		'script_parameter',
	])) {
		if (
			state.problem ||
			(node.startIndex > call.node.startIndex && !sharesLoop(node, call.node)) ||
			otherBranch(node, call.node)
		) {
			continue;
		}
		if (node.type === 'assignment_expression') {
			change(state, node, splat, call);
		} else if (
			node.type === 'foreach_statement' &&
			named(node).some(n => n.type === 'variable' && isIt(n, splat))
		) {
			state.problem = { problem: `@${splat.written} is the variable of a loop`, node };
		} else if (node.type === 'invokation_expression' && isIt(bare(node.children[0]), splat)) {
			const member = childOf(node, 'member_name')?.text.toLowerCase();
			if (!['containskey', 'contains', 'getenumerator', 'remove'].includes(member)) {
				state.problem = { problem: `$${splat.written}.${member}() changes what is splatted`, node };
			}
		} else if (node.type === 'script_parameter' && isIt(childOf(node, 'variable'), splat)) {
			state.problem = {
				problem: `@${splat.written} is a parameter: what is in it cannot be known`,
				node: splat.node,
			};
		}
	}
	if (state.problem) {
		return state.problem;
	}
	if (state.made === 0) {
		return { problem: `@${splat.written} is not set in this function`, node: splat.node };
	}
	return { entries: state.entries, selected: state.selected };
}

const isIt = (node, splat) =>
	node?.type === 'variable' && variableOf(node).scope === '' && variableOf(node).name === splat.name;

// Behind the call, but in a loop around both: the next turn sees it.
function sharesLoop(node, callNode) {
	for (let n = callNode.parent; n; n = n.parent) {
		if (
			['foreach_statement', 'for_statement', 'while_statement', 'do_statement'].includes(n.type) &&
			within(node, n)
		) {
			return true;
		}
	}
	return false;
}

// In a branch of an if or switch whose other branch has the call.
function otherBranch(node, callNode) {
	for (let n = node; n; n = n.parent) {
		const branch =
			['elseif_clause', 'else_clause', 'switch_clause'].includes(n.type) ||
			(n.type === 'statement_block' && n.parent?.type === 'if_statement');
		if (branch && !within(callNode, n)) {
			const whole = ancestor(n, ['if_statement', 'switch_statement']);
			const condition = whole.childForFieldName('condition');
			if (within(callNode, whole) && !(condition && within(callNode, condition))) {
				return true;
			}
		}
	}
	return false;
}

function change(state, node, splat, call) {
	const operator = childOf(node, 'assignement_operator')?.text;
	const [leftNode, , rightNode] = named(node);
	const left = bare(leftNode);
	const certain = onEveryWay(node, call.node);
	if (
		isIt(left, splat) ||
		(left.type === 'expression_with_unary_operator' && all(left, 'variable').some(v => isIt(v, splat)))
	) {
		const value = literal(rightNode);
		if (value.kind === 'table') {
			if (operator === '=' && certain) {
				state.entries = [];
				state.selected = undefined;
			}
			state.made += operator === '=' ? 1 : 0;
			for (const entry of value.entries) {
				if (entry.key === undefined) {
					state.problem = { problem: `a key of $${splat.written} is not literal`, node: entry.keyNode };
				}
				state.entries.push({ ...entry, certain });
			}
			return;
		}
		const command = operator === '=' && selection(rightNode);
		if (command) {
			state.made++;
			if (certain) {
				state.entries = [];
			}
			if (state.selected && state.selected !== command && !certain) {
				state.problem = { problem: `$${splat.written} is made for two commands`, node };
			}
			state.selected = command;
			return;
		}
		state.problem = { problem: `what $${splat.written} is set to cannot be followed`, node };
		return;
	}
	if ((left.type === 'member_access' || left.type === 'element_access') && isIt(bare(left.children[0]), splat)) {
		const keyNode = left.type === 'member_access' ? childOf(left, 'member_name') : named(left)[1];
		const inner = named(keyNode)[0] ?? keyNode;
		const key =
			left.type === 'member_access' && inner.type === 'simple_name'
				? inner.text
				: keyText(bare(keyNode.type === 'member_name' ? inner : keyNode));
		if (key === undefined) {
			state.problem = { problem: `a key of $${splat.written} is not literal`, node: keyNode };
			return;
		}
		state.entries = state.entries.filter(entry => !certain || entry.key.toLowerCase() !== key.toLowerCase());
		state.entries.push({ key, keyNode, value: rightNode, certain });
	}
}

// Select-SecuDocParameter -Command 'NAME' -From ...: NAME
export function selection(node) {
	const call = bare(node);
	if (call.type !== 'command' || childOf(call, 'command_name')?.text !== 'Select-SecuDocParameter') {
		return undefined;
	}
	const words = wordsOf(call);
	const at = words.findIndex(word => word.type === 'parameter' && word.name.toLowerCase() === 'command');
	const value = at >= 0 && words[at + 1]?.type === 'value' ? literal(words[at + 1].node) : undefined;
	return value?.kind === 'string' ? value.value : undefined;
}

// The change stands in the call's own block or in one around it, before it.
function onEveryWay(node, callNode) {
	if (node.startIndex > callNode.startIndex) {
		return false;
	}
	const block = blockOf(node);
	return !block || within(callNode, block);
}

// Expressions that are legal and mean something else than they look like.

import { all, ancestor, bare, childOf, children, literal, named, variableOf } from '../syntax.mjs';

export default function expressions(program, { report }) {
	for (const { root } of program.files) {
		for (const type of ['comparison_expression', 'comparison_argument_expression']) {
			all(root, type).forEach(node => negation(node, report));
		}
		for (const type of ['logical_expression', 'logical_argument_expression']) {
			all(root, type).forEach(node => mixture(node, report));
			all(root, type).forEach(node => constant(node, report));
		}
		all(root, 'assignement_operator')
			.filter(node => node.text === '!=')
			.forEach(node => report('syntax', node, '!= is no operator: -ne'));
		all(root, 'redirection').forEach(node => compared(node, report));
		all(root, 'expandable_string_literal').forEach(node => expanded(node, report));
		all(root, 'verbatim_string_characters').forEach(node => verbatim(node, root, report));
		for (const type of ['format_expression', 'format_argument_expression']) {
			all(root, type).forEach(node => format(node, report));
		}
	}
}

// -not $a -eq $b compares (-not $a) with $b.
function negation(node, report) {
	const [left, operator] = node.children;
	if (operator?.type !== 'comparison_operator') {
		return;
	}
	let inner = left; // without its parentheses taken away: those make it right
	while (inner.children.length === 1 && inner.type !== 'expression_with_unary_operator') {
		inner = inner.children[0];
	}
	if (inner.type === 'expression_with_unary_operator' && /^(?:-not|!)$/i.test(inner.children[0].text)) {
		report('precedence', node, '-not belongs to the left operand only: -not (...)');
	}
}

const wordOf = node =>
	children(node)
		.find(child => !child.isNamed && /^-(?:and|or|xor)$/i.test(child.text))
		?.text.toLowerCase();

// -and and -or have the same rank: $a -or $b -and $c is ($a -or $b) -and $c.
function mixture(node, report) {
	const own = wordOf(node);
	const left = node.children[0];
	const inner = left.type === node.type ? wordOf(left) : undefined;
	if (own && inner && own !== inner) {
		report('precedence', node, `${inner} and ${own} have the same rank: parentheses`);
	}
}

// $a -eq 'x' -or 'y': text is always true.
function constant(node, report) {
	if (!wordOf(node)) {
		return;
	}
	for (const operand of named(node)) {
		if (/^(?:string|number|array|table)$/.test(literal(operand).kind)) {
			report('precedence', operand, 'this is always the same: the comparison is missing');
		}
	}
}

// > writes to a file, also in a condition.
function compared(node, report) {
	const condition = ancestor(node, ['if_statement', 'elseif_clause', 'while_statement']);
	const field = condition?.childForFieldName('condition');
	if (field && node.startIndex >= field.startIndex && node.endIndex <= field.endIndex) {
		report('precedence', node, `${node.text.slice(0, 2).trim()} writes to a file: -gt, -lt compare`);
	}
}

// "$x.Name" and "$x[0]" expand $x alone; "$x:" names a drive.
function expanded(node, report) {
	const { text } = node.source;
	for (const variable of named(node).filter(child => child.type === 'variable' && !child.text.includes('{'))) {
		const behind = text.slice(variable.endIndex, variable.endIndex + 2);
		if (/^\.[A-Z]/.test(behind) || behind.startsWith('[')) {
			const words = `only ${variable.text} is expanded: $(${variable.text}${behind[0]}...)`;
			report('string-variable', variable, words);
		} else if (/^:(?!:)/.test(behind) && variableOf(variable).scope === '') {
			report('string-variable', variable, `${variable.text}: names a drive: \${${variable.text.slice(1)}}:`);
		}
	}
}

// '$name' where $name is a variable of the same function.
function verbatim(node, root, report) {
	const names = [...node.text.matchAll(/\$\(?([A-Za-z_][A-Za-z0-9_]*)/g)].map(match => match[1].toLowerCase());
	if (names.length === 0) {
		return;
	}
	const set = new Set();
	for (const type of ['left_assignment_expression', 'script_parameter', 'foreach_statement']) {
		for (const place of all(root, type).filter(n => n.owner === node.owner)) {
			const target = type === 'left_assignment_expression' ? bare(place) : childOf(place, 'variable');
			if (target?.type === 'variable') {
				set.add(variableOf(target).name);
			}
		}
	}
	const found = names.find(name => set.has(name));
	if (found) {
		report('string-variable', node, `nothing is expanded in '...', and there is a $${found}`);
	}
}

// '{0} {1}' -f $a throws.
function format(node, report) {
	const [left, operator, right] = node.children;
	const text = operator?.type === 'format_operator' ? literal(left) : undefined;
	if (text?.kind !== 'string') {
		return;
	}
	const rest = text.value.replace(/\{\{|\}\}/g, '');
	const places = [...rest.matchAll(/\{([0-9]+)(?:,-?[0-9]+)?(?::[^{}]*)?\}/g)].map(match => Number(match[1]));
	if (/[{}]/.test(rest.replace(/\{[0-9]+(?:,-?[0-9]+)?(?::[^{}]*)?\}/g, ''))) {
		report('format', left, 'a brace that is no place is written twice: {{ or }}');
		return;
	}
	const list = right.type === 'array_literal_expression' ? right : bare(right);
	const count = list.type === 'array_literal_expression' ? named(list).length : undefined;
	const wanted = places.length === 0 ? 0 : Math.max(...places) + 1;
	const single = count === 1 || count === undefined;
	const maybeList =
		single &&
		/^(?:variable|member_access|element_access|invokation_expression|array_expression|command|pipeline_chain|sub_expression)$/.test(
			bare(right).type,
		);
	const given = single ? 1 : count;
	if (maybeList ? wanted === 0 : wanted !== given) {
		report('format', node, `the text has places for ${wanted}, and gets ${given}`);
	} else if (places.length > 0 && new Set(places).size !== wanted) {
		report('format', left, 'a place is left out');
	}
}

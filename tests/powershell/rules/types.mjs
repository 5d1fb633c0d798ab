// Types of .NET and attributes are spelled as they are: a script with a wrong one ends when it comes there.

import { all, childOf, named } from '../syntax.mjs';

// about_Functions_Advanced_Parameters, about_Functions_CmdletBindingAttribute, about_Functions_OutputTypeAttribute
const attributes = {
	Alias: [],
	AllowEmptyCollection: [],
	AllowEmptyString: [],
	AllowNull: [],
	CmdletBinding: [
		'ConfirmImpact',
		'DefaultParameterSetName',
		'HelpUri',
		'PositionalBinding',
		'SupportsShouldProcess',
	],
	OutputType: ['ParameterSetName'],
	Parameter: [
		'DontShow',
		'HelpMessage',
		'Mandatory',
		'ParameterSetName',
		'Position',
		'ValueFromPipeline',
		'ValueFromPipelineByPropertyName',
		'ValueFromRemainingArguments',
	],
	ValidateCount: [],
	ValidateLength: [],
	ValidateNotNull: [],
	ValidateNotNullOrEmpty: [],
	ValidateNotNullOrWhiteSpace: [],
	ValidatePattern: ['ErrorMessage', 'Options'],
	ValidateRange: [],
	ValidateScript: ['ErrorMessage'],
	ValidateSet: ['ErrorMessage', 'IgnoreCase'],
};

export default function types(program, { facts, report }) {
	const known = new Map(Object.entries(facts.types).map(([name, members]) => [name, new Set(['new', ...members])]));
	for (const file of program.files) {
		for (const node of all(file.root, 'type_literal')) {
			for (const name of node.text.match(/[A-Za-z_][A-Za-z0-9_.]*/g) ?? []) {
				if (!known.has(name)) {
					report(
						'unknown-type',
						node,
						`${name} is no type of tests/data/cmdlets.json: look it up and add it there`,
					);
				}
			}
		}
		for (const node of [...all(file.root, 'member_access'), ...all(file.root, 'invokation_expression')]) {
			staticMember(node, known, report);
		}
		for (const node of all(file.root, 'attribute_name')) {
			attribute(node, report);
		}
	}
}

function staticMember(node, known, report) {
	const [type, colons] = node.children;
	if (colons?.type !== '::' || type.type !== 'type_literal') {
		return;
	}
	const name = /[A-Za-z_][A-Za-z0-9_.]*/.exec(type.text)[0];
	const member = childOf(node, 'member_name').text;
	if (known.has(name) && !known.get(name).has(member)) {
		report('unknown-type', node, `${name} has no static member ${member} in tests/data/cmdlets.json`);
	}
}

function attribute(node, report) {
	const allowed = attributes[node.text];
	if (!allowed) {
		report('unknown-type', node, `[${node.text}()] is no attribute, or is written otherwise`);
		return;
	}
	for (const argument of named(childOf(node.parent, 'attribute_arguments') ?? node)) {
		const name = argument.type === 'attribute_argument' && childOf(argument, 'simple_name');
		if (name && !allowed.includes(name.text)) {
			report('unknown-type', name, `[${node.text}()] has no ${name.text}`);
		}
	}
}

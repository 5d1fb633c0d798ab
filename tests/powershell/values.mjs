// Is a value known before the script runs one that the parameter takes?

const unqualified = type =>
	type
		.replace(/^.*\./, '')
		.replace(/\?$/, '')
		.replace(/^Nullable\[(.*)\]$/i, '$1')
		.toLowerCase();
const numbers = new Set([
	'int',
	'int16',
	'int32',
	'int64',
	'uint16',
	'uint32',
	'uint64',
	'long',
	'short',
	'byte',
	'double',
	'float',
	'single',
	'decimal',
	'uint',
]);
const booleans = new Set(['bool', 'boolean']);
const tables = new Set(['hashtable', 'idictionary', 'ordereddictionary']);
const objects = new Set(['x509certificate2', 'securestring', 'pscredential']);
const one = new Set([...numbers, ...booleans, 'string', 'guid', 'datetime', 'bytequantifiedsize', 'smtpaddress']);

const patterns = {
	guid: [/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, 'a GUID'],
	bytequantifiedsize: [/^[0-9]+(?:\.[0-9]+)?\s*(?:B|KB|MB|GB|TB)?(?: \([0-9,]+ bytes\))?$/i, 'a size such as 1KB'],
	unlimited: [/^(?:[0-9]+|Unlimited)$/, 'a number or Unlimited'],
	smtpaddress: [/^[^@\s]+@[^@\s]+$/, 'an address'],
	sclvalue: [/^(?:-1|[0-9])$/, 'a number from -1 to 9'],
};

const spelled = value =>
	value.kind === 'string'
		? `'${value.value}'`
		: value.kind === 'bool'
			? `$${value.value}`
			: value.kind === 'number'
				? String(value.value)
				: value.kind;

/*
 * complaint(parameter, value) - what is wrong with a literal() for a parameter, in words; undefined when nothing is
 * known to be wrong. What cannot be known is not wrong.
 */
export function complaint(parameter, value) {
	const list = /\[\]$/.test(parameter.type);
	const base = unqualified(parameter.type.replace(/\[\]$/, ''));
	const empty = parameter.mandatory ? refused(parameter, base, list, value) : undefined;
	if (empty) {
		return empty;
	}
	if (value.kind === 'unknown' || value.kind === 'null') {
		return undefined;
	}
	if (parameter.switch) {
		return value.kind === 'bool' ? undefined : `is a switch: $true or $false, not ${spelled(value)}`;
	}
	if (value.kind === 'array') {
		if (!list && (one.has(base) || parameter.values)) {
			return 'takes one value, not several';
		}
		return value.items
			.map(item => (item.kind === 'array' ? undefined : single(parameter, base, item)))
			.find(Boolean);
	}
	return single(parameter, base, value);
}

// A mandatory parameter of a function takes nothing empty unless an attribute allows it.
function refused(parameter, base, list, value) {
	const allows = name => parameter.allows?.includes(name);
	if (value.kind === 'null' && !allows('allownull') && !(base === 'string' && allows('allowemptystring'))) {
		return 'is mandatory and takes no $null: [AllowNull()]';
	}
	const texts = value.kind === 'array' ? value.items : [value];
	if (
		base === 'string' &&
		!allows('allowemptystring') &&
		texts.some(item => item.kind === 'string' && item.value === '')
	) {
		return 'is mandatory and takes no empty text: [AllowEmptyString()]';
	}
	const collection = list || /^(?:array|list|ilist|icollection|hashset)/.test(base);
	return collection && value.kind === 'array' && value.items.length === 0 && !allows('allowemptycollection')
		? 'is mandatory and takes no empty list: [AllowEmptyCollection()]'
		: undefined;
}

function single(parameter, base, value) {
	if (value.kind === 'unknown' || value.kind === 'null') {
		return undefined;
	}
	if (booleans.has(base)) {
		return value.kind === 'bool' ? undefined : `wants $true or $false, not ${spelled(value)}`;
	}
	if (tables.has(base)) {
		return value.kind === 'table' ? undefined : `wants a hashtable, not ${spelled(value)}`;
	}
	if (base === 'scriptblock') {
		return value.kind === 'block' ? undefined : `wants a script block, not ${spelled(value)}`;
	}
	if (objects.has(base)) {
		return value.kind === 'expanded' || value.kind === 'string' || value.kind === 'number'
			? `wants a ${base}, not text`
			: undefined;
	}
	if (numbers.has(base)) {
		return value.kind === 'number' ? undefined : `wants a number, not ${spelled(value)}`;
	}
	return value.kind === 'expanded' ? undefined : worded(parameter, base, value);
}

function worded(parameter, base, value) {
	const word = value.kind === 'string' || value.kind === 'number' ? String(value.text ?? value.value) : undefined;
	if (parameter.values) {
		if (parameter.values.includes(word)) {
			return undefined;
		}
		return `takes ${parameter.values.join(', ')}, not ${spelled(value)}`;
	}
	if (word === undefined) {
		return base === 'string' && value.kind !== 'block' ? `wants text, not ${spelled(value)}` : undefined;
	}
	if (parameter.maxLength !== undefined && [...word].length > parameter.maxLength) {
		return `takes at most ${parameter.maxLength} characters, not ${[...word].length}`;
	}
	const pattern = patterns[base];
	return pattern && !pattern[0].test(word) ? `wants ${pattern[1]}, not ${spelled(value)}` : undefined;
}

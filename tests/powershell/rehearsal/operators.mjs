// Operators between two values.

import {
	Table,
	Time,
	Span,
	TypeName,
	emit,
	equal,
	fault,
	isList,
	itemsOf,
	lower,
	number,
	text,
	unknown,
} from './values.mjs';

// A pattern of .NET as one of JavaScript, where the two agree.
export function pattern(source, flags = '') {
	let options = flags;
	const body = source
		.replace(/^\(\?([ims]+)\)/, (_, letters) => {
			options += letters;
			return '';
		})
		.replace(/^\^\(\?i:smtp\)/, '^(?:[sS][mM][tT][pP])');
	if (/\(\?(?![:=!<])/.test(body) || /\\[AzZG]/.test(body)) {
		throw unknown(`pattern ${source}`);
	}
	return new RegExp(body, [...new Set(options)].join(''));
}

function match(m, left, right) {
	if (isList(left)) {
		throw unknown('-match with a list');
	}
	const found = pattern(text(right), 'i').exec(text(left));
	if (found) {
		const groups = new Table();
		found.forEach((group, i) => {
			if (group !== undefined) {
				groups.set(i, group);
			}
		});
		m.write({ scope: '', name: 'matches' }, groups);
	}
	return found !== null;
}

function replace(left, right) {
	const [from, to] = itemsOf(right).map(text);
	const expression = pattern(from, 'gi');
	const put = (to ?? '').replaceAll('$0', '$$&');
	const one = item => text(item).replace(expression, put);
	return isList(left) ? itemsOf(left).map(one) : one(left);
}

function like(left, right) {
	const body = text(right)
		.replace(/[.+^${}()|\\[\]]/g, '\\$&')
		.replaceAll('*', '.*')
		.replaceAll('?', '.');
	return new RegExp(`^${body}$`, 'is').test(text(left));
}

function format(left, right) {
	const values = itemsOf(right);
	return text(left).replace(/\{(\d+)(?:,(-?\d+))?(?::([^}]*))?\}/g, (_, index, width, form) => {
		if (index >= values.length) {
			throw fault(`-f has no value ${index}`);
		}
		if (form !== undefined && form !== '0') {
			throw unknown(`format ${form}`);
		}
		const value = form === '0' ? String(Math.round(number(values[index]))) : text(values[index]);
		return width < 0 ? value.padEnd(-width) : value.padStart(width ?? 0);
	});
}

function add(left, right) {
	if (left === null || left === undefined) {
		return right;
	}
	if (isList(left)) {
		const sum = itemsOf(left).slice();
		emit(sum, right);
		return sum;
	}
	if (typeof left === 'string') {
		return left + text(right);
	}
	if (left instanceof Table && right instanceof Table) {
		const sum = new Table(left.ordered);
		for (const [key, value] of [...left.pairs(), ...right.pairs()]) {
			sum.set(key, value);
		}
		return sum;
	}
	return number(left) + number(right);
}

function subtract(left, right) {
	if (left instanceof Time && right instanceof Time) {
		return new Span(left.ms - right.ms);
	}
	return number(left) - number(right);
}

const kinds = {
	string: value => typeof value === 'string',
	bool: value => typeof value === 'boolean',
	int: value => Number.isInteger(value),
	long: value => Number.isInteger(value),
	datetime: value => value instanceof Time,
	'collections.idictionary': value => value instanceof Table,
	hashtable: value => value instanceof Table && !value.ordered,
	'collections.ienumerable': value => isList(value) || typeof value === 'string' || value instanceof Table,
};

function is(value, type) {
	if (!(type instanceof TypeName) || !Object.hasOwn(kinds, type.name)) {
		throw unknown(`-is [${type.name}]`);
	}
	return kinds[type.name](value);
}

function order(left, right, compare) {
	if (left instanceof Time && right instanceof Time) {
		return compare(left.ms, right.ms);
	}
	if (typeof left === 'string') {
		return compare(lower(left).localeCompare(lower(text(right))), 0);
	}
	return compare(number(left), number(right));
}

// Flags of an enumeration, which are their own names here.
function flags(left, right) {
	const [some, others] = [left, right].map(value => text(value).split(', '));
	return some.filter(flag => others.includes(flag)).join(', ') || 'None';
}

const matching = (left, keep) => itemsOf(left).filter(keep);
const equals = matchCase => (left, right) =>
	isList(left) ? matching(left, item => equal(item, right, matchCase)) : equal(left, right, matchCase);
const differs = matchCase => (left, right) =>
	isList(left) ? matching(left, item => !equal(item, right, matchCase)) : !equal(left, right, matchCase);
const holds = (left, right, matchCase) => itemsOf(left).some(item => equal(item, right, matchCase));

const operators = {
	'-eq': equals(false),
	'-ceq': equals(true),
	'-ne': differs(false),
	'-cne': differs(true),
	'-lt': (a, b) => order(a, b, (x, y) => x < y),
	'-le': (a, b) => order(a, b, (x, y) => x <= y),
	'-gt': (a, b) => order(a, b, (x, y) => x > y),
	'-ge': (a, b) => order(a, b, (x, y) => x >= y),
	'-contains': (a, b) => holds(a, b),
	'-notcontains': (a, b) => !holds(a, b),
	'-ccontains': (a, b) => holds(a, b, true),
	'-cnotcontains': (a, b) => !holds(a, b, true),
	'-in': (a, b) => holds(b, a),
	'-notin': (a, b) => !holds(b, a),
	'-like': like,
	'-notlike': (a, b) => !like(a, b),
	'-replace': replace,
	'-join': (a, b) => itemsOf(a).map(text).join(text(b)),
	'-split': (a, b) => text(a).split(pattern(text(b), 'i')),
	'-is': is,
	'-isnot': (a, b) => !is(a, b),
	'-f': format,
	'-band': flags,
	'+': add,
	'-': subtract,
	'*': (a, b) => number(a) * number(b),
	'/': (a, b) => number(a) / number(b),
	'%': (a, b) => number(a) % number(b),
	'..': (a, b) => Array.from({ length: Math.abs(b - a) + 1 }, (_, i) => (b < a ? a - i : a + i)),
};

export function binary(m, operator, left, right) {
	if (operator === '-match' || operator === '-notmatch') {
		return match(m, left, right) === (operator === '-match');
	}
	if (!Object.hasOwn(operators, operator)) {
		throw unknown(`operator ${operator}`);
	}
	return operators[operator](left, right);
}

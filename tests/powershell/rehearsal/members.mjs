// Members of objects, as strict mode allows them, and the parts of .NET that the scripts use.

import { callStatic, readStatic } from './dotnet.mjs';
import { callFile } from './files.mjs';
import {
	ErrorRecord,
	Exception,
	List,
	Properties,
	Record,
	Secure,
	Span,
	Table,
	TextSet,
	Time,
	collected,
	emit,
	fault,
	isList,
	itemsOf,
	lower,
	text,
	unknown,
} from './values.mjs';

export { callStatic, readStatic };

const noProperties = new Record(new Table(true));

function readTable(table, name) {
	if (table.has(name)) {
		return table.get(name);
	}
	switch (lower(name)) {
		case 'keys':
			return table.keys();
		case 'values':
			return table.pairs().map(pair => pair[1]);
		case 'count':
			return table.size;
	}
	throw fault(`the dictionary has no ${name}`);
}

function readRecord(record, name) {
	if (record.table.has(name)) {
		return record.table.get(name);
	}
	throw fault(`the object has no ${name}, only ${record.table.keys().join(', ')}`);
}

// A list has a length; every other member is asked of its elements.
function readList(m, list, name) {
	const items = itemsOf(list);
	if (/^(?:count|length)$/i.test(name)) {
		return items.length;
	}
	const out = [];
	for (const item of items) {
		emit(out, readMember(m, item, name));
	}
	if (items.length === 0) {
		throw fault(`${name} of an empty list`);
	}
	return collected(out);
}

const getters = [
	[ErrorRecord, { exception: e => e.exception, scriptstacktrace: () => '(stack)' }],
	[Exception, { message: e => e.message, data: e => e.data, innerexception: () => null }],
	[Time, { kind: t => t.kind }],
	[Span, { totalminutes: s => s.ms / 60000, totalseconds: s => s.ms / 1000 }],
];

export function readMember(m, object, name) {
	if (object === null || object === undefined) {
		throw fault(`${name} of nothing`);
	}
	const key = lower(name);
	if (key === 'psobject') {
		return { properties: object instanceof Record ? object : noProperties };
	}
	if (object instanceof Table) {
		return readTable(object, name);
	}
	if (object instanceof Record) {
		return readRecord(object, name);
	}
	if (isList(object)) {
		return readList(m, object, name);
	}
	if (object.properties && key === 'properties') {
		return new Properties(object.properties.table);
	}
	if ((typeof object === 'string' || object instanceof Uint8Array) && key === 'length') {
		return object.length;
	}
	const own = getters.find(([kind]) => object instanceof kind)?.[1];
	if (own && Object.hasOwn(own, key)) {
		return own[key](object);
	}
	if (object.members && Object.hasOwn(object.members, key)) {
		return object.members[key];
	}
	if (typeof object === 'boolean' || typeof object === 'number' || typeof object === 'string') {
		throw fault(`${typeof object} has no ${name}`);
	}
	throw unknown(`${object.constructor?.name}.${name}`);
}

export function writeMember(object, name, value) {
	if (object instanceof Table) {
		object.set(name, value);
	} else if (object instanceof Record) {
		readRecord(object, name);
		object.table.set(name, value);
	} else if (object?.members) {
		object.members[lower(name)] = value;
	} else {
		throw unknown(`setting ${name}`);
	}
}

export function readIndex(object, index) {
	if (object === null || object === undefined) {
		throw fault('an index into nothing');
	}
	if (object instanceof Table) {
		if (object.ordered && typeof index === 'number') {
			throw unknown('a number as key of an ordered dictionary, which is a position');
		}
		return object.get(text(index));
	}
	if (object instanceof Properties) {
		return object.named(index);
	}
	if (isList(object)) {
		const items = itemsOf(object);
		const at = index < 0 ? index + items.length : index;
		if (!(at >= 0 && at < items.length)) {
			throw fault(`index ${index} of ${items.length}`);
		}
		return items[at];
	}
	throw unknown(`an index into ${typeof object}`);
}

export function writeIndex(object, index, value) {
	if (object instanceof Table && !(object.ordered && typeof index === 'number')) {
		object.set(text(index), value);
	} else if (Array.isArray(object) && index < object.length) {
		object[index] = value;
	} else {
		throw unknown('setting this index');
	}
}

const ordinal = comparison => !/ignorecase/i.test(text(comparison));

const strings = {
	tolowerinvariant: s => s.toLowerCase(),
	toupperinvariant: s => s.toUpperCase(),
	tostring: s => s,
	trim: s => s.trim(),
	trimend: (s, set) => {
		let end = s.length;
		while (end > 0 && (set === undefined ? /\s/.test(s[end - 1]) : set.includes(s[end - 1]))) {
			end--;
		}
		return s.slice(0, end);
	},
	substring: (s, from, length) => s.substring(from, length === undefined ? s.length : from + length),
	indexof: (s, part) => s.indexOf(part),
	startswith: (s, part, comparison) =>
		ordinal(comparison) ? s.startsWith(part) : s.toLowerCase().startsWith(part.toLowerCase()),
	endswith: (s, part, comparison) =>
		ordinal(comparison) ? s.endsWith(part) : s.toLowerCase().endsWith(part.toLowerCase()),
	contains: (s, part) => s.includes(part),
	replace: (s, from, to) => s.replaceAll(from, () => text(to)),
	split: (s, by) => s.split(by),
};

const tables = {
	remove: (t, key) => void t.delete(text(key)),
	containskey: (t, key) => t.has(text(key)),
	contains: (t, key) => t.has(text(key)),
};

const lists = {
	add: (l, item) => void l.items.push(item ?? null),
	clear: l => void (l.items = []),
	contains: (l, item) => l.items.includes(item),
	toarray: l => l.items.slice(),
	insert: (l, at, item) => {
		if (at < 0 || at > l.items.length) {
			throw fault(`Insert at ${at} of ${l.items.length}`);
		}
		l.items.splice(at, 0, item);
	},
	removeat: (l, at) => {
		if (at < 0 || at >= l.items.length) {
			throw fault(`RemoveAt ${at} of ${l.items.length}`);
		}
		l.items.splice(at, 1);
	},
};

const sets = {
	add: (s, item) => s.add(text(item)),
	contains: (s, item) => s.texts.has(s.ignoreCase ? lower(item) : item),
};

function formatTime(time, form) {
	const iso = new Date(time.ms).toISOString();
	switch (form) {
		case 'yyyy-MM-ddTHH:mm:ssZ':
			return iso.replace(/\.\d+Z$/, 'Z');
		case 'yyyyMMdd-HHmmss':
			return iso.slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
		default:
			throw unknown(`time format ${form}`);
	}
}

const times = {
	touniversaltime: t => new Time(t.ms),
	tostring: formatTime,
	addseconds: (t, n) => new Time(t.ms + n * 1000, t.kind),
	addminutes: (t, n) => new Time(t.ms + n * 60000, t.kind),
	addhours: (t, n) => new Time(t.ms + n * 3600000, t.kind),
};

const methods = [
	[Table, tables],
	[List, lists],
	[TextSet, sets],
	[Time, times],
	[Exception, { getbaseexception: e => e }],
	[Secure, { dispose: () => undefined }],
];

export function callMethod(m, object, name, given) {
	if (object === null || object === undefined) {
		throw fault(`${name}() of nothing`);
	}
	const key = lower(name);
	const own = typeof object === 'string' ? strings : methods.find(([kind]) => object instanceof kind)?.[1];
	if (own && Object.hasOwn(own, key)) {
		return own[key](object, ...given);
	}
	if (object.methods && Object.hasOwn(object.methods, key)) {
		return object.methods[key](...given);
	}
	if (object.file) {
		return callFile(m, object, key, given);
	}
	if (key === 'tostring' && typeof object !== 'object') {
		return text(object);
	}
	throw unknown(`${object.constructor?.name}.${name}()`);
}

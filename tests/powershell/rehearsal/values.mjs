// Values as PowerShell has them, and how one becomes another. null is $null; undefined is the nothing that a command
// without output gives, which only counts in lists.
//
// This folder rehearses the set-up scripts where there is no PowerShell. It encodes our reading of the language and of
// Exchange: it proves the logic of the steps, not PowerShell. What it does not know, it refuses.

export const lower = text => String(text).toLowerCase();

// A construct that is not known here: the rehearsal itself has to learn it. Scripts cannot catch it.
export class Unknown extends Error {}

// The process is gone, as after a power cut: nothing of the script runs any more, no "finally" either.
export class Killed extends Error {}

// What a script throws and can catch.
export class Thrown extends Error {
	constructor(record) {
		super(record.exception.message);
		this.record = record;
	}
}

export class Exception {
	constructor(message) {
		this.message = message;
		this.data = new Table(true);
	}
}

export class ErrorRecord {
	constructor(exception) {
		this.exception = exception;
	}
}

export const place = { file: '', line: 0 };
export const faults = []; // what PowerShell itself would complain of: never expected in these scripts

export const thrown = message => new Thrown(new ErrorRecord(new Exception(message)));

export function fault(message) {
	const text = `${message} (${place.file}:${place.line})`;
	faults.push(text);
	return thrown(text);
}

export const unknown = what => new Unknown(`${what} is not known to the rehearsal (${place.file}:${place.line})`);

// A hashtable, with keys in any case. Without [ordered] the order is not that of writing: here it is the reverse.
export class Table {
	constructor(ordered = false) {
		this.ordered = ordered;
		this.entries = new Map();
	}
	static of(object, ordered = true) {
		const table = new Table(ordered);
		for (const [key, value] of Object.entries(object)) {
			table.set(key, value);
		}
		return table;
	}
	has(key) {
		return this.entries.has(lower(key));
	}
	get(key) {
		const entry = this.entries.get(lower(key));
		return entry === undefined ? null : entry[1];
	}
	set(key, value) {
		const entry = this.entries.get(lower(key));
		if (entry) {
			entry[1] = value;
		} else {
			this.entries.set(lower(key), [String(key), value]);
		}
	}
	delete(key) {
		this.entries.delete(lower(key));
	}
	pairs() {
		const pairs = [...this.entries.values()];
		return this.ordered ? pairs : pairs.reverse();
	}
	keys() {
		return this.pairs().map(pair => pair[0]);
	}
	get size() {
		return this.entries.size;
	}
}

// [pscustomobject], and what cmdlets give: a fixed set of properties.
export class Record {
	constructor(table) {
		this.table = table;
	}
	static of(object) {
		return new Record(Table.of(object));
	}
}

// What .PSObject.Properties gives: to be looked up by name, and gone through.
export class Properties {
	constructor(table) {
		this.table = table;
	}
	named(name) {
		return this.table.has(name) ? Record.of({ Name: name, Value: this.table.get(name) }) : null;
	}
	get items() {
		return this.table.keys().map(name => this.named(name));
	}
}

export class List {
	items = [];
}

export class TextSet {
	constructor(ignoreCase, sorted) {
		this.ignoreCase = ignoreCase;
		this.sorted = sorted;
		this.texts = new Map();
	}
	add(text) {
		const key = this.ignoreCase ? lower(text) : text;
		const fresh = !this.texts.has(key);
		if (fresh) {
			this.texts.set(key, text);
		}
		return fresh;
	}
	get items() {
		const items = [...this.texts.values()];
		return this.sorted ? items.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)) : items;
	}
}

export class Block {
	constructor(run) {
		this.run = run;
	}
}

export class Time {
	constructor(ms, kind = 'Utc') {
		this.ms = ms;
		this.kind = kind;
	}
}

export class Span {
	constructor(ms) {
		this.ms = ms;
	}
}

export class Secure {
	constructor(text) {
		this.text = text;
	}
}

export class TypeName {
	constructor(name) {
		this.name = plainType(name);
	}
}

const plainTypes = new Map();

// The name of a type in lower case, without "System."
export function plainType(name) {
	let plain = plainTypes.get(name);
	if (plain === undefined) {
		plain = lower(name)
			.replace(/\s/g, '')
			.replace(/^system\./, '');
		plainTypes.set(name, plain);
	}
	return plain;
}

// ---- lists

export const isList = value =>
	Array.isArray(value) || value instanceof List || value instanceof TextSet || value instanceof Properties;

// What a loop goes through.
export function itemsOf(value) {
	if (value === null || value === undefined) {
		return [];
	}
	return Array.isArray(value) ? value : isList(value) ? value.items : [value];
}

// What a value puts into the pipeline.
export function emit(out, value) {
	if (value === undefined) {
		return;
	}
	if (isList(value)) {
		for (const item of itemsOf(value)) {
			out.push(item);
		}
	} else {
		out.push(value);
	}
}

// What a variable gets of an output: nothing, the one, or a list.
export const collected = out => (out.length === 0 ? undefined : out.length === 1 ? out[0] : out);

// ---- yes or no, text, equality

export function truth(value) {
	if (value === null || value === undefined) {
		return false;
	}
	if (typeof value === 'boolean') {
		return value;
	}
	if (typeof value === 'number') {
		return value !== 0;
	}
	if (typeof value === 'string') {
		return value !== '';
	}
	if (Array.isArray(value) || value instanceof List) {
		const items = itemsOf(value);
		return items.length === 1 ? truth(items[0]) : items.length > 1;
	}
	return true;
}

export function text(value) {
	if (value === null || value === undefined) {
		return '';
	}
	switch (typeof value) {
		case 'string':
			return value;
		case 'boolean':
			return value ? 'True' : 'False';
		case 'number':
			return String(value);
	}
	if (isList(value)) {
		return itemsOf(value).map(text).join(' ');
	}
	if (value instanceof Time) {
		return new Date(value.ms).toISOString();
	}
	if (value instanceof Record) {
		return `@{${value.table
			.pairs()
			.map(([key, item]) => `${key}=${text(item)}`)
			.join('; ')}}`;
	}
	if (value instanceof Table) {
		return value.ordered ? 'System.Collections.Specialized.OrderedDictionary' : 'System.Collections.Hashtable';
	}
	if (value instanceof ErrorRecord) {
		return value.exception.message;
	}
	throw unknown(`the text of ${value?.constructor?.name}`);
}

export function number(value) {
	const found =
		typeof value === 'boolean' ? Number(value) : value === null || value === undefined ? 0 : Number(value);
	if (typeof value === 'object' && value !== null) {
		throw fault(`${value.constructor.name} is no number`);
	}
	if (Number.isNaN(found)) {
		throw fault(`"${text(value)}" is no number`);
	}
	return found;
}

// The left side says how the two are compared.
export function equal(left, right, matchCase = false) {
	if (left === null || left === undefined || right === null || right === undefined) {
		return (left ?? null) === (right ?? null);
	}
	switch (typeof left) {
		case 'string':
			return matchCase ? left === text(right) : lower(left) === lower(text(right));
		case 'number':
			return typeof right !== 'string' || /^\s*[-+.0-9]/.test(right) ? left === Number(right) : false;
		case 'boolean':
			return left === truth(right);
	}
	return left instanceof Time && right instanceof Time ? left.ms === right.ms : left === right;
}

// ---- [type]value

const guidForm = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
export const isGuid = value => guidForm.test(value);

function toBoolean(value) {
	if (value === null || value === undefined || typeof value === 'boolean' || typeof value === 'number') {
		return truth(value);
	}
	throw fault(`"${text(value)}" is not given as yes or no`);
}

function toWhole(value) {
	const exact = number(value);
	const floor = Math.floor(exact);
	// .NET rounds half to even
	return exact - floor === 0.5 ? floor + (floor % 2) : Math.round(exact);
}

function toGuid(value) {
	if (!isGuid(text(value))) {
		throw fault(`"${text(value)}" is no GUID`);
	}
	return lower(text(value));
}

const must = (kind, name) => value => {
	if (value === null || value === undefined || value instanceof kind) {
		return value ?? null;
	}
	throw fault(`${value.constructor?.name} is no ${name}`);
};

const conversions = {
	object: value => value ?? null,
	string: text,
	bool: toBoolean,
	switch: toBoolean,
	int: toWhole,
	int32: toWhole,
	long: toWhole,
	int64: toWhole,
	double: number,
	char: value => (typeof value === 'number' ? String.fromCharCode(value) : text(value)),
	guid: toGuid,
	scriptblock: must(Block, 'script block'),
	securestring: must(Secure, 'secure string'),
	'collections.idictionary': must(Table, 'dictionary'),
	'management.automation.errorrecord': must(ErrorRecord, 'error record'),
	hashtable(value) {
		const table = must(Table, 'hashtable')(value);
		if (table?.ordered) {
			throw fault('an ordered dictionary is no hashtable');
		}
		return table;
	},
	datetime(value) {
		if (value instanceof Time) {
			return value;
		}
		throw fault(`"${text(value)}" is no time`);
	},
	version: text, // compared in parts that are not rehearsed
	pscustomobject(value) {
		return value instanceof Table ? new Record(value) : value;
	},
};

// Enumerations of .NET are their own texts here.
const enumeration = /^(?:io\.|globalization\.|text\.regularexpressions\.)[a-z]+$/;

export function convert(name, value) {
	const type = plainType(name);
	if (type.endsWith('[]')) {
		if (value === null || value === undefined) {
			return null;
		}
		if (type === 'byte[]' && value instanceof Uint8Array) {
			return value;
		}
		return (isList(value) ? itemsOf(value) : [value]).map(item => convert(type.slice(0, -2), item));
	}
	if (Object.hasOwn(conversions, type)) {
		return conversions[type](value);
	}
	if (type.startsWith('collections.generic.list[')) {
		return must(List, 'list')(value);
	}
	if (enumeration.test(type)) {
		return text(value);
	}
	throw unknown(`[${name}]`);
}

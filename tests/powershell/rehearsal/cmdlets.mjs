// PowerShell's own cmdlets, as far as the scripts use them.

import {
	Block,
	Record,
	Table,
	Time,
	collected,
	fault,
	isList,
	itemsOf,
	lower,
	text,
	thrown,
	truth,
	unknown,
} from './values.mjs';

// ---- JSON

function toPlain(value, depth, limit) {
	if (value === null || value === undefined || typeof value !== 'object') {
		return value ?? null;
	}
	if (depth > limit) {
		throw fault(`JSON deeper than -Depth ${limit}`);
	}
	if (isList(value)) {
		return itemsOf(value).map(item => toPlain(item, depth + 1, limit));
	}
	if (value instanceof Time) {
		return new Date(value.ms).toISOString();
	}
	const table = value instanceof Record ? value.table : value;
	if (!(table instanceof Table)) {
		throw unknown(`JSON of ${value.constructor.name}`);
	}
	return Object.fromEntries(table.pairs().map(([key, item]) => [key, toPlain(item, depth + 1, limit)]));
}

// Texts that look like times become times, as in Newtonsoft's reader.
function fromPlain(value) {
	if (Array.isArray(value)) {
		return value.map(fromPlain);
	}
	if (value !== null && typeof value === 'object') {
		return Table.of(Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromPlain(item)])));
	}
	if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(value)) {
		return new Time(Date.parse(value));
	}
	return value;
}

function parseJson({ get }) {
	try {
		return [fromPlain(JSON.parse(get('InputObject')))];
	} catch {
		throw thrown('Conversion from JSON failed.');
	}
}

// ---- the pipeline

const blockOf = ({ get, positional }, parameter) => {
	const block = get(parameter, positional[0]);
	if (!(block instanceof Block)) {
		throw unknown(`-${parameter} without a block`);
	}
	return block;
};

function answer(m, block, item) {
	const out = [];
	m.under(item, () => block.run(m, out));
	return collected(out);
}

function forEachObject(call) {
	const block = blockOf(call, 'Process');
	const out = [];
	for (const item of call.input) {
		call.m.under(item, () => block.run(call.m, out));
	}
	return out;
}

function sortObject(call) {
	const { m, input, get } = call;
	const by = get('Property', call.positional[0]);
	const keyed = input.map((item, place) => ({ item, place, key: by === undefined ? item : answer(m, by, item) }));
	const compare = (a, b) =>
		typeof a === 'number' ? a - b : lower(text(a)) < lower(text(b)) ? -1 : lower(text(a)) > lower(text(b)) ? 1 : 0;
	return keyed.sort((a, b) => compare(a.key, b.key) || a.place - b.place).map(({ item }) => item);
}

// ---- people and time

function writeHost({ m, get, positional }) {
	m.print(text(get('Object', positional[0] ?? '')));
	return [];
}

function transcript(m, on) {
	m.recording = on;
	return ['Transcript'];
}

// The module offers what the administrator's roles allow: here, all.
function getCommand({ spec, get }) {
	return spec ? [{ members: { parameters: { methods: { containskey: () => true } } }, name: get('Name') }] : [];
}

export const cmdlets = {
	'Set-StrictMode': () => [],
	'Write-Host': writeHost,
	'Write-Progress': () => [],
	'Start-Sleep': ({ m, get }) => {
		m.clock.ms += 1000 * get('Seconds');
		return [];
	},
	'Start-Transcript': ({ m }) => transcript(m, true),
	'Stop-Transcript': ({ m }) => transcript(m, false),
	'Out-Null': () => [],
	'Where-Object': call => {
		const block = blockOf(call, 'FilterScript');
		return call.input.filter(item => truth(answer(call.m, block, item)));
	},
	'ForEach-Object': forEachObject,
	'Sort-Object': sortObject,
	'ConvertTo-Json': ({ get }) => [JSON.stringify(toPlain(get('InputObject'), 0, get('Depth', 2)), null, 2)],
	'ConvertFrom-Json': parseJson,
	'Get-Command': getCommand,
	'Get-Module': () => [Record.of({ Name: 'ExchangeOnlineManagement' })],
};

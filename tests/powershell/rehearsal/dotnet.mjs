// Static members of .NET's types, and what [type]::new() makes.

import { createHash } from 'node:crypto';
import { fileOptions, fileStatics, openFile } from './files.mjs';
import { pattern } from './operators.mjs';
import {
	ErrorRecord,
	Exception,
	List,
	TextSet,
	Time,
	isGuid,
	itemsOf,
	lower,
	plainType,
	text,
	unknown,
} from './values.mjs';

const ignoresCase = comparison => /ignorecase/i.test(text(comparison));

function tryTime(m, source, culture, styles, ref) {
	const ms = Date.parse(source);
	if (Number.isNaN(ms)) {
		return false;
	}
	ref.set(new Time(ms));
	return true;
}

function tryGuid(m, source, ref) {
	const found = isGuid(source);
	if (found) {
		ref.set(lower(source));
	}
	return found;
}

const utf8 = { methods: { getbytes: source => Buffer.from(source, 'utf8') } };

const statics = {
	...fileStatics,
	'string.equals': (m, a, b, comparison) =>
		ignoresCase(comparison) ? lower(text(a)) === lower(text(b)) : text(a) === text(b),
	'string.isnullorempty': (m, value) => text(value) === '',
	'string.join': (m, separator, values) => itemsOf(values).map(text).join(separator),
	'guid.empty': () => '00000000-0000-0000-0000-000000000000',
	'guid.tryparse': tryGuid,
	'datetime.utcnow': m => new Time(m.clock.ms),
	'datetime.now': m => new Time(m.clock.ms, 'Local'),
	'datetime.minvalue': () => new Time(Date.UTC(1, 0, 1), 'Unspecified'),
	'datetime.specifykind': (m, time, kind) => new Time(time.ms, kind),
	'datetime.tryparse': tryTime,
	'math.max': (m, a, b) => Math.max(a, b),
	'math.ceiling': (m, a) => Math.ceil(a),
	'math.floor': (m, a) => Math.floor(a),
	'math.min': (m, a, b) => Math.min(a, b),
	'int.maxvalue': () => 2147483647,
	'regex.escape': (m, source) => source.replace(/[\\*+?|{[()^$.# ]/g, '\\$&'),
	'regex.ismatch': (m, source, expression, options) =>
		pattern(expression, `${ignoresCase(options) ? 'i' : ''}${/singleline/i.test(options) ? 's' : ''}`).test(source),
	'text.encoding.utf8': () => utf8,
	'security.cryptography.sha256.hashdata': (m, bytes) => createHash('sha256').update(Buffer.from(bytes)).digest(),
	'convert.tohexstring': (m, bytes) => Buffer.from(bytes).toString('hex').toUpperCase(),
};

const constructors = {
	'collections.generic.hashset[string]': (m, comparer) => new TextSet(ignoresCase(comparer), false),
	'collections.generic.sortedset[string]': (m, comparer) => new TextSet(ignoresCase(comparer), true),
	invalidoperationexception: (m, message) => new Exception(message),
	'management.automation.errorrecord': (m, exception) => new ErrorRecord(exception),
	'net.networkcredential': (m, user, secure) => ({ members: { password: secure.text } }),
	'text.utf8encoding': () => utf8,
	'io.filestreamoptions': fileOptions,
	'io.filestream': (m, ...given) => openFile(m, given),
};

// Members of an enumeration are their own names.
const enumerations =
	/^(?:stringcomparison|stringcomparer|datetimekind|cultureinfo|io\.(?:file(?:mode|access|share|options)|unixfilemode)|management\.automation\.errorcategory)$/;

export function readStatic(m, name, member) {
	const type = plainType(name);
	const key = `${type}.${lower(member)}`;
	if (Object.hasOwn(statics, key)) {
		return statics[key](m);
	}
	if (enumerations.test(type)) {
		return member;
	}
	throw unknown(`[${name}]::${member}`);
}

export function callStatic(m, name, method, given) {
	const type = plainType(name);
	if (lower(method) === 'new' && type.startsWith('collections.generic.list[')) {
		return new List();
	}
	if (lower(method) === 'new' && Object.hasOwn(constructors, type)) {
		return constructors[type](m, ...given);
	}
	const key = `${type}.${lower(method)}`;
	if (Object.hasOwn(statics, key)) {
		return statics[key](m, ...given);
	}
	throw unknown(`[${name}]::${method}()`);
}

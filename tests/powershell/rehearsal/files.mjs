// Files of .NET, on a disk in memory that outlives the machine.

import { fault, lower, thrown, unknown } from './values.mjs';

const option = (members, name) => members[lower(name)];

export function fileOptions() {
	return { members: { mode: '', access: '', share: '', unixcreatemode: '' } };
}

// FileStream(path, options) and FileStream(path, mode, access, share, size, options)
export function openFile(m, given) {
	const [path, second, , share, , last] = given;
	const mode = second?.members ? option(second.members, 'Mode') : second;
	if (m.locks.has(path)) {
		throw thrown(`The process cannot access the file '${path}' because it is being used by another process.`);
	}
	if (mode === 'CreateNew' && m.disk.has(path)) {
		throw thrown(`The file '${path}' already exists.`);
	}
	if (mode === 'Create' || mode === 'CreateNew') {
		m.disk.set(path, Buffer.alloc(0));
	} else if (mode === 'OpenOrCreate') {
		m.disk.set(path, m.disk.get(path) ?? Buffer.alloc(0));
	} else {
		throw unknown(`FileMode ${mode}`);
	}
	if ((share ?? option(second?.members ?? {}, 'Share')) === 'None') {
		m.locks.add(path);
	}
	return { file: path, deleteOnClose: last === 'DeleteOnClose' };
}

export function callFile(m, stream, name, given) {
	switch (name) {
		case 'write': {
			const [bytes, offset, count] = given;
			m.disk.set(
				stream.file,
				Buffer.concat([m.disk.get(stream.file), Buffer.from(bytes).subarray(offset, offset + count)]),
			);
			return undefined;
		}
		case 'flush':
			return undefined;
		case 'dispose':
			m.locks.delete(stream.file);
			if (stream.deleteOnClose) {
				m.disk.delete(stream.file);
			}
			return undefined;
	}
	throw unknown(`FileStream.${name}()`);
}

function read(m, path) {
	if (!m.disk.has(path)) {
		throw thrown(`Could not find file '${path}'.`);
	}
	return m.disk.get(path).toString('utf8');
}

function move(m, from, to, over) {
	if (!m.disk.has(from) || (m.disk.has(to) && !over)) {
		throw fault(`cannot move ${from} to ${to}`);
	}
	m.disk.set(to, m.disk.get(from));
	m.disk.delete(from);
}

// Folders are there as soon as they are made or hold a file.
const isFolder = (m, path) => m.disk.has(`${path}/`) || [...m.disk.keys()].some(file => file.startsWith(`${path}/`));

export const fileStatics = {
	'io.file.exists': (m, path) => m.disk.has(path),
	'io.file.readalltext': (m, path) => read(m, path),
	'io.file.delete': (m, path) => void m.disk.delete(path),
	'io.file.getunixfilemode': () => 'UserRead, UserWrite, UserExecute',
	'io.file.move': (m, from, to, over) => void move(m, from, to, over),
	'io.directory.exists': (m, path) => isFolder(m, path),
	'io.directory.createdirectory': (m, path) => void m.disk.set(`${path}/`, Buffer.alloc(0)),
	'io.directory.getfiles': (m, folder, filter) =>
		[...m.disk.keys()].filter(path => path.startsWith(`${folder}/`) && path.endsWith(filter.slice(1))),
	'io.path.combine': (m, ...parts) => parts.join('/'),
	'io.path.getdirectoryname': (m, path) => path.slice(0, path.lastIndexOf('/')),
};

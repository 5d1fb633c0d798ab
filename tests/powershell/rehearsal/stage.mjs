// Runs a script of scripts/ on a machine: loads its parts, hands it parameters, and gives what came of it.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { named, parse, prepare } from '../syntax.mjs';
import { cmdlets } from './cmdlets.mjs';
import { callFunction, scriptDefinition } from './commands.mjs';
import { Machine } from './machine.mjs';
import { Exit, statement } from './statements.mjs';
import { statementsOf } from './syntax.mjs';
import { Killed, faults, lower, place } from './values.mjs';

await prepare();

export const tree = fileURLToPath(new URL('../../../', import.meta.url));
const folder = `${tree}scripts`;

// Parts of the scripts that ask modules, sign in, or look at the network of this machine: not rehearsed.
const standIns = new Map(
	Object.entries({
		'Test-SecuDocModule': [],
		'Test-SecuDocPrerequisite': [],
		'Connect-SecuDocTenant': [],
		'Disconnect-SecuDocTenant': [],
		'Get-SecuDocNetworkCheck': [],
	}).map(([name, outputs]) => [lower(name), () => outputs]),
);

const parsed = new Map();

export function parsedFile(path) {
	if (!parsed.has(path)) {
		parsed.set(path, parse(readFileSync(path, 'utf8')));
	}
	return parsed.get(path);
}

const loaded = new Map(); // path -> what its statements do

// Dot-sourcing: in the scope of the script, under the name of the file.
function load(m, path) {
	const before = { ...place };
	place.file = path.slice(path.lastIndexOf('/') + 1);
	if (!loaded.has(path)) {
		loaded.set(path, statementsOf(parsedFile(path)).map(statement));
	}
	for (const run of loaded.get(path)) {
		run(m, []);
	}
	Object.assign(place, before);
}

const definitions = new Map();

function definitionOf(script) {
	if (!definitions.has(script)) {
		const root = parsedFile(`${folder}/${script}`);
		if (!named(root).some(child => child.type === 'param_block')) {
			throw new Error(`${script} has no param()`);
		}
		definitions.set(script, scriptDefinition(root, script));
	}
	return definitions.get(script);
}

const complain = () => {
	if (faults.length > 0) {
		throw new Error(`PowerShell would complain: ${faults.join('; ')}`);
	}
};

function machine(world, answers) {
	const all = Object.entries({ ...cmdlets, ...world.tenant?.cmdlets() });
	const m = new Machine({
		disk: world.disk,
		clock: world.clock,
		cmdlets: new Map(all.map(([name, make]) => [lower(name), make])),
		standIns,
		answers: { should: true, shouldContinue: true, ...answers },
		load,
	});
	m.define('psscriptroot', folder);
	faults.length = 0;
	return m;
}

/*
 * world: { disk, clock, tenant }, which outlives the run.
 * run(world, 'Install-SecuDoc365.ps1', { Name: value }, { should, shouldContinue }) gives
 * { exit, screen, transcript, asked }; exit is 'killed' when the tenant said so. Throws where PowerShell would have
 * complained of the script itself, even when the script caught it.
 */
export function run(world, script, given = {}, answers = {}) {
	for (const path of [...world.disk.keys()].filter(file => file.endsWith('.lock'))) {
		world.disk.delete(path); // its process is gone
	}
	const m = machine(world, answers);
	const named = new Map(Object.entries(given).map(([name, value]) => [lower(name), value]));
	let exit = 'none';
	try {
		callFunction(m, definitionOf(script), { named, positional: [] }, [], true);
	} catch (error) {
		if (!(error instanceof Exit || error instanceof Killed)) {
			throw error;
		}
		exit = error instanceof Exit ? error.code : 'killed';
	}
	complain();
	return { exit, screen: m.screen, transcript: m.transcript, asked: m.asked };
}

// What a few lines put out.
export function evaluate(source) {
	const m = machine({ disk: new Map(), clock: { ms: 0 }, tenant: null }, {});
	const out = [];
	try {
		for (const one of statementsOf(parse(source))) {
			statement(one)(m, out);
		}
	} catch (error) {
		complain();
		throw error;
	}
	complain();
	return out;
}

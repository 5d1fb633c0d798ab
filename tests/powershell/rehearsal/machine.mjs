// The running script: scopes, functions, files and clock. One machine is one PowerShell process; what outlives it (disk
// and clock) is handed in.

import { fault, lower, text, truth, convert, place, Table } from './values.mjs';

class Scope {
	constructor(parent) {
		this.parent = parent;
		this.variables = new Map();
	}
}

// A variable may be bound to a type and to a closed set of values, as parameters are.
export class Variable {
	constructor(value, type = null, allowed = null) {
		this.type = type;
		this.allowed = allowed;
		this.value = value;
	}
	assign(value) {
		this.value = this.type === null ? value : convert(this.type, value);
		if (this.allowed && !this.allowed.some(one => lower(one) === lower(text(this.value)))) {
			throw fault(`"${text(this.value)}" is none of ${this.allowed.join(', ')}`);
		}
	}
}

export class Machine {
	constructor({ disk, clock, cmdlets, standIns, answers, load }) {
		this.disk = disk; // Map path -> Buffer; a folder that was made ends in /
		this.clock = clock; // { ms }
		this.cmdlets = cmdlets; // Map lower name -> (call) => outputs
		this.standIns = standIns; // Map lower name of a function -> () => outputs, in place of it
		this.load = path => load(this, path); // what . "PATH" does
		this.answers = answers; // what people say: { should, shouldContinue }
		this.locks = new Set();
		this.functions = new Map();
		this.screen = []; // what Write-Host wrote
		this.transcript = []; // and what of it went into a transcript
		this.recording = false;
		this.asked = []; // questions, and what -WhatIf says
		this.caught = [];
		this.scope = new Scope(null);
		this.script = this.scope;
		const fixed = { true: true, false: false, null: null, iswindows: false, whatifpreference: false };
		for (const [name, value] of Object.entries({
			...fixed,
			confirmpreference: 'High',
			erroractionpreference: 'Continue',
		})) {
			this.define(name, value);
		}
	}

	define(name, value, type = null, allowed = null) {
		this.scope.variables.set(name, new Variable(value, type, allowed));
	}

	find(name) {
		for (let scope = this.scope; scope; scope = scope.parent) {
			const variable = scope.variables.get(name);
			if (variable) {
				return variable;
			}
		}
		return null;
	}

	// Strict mode: what was never set cannot be read.
	read({ scope, name }) {
		const variable = scope === 'script' ? this.script.variables.get(name) : this.find(name);
		if (!variable) {
			throw fault(`$${name} was never set`);
		}
		return variable.value;
	}

	write({ scope, name }, value, type = null) {
		const variables = (scope === 'script' ? this.script : this.scope).variables;
		const variable = variables.get(name);
		if (variable && type === null) {
			variable.assign(value);
		} else {
			variables.set(name, new Variable(type === null ? value : convert(type, value), type));
		}
	}

	// Runs in a scope of its own, which sees those of its callers.
	inside(work) {
		const outer = this.scope;
		const { file, line } = place;
		this.scope = new Scope(outer);
		try {
			return work();
		} finally {
			this.scope = outer;
			Object.assign(place, { file, line });
		}
	}

	// Runs a block of a cmdlet, which has no scope of its own, with $_.
	under(value, work) {
		const variables = this.scope.variables;
		const before = variables.get('_');
		variables.set('_', new Variable(value));
		try {
			return work();
		} finally {
			if (before) {
				variables.set('_', before);
			} else {
				variables.delete('_');
			}
		}
	}

	print(line) {
		this.screen.push(line);
		if (this.recording) {
			this.transcript.push(line);
		}
	}

	// $PSCmdlet.ShouldProcess of a function that says ConfirmImpact.
	shouldProcess(target, action, impact) {
		const levels = ['none', 'low', 'medium', 'high'];
		if (truth(this.find('whatifpreference').value)) {
			this.asked.push(`WhatIf: ${action} | ${target}`);
			return false;
		}
		const preference = levels.indexOf(lower(this.find('confirmpreference').value));
		if (preference === 0 || levels.indexOf(impact) < preference) {
			return true;
		}
		this.asked.push(`Confirm: ${action} | ${target}`);
		return this.answers.should;
	}

	shouldContinue(question) {
		this.asked.push(`Continue: ${question}`);
		return this.answers.shouldContinue;
	}
}

export const bound = values => {
	const table = new Table();
	for (const [name, value] of values) {
		table.set(name, value);
	}
	return table;
};

// Plans as JSON: every member of an object is a parameter of the cmdlet that makes it or sets it.

import { specOfCmdlet } from './facts.mjs';
import { complaint } from './values.mjs';

// array of the plan -> the cmdlet that makes its objects, the one that sets them
const kinds = {
	DistributionGroups: ['New-DistributionGroup', 'Set-DistributionGroup'],
	InboundConnectors: ['New-InboundConnector', 'Set-InboundConnector'],
	OutboundConnectors: ['New-OutboundConnector', 'Set-OutboundConnector'],
	RemoteDomains: [undefined, 'Set-RemoteDomain', 'New-RemoteDomain'], // the one for all domains is always there
	TransportRules: ['New-TransportRule', 'Set-TransportRule'],
};

// Microsoft's limit for names of groups, rules and outbound connectors; the plan keeps it for the others too.
const nameLength = 64;

function valueOf(json) {
	switch (typeof json) {
		case 'string':
			return { kind: 'string', value: json };
		case 'number':
			return { kind: 'number', value: json };
		case 'boolean':
			return { kind: 'bool', value: json };
		default:
			return json === null
				? { kind: 'null' }
				: Array.isArray(json)
					? { kind: 'array', items: json.map(valueOf) }
					: { kind: 'table', entries: [] };
	}
}

/*
 * checkPlan(plan, facts, allowed) - allowed: lists of $script:AllowedParameters (rules/allowed.mjs), when there are scripts.
 *
 * Gives { findings: [words], checked: number of members looked at }.
 */
export function checkPlan(plan, facts, allowed) {
	const findings = [];
	let checked = 0;
	for (const [kind, cmdlets] of Object.entries(kinds)) {
		const list = plan[kind] ?? [];
		const specs = cmdlets.map(name => name && specOfCmdlet(name, facts.cmdlets[name]));
		list.forEach((object, i) => {
			const where = `${kind}[${i}]${object.Name ? ` "${object.Name}"` : ''}`;
			for (const [key, json] of Object.entries(object)) {
				checked++;
				const words = member(kind, specs, key, json) ?? passed(allowed, cmdlets, key);
				if (words) {
					findings.push(`${where}: ${key} ${words}`);
				}
			}
			if (
				specs[0]?.parameters.get('name').maxLength === undefined &&
				[...(object.Name ?? '')].length > nameLength
			) {
				findings.push(`${where}: Name has more than ${nameLength} characters`);
			}
			const has = name => Object.keys(object).some(key => key.toLowerCase() === name);
			for (const [one, other] of specs[1]?.together ?? []) {
				if (has(one) !== has(other)) {
					const names = [one, other].map(name => specs[1].parameters.get(name).name);
					findings.push(`${where}: ${names.join(' and ')} go together`);
				}
			}
			for (const set of specs[0]?.sets ?? []) {
				for (const name of set.required.filter(r => !Object.keys(object).some(key => key.toLowerCase() === r))) {
					findings.push(`${where}: ${specs[0].name} needs ${specs[0].parameters.get(name).name}`);
				}
			}
		});
		const names = list.map(object => (object.Name ?? '').toLowerCase());
		names.forEach((name, i) => {
			if (name && names.indexOf(name) < i) {
				findings.push(`${kind}[${i}]: the name "${list[i].Name}" is there twice`);
			}
		});
	}
	return { findings, checked };
}

// What finds the object is not handed to the cmdlet that sets it.
const finds = new Set(['name', 'domainname']);

function passed(allowed, [makes, sets], key) {
	const command = makes ?? sets;
	const list = allowed?.get(command)?.keys;
	if (!allowed || list?.has(key.toLowerCase()) || (!makes && finds.has(key.toLowerCase()))) {
		return undefined;
	}
	return `is not in the scripts' list of what ${command} may get`;
}

function member(kind, specs, key, json) {
	const found = specs
		.filter(Boolean)
		.map(spec => spec.parameters.get(key.toLowerCase()))
		.filter(Boolean);
	if (found.length === 0) {
		return `is no parameter of ${specs
			.filter(Boolean)
			.map(spec => spec.name)
			.join(' or ')}`;
	}
	if (found[0].name !== key) {
		return `is written ${found[0].name}`;
	}
	return found
		.map(parameter =>
			complaint(parameter.switch ? { ...parameter, type: 'Boolean', switch: false } : parameter, valueOf(json)),
		)
		.find(Boolean);
}

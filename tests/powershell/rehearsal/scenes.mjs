// What the scenarios share: an organization as it was, the two scripts run against it, and what must hold at all times.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { run, tree } from './stage.mjs';
import { Tenant } from './tenant.mjs';

export const state = '/state';
export const routing = 'SecuDoc Mail Integration';
const last = 'SecuDoc Remove X-SecuDoc';

export const plan = name => JSON.parse(readFileSync(`${tree}tests/rules/golden/${name}.json`, 'utf8'));

// ---- the organization

const before = () => ({
	AcceptedDomain: [{ DomainName: 'contoso.nl' }, { DomainName: 'secudoc.contoso.nl' }],
	DistributionGroup: [
		{ Name: 'Scanners', Alias: 'scanners', PrimarySmtpAddress: 'scanners@contoso.nl', Type: 'Distribution' },
	],
	RemoteDomain: [{ Name: 'Default', DomainName: '*' }],
	TransportRule: [{ Name: 'Disclaimer', Mode: 'Enforce', ApplyHtmlDisclaimerText: 'Confidential' }],
});

// A mail that came back must find its connector and its mark for as long as mail is sent out to be secured.
function lookAtRouting(tenant, what) {
	const rule = tenant.rules.find(one => one.RouteMessageOutboundConnector === 'SecuDoc Out' && one.Enabled);
	if (!rule) {
		return;
	}
	const after = `after "${what}"`;
	const outbound = tenant.find('OutboundConnector', 'SecuDoc Out');
	const inbound = tenant.find('InboundConnector', 'SecuDoc In');
	assert.ok(outbound?.Enabled, `mail is routed to a connector that is not there or off, ${after}`);
	assert.ok(inbound?.Enabled, `mail is routed and cannot come back, ${after}`);
	for (const other of tenant.rules.filter(one => one.Enabled && one.Name === last)) {
		assert.ok(
			tenant.rules.indexOf(other) > tenant.rules.indexOf(rule),
			`marks are taken off in front of routing, ${after}`,
		);
	}
}

export function world(planName = 'group-optout', objects = {}) {
	const clock = { ms: Date.UTC(2026, 10, 21, 20) };
	const tenant = new Tenant(clock, { ...before(), ...objects });
	tenant.watch.push(lookAtRouting);
	const file = Buffer.from(JSON.stringify(plan(planName)));
	return { clock, tenant, disk: new Map([['/plan.json', file]]), secrets: secretsOf(plan(planName)) };
}

// The same organization and disk once more.
export function again(from) {
	const clock = { ...from.clock };
	return { ...from, clock, tenant: from.tenant.copy(clock), disk: new Map(from.disk) };
}

// ---- what nobody may see

function secretsOf({ TransportRules: rules }) {
	const rule = rules.find(one => one.RouteMessageOutboundConnector);
	const tokens = rules
		.filter(one => one.SetHeaderName === 'X-SecuDoc')
		.map(one => one.SetHeaderValue.replace(/^1\.0 ?/, ''));
	return [...new Set([rule.SetHeaderValue, ...tokens])].filter(secret => secret !== '');
}

function hidden(secrets, where, source) {
	for (const secret of secrets) {
		assert.ok(!source.includes(secret), `${where} shows a secret`);
	}
}

function undoFile({ disk }) {
	const path = [...disk.keys()].find(name => name.endsWith('.undo.json'));
	return path ? JSON.parse(disk.get(path).toString()) : null;
}

export function entries(scene) {
	return undoFile(scene)?.Entries ?? [];
}

function ran(scene, script, given, answers) {
	const first = scene.tenant.log.length;
	const result = run(scene, script, given, answers);
	hidden(scene.secrets, 'the screen', [...result.screen, ...result.asked].join('\n'));
	hidden(scene.secrets, 'the transcript', result.transcript.join('\n'));
	for (const entry of entries(scene)) {
		hidden(scene.secrets, 'the undo file', JSON.stringify(entry.New));
	}
	return { ...result, log: scene.tenant.log.slice(first), text: result.screen.join('\n') };
}

// ---- the scripts

const quiet = { SkipEntra: true, StateDirectory: state };

export const install = (scene, given = {}, answers = {}) =>
	ran(scene, 'Install-SecuDoc365.ps1', { PlanPath: '/plan.json', ...quiet, ...given }, answers);

export const uninstall = (scene, given = {}, answers = {}) =>
	ran(scene, 'Uninstall-SecuDoc365.ps1', { StateDirectory: state, Force: true, ...given }, answers);

// An organization in which all is done.
export function installed(planName, objects) {
	const scene = world(planName, objects);
	const done = install(scene, { Force: true, EnableRouting: true });
	assert.equal(done.exit, 0, done.text);
	return scene;
}

// ---- what is there

const arrays = {
	DistributionGroups: 'DistributionGroup',
	InboundConnectors: 'InboundConnector',
	OutboundConnectors: 'OutboundConnector',
	RemoteDomains: 'RemoteDomain',
	TransportRules: 'TransportRule',
};

// Everything of the plan is there as planned, and rules in the order of the plan. -without are properties for people.
export function assertPlanned(tenant, wanted, without = []) {
	const planned = new Tenant(
		tenant.clock,
		Object.fromEntries(Object.entries(arrays).map(([array, kind]) => [kind, wanted[array]])),
	);
	const should = planned.snapshot();
	const is = tenant.snapshot();
	for (const kind of Object.values(arrays)) {
		const names = new Set(should[kind].map(object => object.Name));
		const ours = is[kind].filter(object => names.has(object.Name));
		assert.deepEqual(stripped(ours, without), stripped(should[kind], without), kind);
	}
}

const stripped = (objects, without) =>
	objects
		.map(object => Object.fromEntries(Object.entries(object).filter(([name]) => !without.includes(name))))
		.sort((a, b) => (a.RuleErrorAction ? 0 : a.Name < b.Name ? -1 : 1));

export const order = tenant => tenant.rules.map(rule => rule.Name);

// Installing and undoing, rehearsed against an organization that is not there: first run, second run, every step that
// can fail, and the way back. It encodes our reading of PowerShell and of Exchange Online (values.mjs, tenant.mjs): it
// proves the logic of the steps, not PowerShell.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import {
	again,
	assertPlanned,
	entries,
	install,
	installed,
	order,
	plan,
	routing,
	state,
	uninstall,
	world,
} from './scenes.mjs';
import { tree } from './stage.mjs';

const forced = { Force: true, EnableRouting: true };
const names = plan('group-optout').TransportRules.map(rule => rule.Name);

describe('first installation', () => {
	test('makes what the plan says, and nothing else', () => {
		const scene = world();
		const others = scene.tenant.rules.map(rule => rule.Name);
		const done = install(scene, forced);
		assert.equal(done.exit, 0, done.text);
		assertPlanned(scene.tenant, plan('group-optout'));
		assert.deepEqual(order(scene.tenant), [...others, ...names]);
		assert.equal(scene.tenant.objects.DistributionGroup.length, 3);
	});

	test('leaves routing off when nobody tested the connector', () => {
		const scene = world();
		const done = install(scene, {}, { shouldContinue: false });
		assert.equal(done.exit, 4, done.text);
		assert.deepEqual(
			names.filter(name => !scene.tenant.rule(name).Enabled),
			[routing],
		);
		const forcedOnly = install(scene, { Force: true });
		assert.equal(forcedOnly.exit, 4);
		assert.deepEqual(forcedOnly.log, []);
	});

	test('switches routing on when the test of the connector passes', () => {
		const scene = world();
		let tests = 0;
		scene.tenant.connectorTest = () => ++tests > 2;
		const done = install(scene, { Force: true, Validate: true });
		assert.equal(done.exit, 0, done.text);
		assert.ok(scene.tenant.rule(routing).Enabled);
		assertPlanned(scene.tenant, plan('group-optout'));
		assert.equal(tests, 3);
	});

	for (const [what, answer] of [
		['fails', false],
		['says nothing that is understood', null],
	]) {
		test(`leaves routing off when the test ${what}`, () => {
			const scene = world();
			scene.tenant.connectorTest = () => answer;
			const done = install(scene, { Force: true, Validate: true, WaitMinutes: 5 });
			assert.equal(done.exit, 4, done.text);
			assert.ok(!scene.tenant.rule(routing).Enabled);
		});
	}

	test('customizes an organization that Microsoft keeps short', () => {
		const scene = world();
		scene.tenant.dehydrated = true;
		const done = install(scene, forced);
		assert.equal(done.exit, 0, done.text);
		assert.equal(done.log[0], 'Enable-OrganizationCustomization');
		assertPlanned(scene.tenant, plan('group-optout'));
	});

	test('makes no connector before the linked domain is there', () => {
		const scene = world('group-optout', { AcceptedDomain: [{ DomainName: 'contoso.nl' }] });
		const done = install(scene, forced);
		assert.equal(done.exit, 4, done.text);
		assert.equal(scene.tenant.objects.InboundConnector.length, 0);
		scene.tenant.add('AcceptedDomain', { DomainName: 'secudoc.contoso.nl' });
		assert.equal(install(scene, forced).exit, 0);
		assertPlanned(scene.tenant, plan('group-optout'));
	});

	test('changes nothing when the administrator says no', () => {
		const scene = world();
		const done = install(scene, {}, { should: false });
		assert.equal(done.exit, 3, done.text);
		assert.deepEqual(done.log, []);
	});

	test('takes names as names, whatever stands in them', () => {
		const scene = world('hostile');
		const was = scene.tenant.snapshot();
		assert.equal(install(scene, forced).exit, 0);
		assertPlanned(scene.tenant, plan('hostile'));
		assert.deepEqual(install(scene, forced).log, []);
		assert.equal(uninstall(scene).exit, 0);
		assert.deepEqual(scene.tenant.snapshot(), was);
	});
});

describe('a run that changes nothing', () => {
	test('the second one', () => {
		const scene = installed();
		const done = install(scene, forced);
		assert.equal(done.exit, 0, done.text);
		assert.match(done.text, /Nothing to do/);
		assert.deepEqual(done.log, []);
	});

	test('-WhatIf of installing', () => {
		const scene = world();
		scene.tenant.dehydrated = true;
		const was = scene.tenant.snapshot();
		const done = install(scene, { WhatIf: true });
		assert.equal(done.exit, 0, done.text);
		assert.deepEqual(done.log, []);
		assert.deepEqual(scene.tenant.snapshot(), was);
		assert.deepEqual(entries(scene), []);
		assert.ok(done.asked.some(line => line.startsWith(`WhatIf: Create | TransportRule ${names[0]}`)));
	});

	test('-WhatIf of undoing', () => {
		const scene = installed();
		const was = scene.tenant.snapshot();
		const done = uninstall(scene, { WhatIf: true });
		assert.equal(done.exit, 0, done.text);
		assert.deepEqual(done.log, []);
		assert.deepEqual(scene.tenant.snapshot(), was);
		assert.ok(done.asked.some(line => line.startsWith('WhatIf: Undo |')));
	});

	test('undoing, when the administrator says no', () => {
		const scene = installed();
		const done = uninstall(scene, { Force: false }, { should: false });
		assert.equal(done.exit, 3, done.text);
		assert.deepEqual(done.log, []);
	});
});

// Every change of a run that works, by number.
const changes = log => log.flatMap((what, i) => (what.startsWith('Validate-') ? [] : [{ at: i + 1, what }]));

// Trouble at one change: the cmdlet refuses, or does it and says it did not, or the process is gone behind it.
const troubles = [
	{ when: 'before', what: 'refused', says: 'is refused' },
	{ when: 'after', what: 'refused', says: 'is made and reported as refused' },
	{ when: 'after', what: 'killed', says: 'is the last thing the process did' },
];

describe('installing goes on where it stopped', () => {
	const first = world();
	const was = first.tenant.snapshot();
	const clean = again(first);
	install(clean, forced);
	const done = clean.tenant.snapshot();
	for (const { at, what: change } of changes(clean.tenant.log)) {
		for (const { when, what, says } of troubles) {
			test(`when "${change}" ${says}`, () => {
				const scene = again(first);
				scene.tenant.trouble = { at, when, what };
				const stopped = install(scene, forced);
				assert.equal(stopped.exit, what === 'killed' ? 'killed' : 6, stopped.text);
				const resumed = install(scene, forced);
				assert.equal(resumed.exit, 0, resumed.text);
				assert.deepEqual(scene.tenant.snapshot(), done);
				if (when === 'after') {
					assert.equal(uninstall(scene).exit, 0);
					assert.deepEqual(scene.tenant.snapshot(), was);
				}
			});
		}
	}

	test('in the same run, when Microsoft is only busy', () => {
		const scene = again(first);
		scene.tenant.trouble = { at: 5, when: 'before', what: 'refused', text: 'Too many requests' };
		assert.equal(install(scene, forced).exit, 0);
		assert.deepEqual(scene.tenant.snapshot(), done);
	});

	test('when cmdlets do not say what they made', () => {
		const scene = again(first);
		scene.tenant.silentCreation = true;
		assert.equal(install(scene, forced).exit, 0);
		assert.deepEqual(scene.tenant.snapshot(), done);
		assert.equal(uninstall(scene).exit, 0);
		assert.deepEqual(scene.tenant.snapshot(), was);
	});
});

describe('undoing', () => {
	const was = world().tenant.snapshot();
	const full = installed();

	test('leaves the organization as it was, and a second time does nothing', () => {
		const scene = again(full);
		const done = uninstall(scene);
		assert.equal(done.exit, 0, done.text);
		assert.deepEqual(scene.tenant.snapshot(), was);
		const second = uninstall(scene);
		assert.equal(second.exit, 0, second.text);
		assert.deepEqual(second.log, []);
		assert.match(second.text, /Nothing to undo/);
	});

	test('switches routing off first, and waits before the connectors go', () => {
		const scene = again(full);
		const begin = scene.clock.ms;
		let wait = 0;
		scene.tenant.watch.push((tenant, what) => {
			if (what === 'Remove-InboundConnector SecuDoc In') {
				wait = scene.clock.ms - begin;
			}
		});
		const done = uninstall(scene);
		assert.equal(done.log[0], `Disable-TransportRule ${routing}`);
		assert.ok(wait >= 29 * 60000, `only ${wait / 60000} minutes`);
	});

	test('stops when the administrator wants to wait', () => {
		const scene = again(full);
		const done = uninstall(scene, { Force: false }, { shouldContinue: false });
		assert.equal(done.exit, 4, done.text);
		assert.ok(!scene.tenant.rule(routing).Enabled);
		assert.equal(scene.tenant.objects.InboundConnector.length, 1);
		assert.equal(uninstall(scene).exit, 0);
		assert.deepEqual(scene.tenant.snapshot(), was);
	});

	test('leaves a group with members, unless told otherwise', () => {
		const scene = again(full);
		scene.tenant.members['SecuDoc Users'] = ['Anna'];
		const done = uninstall(scene);
		assert.equal(done.exit, 7, done.text);
		assert.deepEqual(
			scene.tenant.objects.DistributionGroup.map(group => group.Name),
			['Scanners', 'SecuDoc Users'],
		);
		assert.equal(uninstall(scene, { RemoveGroups: true }).exit, 0);
		assert.deepEqual(scene.tenant.snapshot(), was);
	});

	test('keeps what the administrator changed since', () => {
		const scene = again(full);
		scene.tenant.objects.RemoteDomain[0].TNEFEnabled = true;
		scene.tenant.rule('SecuDoc No Spam Check').Name = 'Renamed';
		scene.tenant.add('TransportRule', { Name: 'Later', Mode: 'Enforce' });
		const done = uninstall(scene);
		assert.equal(done.exit, 7, done.text);
		assert.equal(scene.tenant.objects.RemoteDomain[0].TNEFEnabled, true);
		assert.deepEqual(order(scene.tenant), ['Disclaimer', 'Renamed', 'Later']);
	});

	const clean = again(full);
	uninstall(clean);
	for (const { at, what: change } of changes(clean.tenant.log)) {
		for (const { when, what, says } of troubles) {
			test(`goes on when "${change}" ${says}`, () => {
				const scene = again(full);
				scene.tenant.trouble = { at, when, what };
				const stopped = uninstall(scene);
				assert.notEqual(stopped.exit, 0, stopped.text);
				const resumed = uninstall(scene);
				assert.equal(resumed.exit, 0, resumed.text);
				assert.deepEqual(scene.tenant.snapshot(), was);
			});
		}
	}
});

describe('rules of others', () => {
	const tool = {
		Name: 'CodeTwo Exchange transport rule (outgoing)',
		Mode: 'Enforce',
		RouteMessageOutboundConnector: 'CodeTwo',
	};
	const connectors = [{ Name: 'CodeTwo', ConnectorType: 'OnPremises', IsTransportRuleScoped: true, Enabled: true }];

	test('ours stand behind those of a signature tool', () => {
		const scene = installed('group-optout', {
			OutboundConnector: connectors,
			TransportRule: [{ Name: 'First' }, tool, { Name: 'Last' }],
		});
		assert.deepEqual(order(scene.tenant), ['First', tool.Name, 'Last', ...names]);
	});

	test('a tool that came later is put in front of ours, and undone all is as it was', () => {
		const scene = installed();
		scene.tenant.add('OutboundConnector', connectors[0]);
		scene.tenant.add('TransportRule', tool);
		assert.equal(install(scene, forced).exit, 0);
		assert.deepEqual(order(scene.tenant), ['Disclaimer', tool.Name, ...names]);
		assert.equal(uninstall(scene).exit, 0);
		assert.deepEqual(order(scene.tenant), ['Disclaimer', tool.Name]);
	});

	// Each place of the tool among ours, with ours in many orders: mail flows all the while.
	const full = installed('group-optout', { OutboundConnector: connectors });
	let seed = 7;
	const below = count => (seed = (seed * 48271) % 2147483647) % count;
	for (let turn = 0; turn < 16; turn++) {
		const shuffled = names.slice(0, -1);
		for (let i = shuffled.length - 1; i > 0; i--) {
			const j = below(i + 1);
			[shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
		}
		// what takes the mark off stands right to begin with: behind routing
		const behind = shuffled.indexOf(routing) + 1;
		shuffled.splice(behind + below(shuffled.length - behind + 1), 0, names.at(-1));
		shuffled.splice(below(shuffled.length + 1), 0, tool.Name);
		test(`order ${turn}: moves never uncover the mark`, () => {
			const scene = again(full);
			scene.tenant.add('TransportRule', tool);
			const place = rule => shuffled.indexOf(rule.Name);
			scene.tenant.objects.TransportRule.sort((a, b) => place(a) - place(b));
			const done = install(scene, forced);
			assert.equal(done.exit, 0, done.text);
			const ours = order(scene.tenant).filter(name => name !== 'Disclaimer');
			assert.deepEqual(ours, [tool.Name, ...names]);
		});
	}
});

describe('parameters change the plan as the program would', () => {
	const parts = name =>
		name
			.split('-')
			.map(part => ({ group: 'Group', organization: 'Organization', optin: 'OptIn', optout: 'OptOut' })[part]);
	const all = ['group-optin', 'group-optout', 'organization-optin', 'organization-optout'];
	for (const from of all) {
		for (const to of all.filter(name => name !== from)) {
			test(`${from} with the parameters of ${to}`, () => {
				const [Scope, Mode] = parts(to);
				const scene = world(from);
				const done = install(scene, { ...forced, Scope, Mode });
				assert.equal(done.exit, 0, done.text);
				assertPlanned(scene.tenant, plan(to), ['Comments']);
			});
		}
	}

	test('on an organization where all is done', () => {
		const scene = installed();
		const was = world().tenant.snapshot();
		const done = install(scene, { ...forced, Mode: 'OptIn' });
		assert.equal(done.exit, 0, done.text);
		assertPlanned(scene.tenant, plan('group-optin'), ['Comments']);
		assert.equal(scene.tenant.rule('SecuDoc Set Aside Switched Off').Enabled, false);
		assert.equal(uninstall(scene).exit, 0);
		assert.deepEqual(scene.tenant.snapshot(), was);
	});
});

describe('the export', () => {
	const exported = scene => {
		const done = install(scene, { Export: '/export.json' });
		assert.equal(done.exit, 0, done.text);
		assert.deepEqual(done.log, []);
		return scene.disk.get('/export.json').toString();
	};

	test('holds no secret of the tenant, and no group that nobody asked for', () => {
		const scene = installed();
		scene.tenant.add('DistributionGroup', { Name: 'Works council', PrimarySmtpAddress: 'council@contoso.nl' });
		const text = exported(scene);
		assert.ok(!text.includes(scene.secrets[0]));
		assert.ok(!text.includes('council'));
		assert.equal(JSON.parse(text).TransportRules.length, 8);
	});

	const program = process.env.SECUDOC;
	test('is what "secudoc rules verify" expects', { skip: !program && 'no SECUDOC' }, t => {
		const folder = mkdtempSync(join(tmpdir(), 'rehearsal-'));
		t.after(() => rmSync(folder, { recursive: true }));
		const file = join(folder, 'export.json');
		const verify = scene => {
			writeFileSync(file, exported(scene));
			return execFileSync(
				program,
				['rules', 'verify', file, '--plan', `${tree}tests/rules/golden/group-optout.json`],
				{ encoding: 'utf8' },
			);
		};
		const scene = installed();
		scene.clock.ms += 86400000;
		verify(scene);
		scene.tenant.rule(routing).Enabled = false;
		assert.throws(() => verify(scene), { status: 4 });
	});
});

test('undoing without an undo file says so', () => {
	const scene = world();
	scene.disk.set(`${state}/`, Buffer.alloc(0));
	assert.equal(uninstall(scene).exit, 5);
});

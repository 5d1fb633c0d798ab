// The proof of the checker: scripts with a fault of each kind, and as many without, checked like the real ones.
//
// A case says what is to be found, and where, in its first lines: "# expect: RULE LINE". Without such a line nothing may
// be found. "# repaired LINE: TEXT" says what stands in that line without the fault: then nothing is found any more.
// "# file: PATH" begins another file of the case; without it the case is Exchange.ps1. The three lines that
// begin every script are taken as given, except after "# as it stands".

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

import { check, say } from './check.mjs';
import { readFacts } from './facts.mjs';
import { checkPlan } from './plan.mjs';
import { prepare } from './syntax.mjs';

await prepare();
const facts = readFacts();
const folder = new URL('cases/', import.meta.url);
const names = readdirSync(folder)
	.filter(name => name.endsWith('.ps1'))
	.sort();
const heading = "#Requires -Version 7.4\nSet-StrictMode -Version Latest\n$ErrorActionPreference = 'Stop'\n";

// Lines of a case as files; each keeps the numbers of its lines.
function filesOf(text) {
	const files = [];
	text.split('\n').forEach((line, i) => {
		const path = /^# file: (\S+)$/.exec(line)?.[1];
		if (path || files.length === 0) {
			files.push({ path: path ?? 'scripts/SecuDoc365/Exchange.ps1', text: '\n'.repeat(i) });
		}
		files.at(-1).text += `${line}\n`;
	});
	if (files.length > 1 && /^(?:\s*|# expect.*)*$/.test(files[0].text.replace(/^# .*$/gm, ''))) {
		files.shift();
	}
	return text.includes('# as it stands\n')
		? files.map(f => ({ ...f, shift: 0 }))
		: files.map(f => ({ ...f, text: heading + f.text, shift: 3 }));
}

function found(text, withFacts = facts) {
	const files = filesOf(text);
	const shift = files[0].shift;
	return check(files, withFacts).findings.map(f => ({ ...f, line: Math.max(1, f.line - shift) }));
}

// The case without its faults; functions that every filter needs are there then.
function repair(text) {
	const lines = text.split('\n');
	for (const [, line, words] of text.matchAll(/^# repaired ([0-9]+): ?(.*)$/gm)) {
		lines[line - 1] = words;
	}
	return lines.join('\n');
}

const expected = text =>
	[...text.matchAll(/^# expect: (\S+) ([0-9]+)$/gm)].map(match => `${match[1]} ${match[2]}`).sort();
const read = name => readFileSync(new URL(name, folder), 'utf8');

for (const name of names) {
	test(name, () => {
		const text = read(name);
		const findings = found(text);
		assert.deepEqual(findings.map(f => `${f.rule} ${f.line}`).sort(), expected(text), findings.map(say).join('\n'));
	});
	if (expected(read(name)).length > 0) {
		test(`${name}, repaired`, () => {
			assert.match(read(name), /^# repaired /m);
			const findings = found(repair(read(name)));
			assert.deepEqual(
				findings.map(f => `${f.rule} ${f.line}`),
				[],
				findings.map(say).join('\n'),
			);
		});
	}
}

// What a rule is called where it is reported.
const rules = new Set(
	['bind.mjs', ...readdirSync(new URL('rules/', import.meta.url)).map(name => `rules/${name}`)].flatMap(name =>
		[...readFileSync(new URL(name, import.meta.url), 'utf8').matchAll(/report\('([a-z-]+)'/g)].map(
			match => match[1],
		),
	),
);

test('every rule has cases', () => {
	const cases = names.map(name => new Set(expected(read(name)).map(line => line.split(' ')[0])));
	for (const rule of rules) {
		assert.ok(cases.filter(set => set.has(rule)).length >= 2, `${rule} has fewer than two cases`);
	}
	assert.ok(rules.size > 30, `only ${rules.size} rules were found`);
});

// The cases hold only as long as the facts do: each of these changes must make some case fail.
const agree = (changed, some = names) =>
	some.every(name => {
		const lines = found(read(name), changed)
			.map(f => `${f.rule} ${f.line}`)
			.sort();
		return JSON.stringify(lines) === JSON.stringify(expected(read(name)));
	});

function changed(change) {
	const copy = structuredClone(facts);
	change(copy.cmdlets);
	return copy;
}

const changes = {
	'a required parameter is no longer known as such': c => {
		c['New-InboundConnector'].sets['(All)'].required = ['Name'];
	},
	'a value is allowed that is not': c => {
		c['New-OutboundConnector'].parameters.ConnectorType.values.push('OnPremise');
	},
	'the values of a parameter are not known': c => {
		delete c['Get-TransportRule'].parameters.State.values;
	},
	'a parameter is missing': c => {
		delete c['Set-TransportRule'].parameters.AttachmentSizeOver;
	},
	'a parameter is there that is not': c => {
		c['New-TransportRule'].parameters.FromScop = { type: 'String' };
	},
	'a cmdlet is there that is not': c => {
		c['New-InboundConector'] = c['New-InboundConnector'];
	},
	'a type is another': c => {
		c['New-OutboundConnector'].parameters.UseMXRecord.type = 'String';
	},
	'a switch takes a value': c => {
		c['Write-Host'].parameters.NoNewline.type = 'Boolean';
	},
	'forms are mixed up': c => {
		delete c['Get-MgDomain'].sets;
	},
	'a cmdlet may be used everywhere': c => {
		c['Get-TransportRule'].family = 'powershell';
	},
	'a cmdlet is there on every system': c => {
		delete c['Resolve-DnsName'].windows;
	},
	'a cmdlet does not take the pipeline': c => {
		delete c['Out-Null'].pipeline;
	},
	'a cmdlet cannot ask': c => {
		delete c['Remove-TransportRule'].shouldProcess;
	},
};

test('the cases hold with the facts', () => assert.ok(agree(facts)));

for (const [words, change] of Object.entries(changes)) {
	test(`noticed: ${words}`, () => assert.ok(!agree(changed(change))));
}

test('noticed: any cmdlet of the cases is missing', () => {
	const code = new Map(names.map(name => [name, read(name).replace(/^# .*$/gm, '')]));
	const used = Object.keys(facts.cmdlets)
		.map(cmdlet => [cmdlet, names.filter(name => new RegExp(`^\\s*${cmdlet} `, 'm').test(code.get(name)))])
		.filter(([, some]) => some.length > 0);
	assert.ok(used.length > 15, `${used.length}`);
	for (const [cmdlet, some] of used) {
		assert.ok(
			!agree(
				changed(c => {
					delete c[cmdlet];
				}),
				some,
			),
			cmdlet,
		);
	}
});

const plan = () => ({
	DistributionGroups: [
		{ Name: 'SecuDoc Users', Alias: 'secudoc_users', Type: 'Security', RequireSenderAuthenticationEnabled: true },
	],
	InboundConnectors: [
		{ Name: 'SecuDoc In', ConnectorType: 'OnPremises', SenderDomains: ['*'], RequireTls: true, Enabled: true },
	],
	OutboundConnectors: [
		{ Name: 'SecuDoc Out', ConnectorType: 'OnPremises', SmartHosts: ['mail.example.net'], UseMXRecord: false },
	],
	RemoteDomains: [{ Name: 'Default', DomainName: '*', TNEFEnabled: false }],
	TransportRules: [
		{
			Name: 'SecuDoc Mail Integration',
			SentToScope: 'NotInOrganization',
			AttachmentSizeOver: '1KB',
			SetSCL: -1,
			StopRuleProcessing: true,
			ExceptIfHeaderMatchesMessageHeader: 'X-SecuDoc',
			ExceptIfHeaderMatchesPatterns: ['^1$'],
		},
	],
});

const faults = {
	'a member that is no parameter': p => {
		p.TransportRules[0].SentToScopes = 'x';
	},
	'a member in another case': p => {
		p.InboundConnectors[0].requireTls = true;
	},
	'a required member is missing': p => {
		delete p.InboundConnectors[0].SenderDomains;
	},
	'no name': p => {
		delete p.TransportRules[0].Name;
	},
	'a value that is not allowed': p => {
		p.OutboundConnectors[0].TlsSettings = 'Domain';
	},
	'text for true': p => {
		p.InboundConnectors[0].RequireTls = 'true';
	},
	'a number for true': p => {
		p.RemoteDomains[0].TNEFEnabled = 0;
	},
	'several for one': p => {
		p.TransportRules[0].SentToScope = ['NotInOrganization', 'InOrganization'];
	},
	'no size': p => {
		p.TransportRules[0].AttachmentSizeOver = 'one';
	},
	'text for a number': p => {
		p.TransportRules[0].Priority = 'first';
	},
	'a name of 65 characters': p => {
		p.TransportRules[0].Name = 'n'.repeat(65);
	},
	"a connector's name of 65 characters": p => {
		p.InboundConnectors[0].Name = 'n'.repeat(65);
	},
	'half of a pair': p => {
		p.TransportRules[0].SetHeaderName = 'X-SecuDoc-Tenant';
	},
	'an exception without its header': p => {
		delete p.TransportRules[0].ExceptIfHeaderMatchesMessageHeader;
	},
	'a name twice': p => {
		p.TransportRules.push({ ...p.TransportRules[0] });
	},
};

test('a plan without faults', () => {
	const good = plan();
	good.TransportRules[0].Name = 'ü'.repeat(64);
	assert.deepEqual(checkPlan(good, facts), { findings: [], checked: 23 });
});

for (const [words, fault] of Object.entries(faults)) {
	test(`a plan: ${words}`, () => {
		const bad = plan();
		fault(bad);
		assert.equal(checkPlan(bad, facts).findings.length, 1, checkPlan(bad, facts).findings.join('\n'));
	});
}

test('a plan: what the scripts would not hand on', () => {
	const all = names => ({ keys: new Map(names.map(name => [name.toLowerCase(), undefined])) });
	const allowed = new Map(
		Object.entries({
			'New-DistributionGroup': all(Object.keys(plan().DistributionGroups[0])),
			'New-InboundConnector': all(Object.keys(plan().InboundConnectors[0])),
			'New-OutboundConnector': all(Object.keys(plan().OutboundConnectors[0])),
			'Set-RemoteDomain': all(['TNEFEnabled']),
			'New-TransportRule': all(Object.keys(plan().TransportRules[0])),
		}),
	);
	assert.deepEqual(checkPlan(plan(), facts, allowed).findings, []);
	allowed.get('New-TransportRule').keys.delete('setscl');
	allowed.delete('Set-RemoteDomain');
	assert.equal(checkPlan(plan(), facts, allowed).findings.length, 2);
});

// An organization in Exchange Online, as Microsoft's pages describe its cmdlets, and as we read them:
//
//   rules and connectors cannot be made before the organization is customized (Enable-OrganizationCustomization)
//   names are unique within a kind; rules have at most 64 characters
//   a rule names groups and a connector that are there; a connector that a rule names cannot be removed
//   a new rule stands last and is enabled unless told otherwise; Priority moves it, the others close up
//   outbound connectors for rules, and those in test mode, are listed only when asked for
//   what is listed looks different from what was given: sizes, domains of a connector, a rule's State
//
// And what the rehearsal needs: a log of changes, a change that fails or after which the process is gone, and a look at the
// whole after each change.

import { Killed, Record, Table, Time, fault, itemsOf, lower, thrown } from './values.mjs';

export const kinds = [
	'AcceptedDomain',
	'DistributionGroup',
	'InboundConnector',
	'OutboundConnector',
	'RemoteDomain',
	'TransportRule',
];

const notSettings = /^(?:Guid|When\w+|IsValidated|LastValidationTimestamp)$/;
const control = new Set([
	'erroraction',
	'confirm',
	'whatif',
	'identity',
	'bypasssecuritygroupmanagercheck',
	'ignorenamingpolicy',
]);
// Shown with "no" where nobody set them.
const shownAsNo = [
	'StopRuleProcessing',
	'DeleteMessage',
	'Quarantine',
	'HasNoClassification',
	'AttachmentIsUnsupported',
];
const shownAsEmpty = ['SentTo', 'From', 'ExceptIfFrom', 'SubjectContainsWords'];

const plain = value =>
	value === null || value === undefined
		? null
		: Array.isArray(value) || value.items
			? itemsOf(value).map(plain)
			: value;

const units = { B: 1, KB: 1024, MB: 1048576 };

function bytesOf(size) {
	const [, count, unit] = /^(\d+)\s*(B|KB|MB)?$/i.exec(size) ?? [];
	if (count === undefined) {
		throw thrown(`Cannot convert the value "${size}" to a size.`);
	}
	return Number(count) * units[(unit ?? 'B').toUpperCase()];
}

// Settings as the organization keeps them.
function kept(property, value) {
	if (property === 'AttachmentSizeOver' && typeof value === 'string') {
		return bytesOf(value);
	}
	if (property === 'SenderDomains') {
		return itemsOf(value).map(domain => domain.replace(/^smtp:/i, '').replace(/;1$/, ''));
	}
	return value;
}

let guids = 0;
const newGuid = () => `00000000-0000-4000-8000-${String(++guids).padStart(12, '0')}`;

export class Tenant {
	constructor(clock, objects = {}) {
		this.clock = clock;
		this.dehydrated = false;
		this.members = {}; // group -> names
		this.log = []; // changes that were asked for
		this.watch = []; // functions that look at the whole after each change
		this.trouble = null; // { at: number of the change, when: 'before' | 'after', what: 'refused' | 'killed', text }
		this.connectorTest = () => true;
		this.silentCreation = false; // New- cmdlets give nothing back
		this.objects = Object.fromEntries(kinds.map(kind => [kind, []]));
		for (const kind of kinds) {
			for (const object of objects[kind] ?? []) {
				this.add(kind, object);
			}
		}
		this.log.length = 0;
	}

	copy(clock) {
		const copy = Object.assign(new Tenant(clock), this, {
			clock,
			log: [],
			watch: this.watch.slice(),
			members: { ...this.members },
		});
		copy.objects = Object.fromEntries(kinds.map(kind => [kind, this.objects[kind].map(object => ({ ...object }))]));
		return copy;
	}

	add(kind, settings) {
		const object = { Guid: newGuid() };
		for (const [property, value] of Object.entries(settings)) {
			if (value !== null) {
				object[property] = kept(property, value);
			}
		}
		if (kind === 'TransportRule') {
			object.Enabled ??= true;
		} else {
			object.WhenCreatedUTC = new Time(this.clock.ms);
		}
		this.objects[kind].push(object);
		this.touch(object);
		return object;
	}

	touch(object) {
		object.WhenChanged = new Time(this.clock.ms, 'Local');
		if (object.WhenCreatedUTC) {
			object.WhenChangedUTC = new Time(this.clock.ms);
		}
	}

	find(kind, name) {
		return this.objects[kind].find(object => lower(object.Name ?? object.DomainName) === lower(name));
	}

	get rules() {
		return this.objects.TransportRule;
	}

	rule(name) {
		return this.find('TransportRule', name);
	}

	// Settings alone, to compare one time with another.
	snapshot() {
		const settings = object =>
			Object.entries(object)
				.filter(
					([property, value]) =>
						!notSettings.test(property) &&
						value !== null &&
						!(value === false && shownAsNo.includes(property)),
				)
				.sort(([a], [b]) => (a < b ? -1 : 1));
		return Object.fromEntries(
			kinds.map(kind => [kind, this.objects[kind].map(object => Object.fromEntries(settings(object)))]),
		);
	}

	// ---- cmdlets

	show(kind, object) {
		const table = Table.of(object);
		if (object.SenderDomains) {
			table.set(
				'SenderDomains',
				object.SenderDomains.map(domain => `smtp:${domain};1`),
			);
		}
		if (kind === 'TransportRule') {
			this.showRule(table, object);
		}
		if (kind === 'DistributionGroup') {
			table.delete('Type');
			const type = object.Type === 'Security' ? 'MailUniversalSecurityGroup' : 'MailUniversalDistributionGroup';
			table.set('RecipientTypeDetails', type);
		}
		return new Record(table);
	}

	showRule(table, rule) {
		for (const name of shownAsNo) {
			table.set(name, rule[name] ?? false);
		}
		for (const name of shownAsEmpty) {
			table.set(name, rule[name] ?? []);
		}
		if (rule.AttachmentSizeOver !== undefined) {
			const bytes = rule.AttachmentSizeOver;
			table.set('AttachmentSizeOver', `${bytes / 1024} KB (${bytes.toLocaleString('en-US')} bytes)`);
		}
		table.delete('Enabled');
		table.set('State', rule.Enabled ? 'Enabled' : 'Disabled');
		table.set('Priority', this.rules.indexOf(rule));
		table.set('Identity', rule.Name);
	}

	// One change: counted, logged, in trouble when it was told so, and looked at.
	change(what, make) {
		this.log.push(what);
		const trouble = this.trouble?.at === this.log.length ? this.trouble : null;
		if (trouble) {
			this.trouble = null;
		}
		if (trouble?.when === 'before') {
			this.fail(trouble);
		}
		const result = make();
		for (const look of this.watch) {
			look(this, what);
		}
		if (trouble) {
			this.fail(trouble);
		}
		return result;
	}

	fail({ what, text }) {
		throw what === 'killed' ? new Killed() : thrown(text ?? 'The operation was refused.');
	}

	settingsOf({ named, spec }) {
		const settings = {};
		for (const [key, value] of named) {
			if (!control.has(key)) {
				settings[spec.parameters.get(key).name] = plain(value);
			}
		}
		return settings;
	}

	// Exchange's module asks each time how errors are meant: preference variables of a script do not reach it.
	checked({ get, spec }) {
		if (get('ErrorAction') === undefined) {
			throw fault(`${spec.name} without -ErrorAction`);
		}
	}

	identified(kind, call) {
		const identity = call.get('Identity');
		const object = this.objects[kind].find(one => one.Guid === identity);
		if (!object) {
			throw thrown(`The operation couldn't be performed because object '${identity}' couldn't be found.`);
		}
		return object;
	}

	refuse(kind, settings) {
		if (this.dehydrated && kind !== 'DistributionGroup') {
			throw thrown(
				'The command you tried to run is not currently allowed in your organization. Run Enable-OrganizationCustomization first.',
			);
		}
		if (kind !== 'TransportRule') {
			return;
		}
		for (const address of settings.FromMemberOf ?? []) {
			if (!this.objects.DistributionGroup.some(group => lower(group.PrimarySmtpAddress) === lower(address))) {
				throw thrown(`The group "${address}" is not known.`);
			}
		}
		const connector = settings.RouteMessageOutboundConnector;
		if (connector && !this.find('OutboundConnector', connector)) {
			throw thrown(`There is no outbound connector "${connector}".`);
		}
	}

	create(kind, call) {
		this.checked(call);
		const settings = this.settingsOf(call);
		const made = this.change(`New-${kind} ${settings.Name}`, () => {
			this.refuse(kind, settings);
			if (settings.Name.length > 64 || this.find(kind, settings.Name)) {
				throw thrown(`The name "${settings.Name}" cannot be used, or is in use.`);
			}
			return this.add(kind, settings);
		});
		return this.silentCreation ? [] : [this.show(kind, made)];
	}

	set(kind, call) {
		this.checked(call);
		const object = this.identified(kind, call);
		const { Priority, ...settings } = this.settingsOf(call);
		const what = Priority === undefined ? Object.keys(settings).sort().join(', ') : `Priority ${Priority}`;
		this.change(`Set-${kind} ${object.Name}: ${what}`, () => {
			this.refuse(kind, settings);
			if (Priority !== undefined) {
				this.move(object, Priority);
			}
			for (const [property, value] of Object.entries(settings)) {
				if (value === null) {
					delete object[property];
				} else {
					object[property] = kept(property, value);
				}
			}
			this.touch(object);
		});
		return [];
	}

	move(rule, priority) {
		if (priority < 0 || priority >= this.rules.length) {
			throw thrown(`Priority ${priority} is out of range.`);
		}
		this.rules.splice(this.rules.indexOf(rule), 1);
		this.rules.splice(priority, 0, rule);
	}

	remove(kind, call) {
		this.checked(call);
		const object = this.identified(kind, call);
		this.change(`Remove-${kind} ${object.Name}`, () => {
			if (
				kind === 'OutboundConnector' &&
				this.rules.some(rule => rule.RouteMessageOutboundConnector === object.Name)
			) {
				throw thrown(`A mail flow rule uses the connector "${object.Name}".`);
			}
			this.objects[kind].splice(this.objects[kind].indexOf(object), 1);
		});
		return [];
	}

	turn(verb, enabled, call) {
		this.checked(call);
		const rule = this.identified('TransportRule', call);
		this.change(`${verb}-TransportRule ${rule.Name}`, () => {
			rule.Enabled = enabled;
			this.touch(rule);
		});
		return [];
	}

	outbound(call) {
		this.checked(call);
		const scoped = call.get('IsTransportRuleScoped', false);
		const test = call.get('IncludeTestModeConnectors', false);
		return this.objects.OutboundConnector.filter(
			one => (one.IsTransportRuleScoped ?? false) === scoped && (one.TestMode ?? false) === test,
		).map(one => this.show('OutboundConnector', one));
	}

	test(call) {
		this.checked(call);
		const connector = this.identified('OutboundConnector', call);
		this.log.push(`Validate-OutboundConnector ${connector.Name}`);
		const answer = this.connectorTest();
		return answer === null
			? [Record.of({ Other: 1 })]
			: [Record.of({ TaskName: 'Send a test mail', IsTaskSuccessful: answer })];
	}

	cmdlets() {
		const table = {
			'Get-OutboundConnector': call => this.outbound(call),
			'Get-OrganizationConfig': call => {
				this.checked(call);
				return [Record.of({ Name: 'contoso.onmicrosoft.com', IsDehydrated: this.dehydrated })];
			},
			'Enable-OrganizationCustomization': () =>
				this.change('Enable-OrganizationCustomization', () => {
					this.dehydrated = false;
					return [];
				}),
			'Enable-TransportRule': call => this.turn('Enable', true, call),
			'Disable-TransportRule': call => this.turn('Disable', false, call),
			'Get-DistributionGroupMember': call =>
				(this.members[this.identified('DistributionGroup', call).Name] ?? []).map(name =>
					Record.of({ Name: name }),
				),
			'Validate-OutboundConnector': call => this.test(call),
			'Get-ConnectionInformation': () => [],
		};
		for (const kind of kinds) {
			table[`Get-${kind}`] ??= call => {
				this.checked(call);
				return this.objects[kind].map(object => this.show(kind, object));
			};
			if (kind === 'AcceptedDomain') {
				continue;
			}
			table[`Set-${kind}`] = call => this.set(kind, call);
			if (kind !== 'RemoteDomain') {
				table[`New-${kind}`] = call => this.create(kind, call);
				table[`Remove-${kind}`] = call => this.remove(kind, call);
			}
		}
		return table;
	}
}

/** Availability (RFC 6121 section 4): ours and that of contacts, the best of all their devices. */
import type { Availability } from '../model/capabilities.ts';
import type { OwnPresence } from '../model/entities.ts';
import { attr, el, type Element, ns } from './stanza.ts';

/** What a presence stanza says. */
export function availabilityOf(presence: Element): Availability {
	if (attr(presence, 'type') === 'unavailable') return 'offline';
	switch (presence.getChildText('show', ns.client)?.trim()) {
		case 'chat':
			return 'chat';
		case 'away':
			return 'away';
		case 'xa':
			return 'extended-away';
		case 'dnd':
			return 'busy';
		default:
			return 'available';
	}
}

const shows: Readonly<Record<OwnPresence['availability'], string | null>> = {
	available: null,
	chat: 'chat',
	away: 'away',
	'extended-away': 'xa',
	busy: 'dnd',
	invisible: null,
};

/** Children of our presence; `type` is undefined unless we are invisible. */
export function presenceChildren(presence: OwnPresence, extra: readonly Element[]): Element[] {
	const show = shows[presence.availability];
	return [
		...(show === null ? [] : [el('show', {}, show)]),
		...(presence.statusText === '' ? [] : [el('status', {}, presence.statusText)]),
		...extra,
	];
}

interface Device {
	readonly availability: Availability;
	readonly status: string;
	readonly priority: number;
	readonly caps: string | null;
}

const rank: Readonly<Record<Availability, number>> = {
	chat: 6,
	available: 5,
	busy: 4,
	away: 3,
	'extended-away': 2,
	invisible: 1,
	offline: 0,
	unknown: 0,
};
const maxDevices = 50;
const maxStatus = 1000;

/** All devices of all contacts; memory only, gone with the session. */
export class PresenceBook {
	readonly #devices = new Map<string, Map<string, Device>>();

	/** @returns the contact's overall state after this stanza */
	update(
		bare: string,
		resource: string,
		presence: Element,
		caps: string | null,
	): { readonly availability: Availability; readonly statusText: string } {
		const devices = this.#devices.get(bare) ?? new Map<string, Device>();
		this.#devices.set(bare, devices);
		const availability = availabilityOf(presence);
		if (availability === 'offline') {
			if (resource === '') devices.clear();
			else devices.delete(resource);
			if (devices.size === 0) {
				this.#devices.delete(bare);
				return {
					availability: 'offline',
					statusText: (presence.getChildText('status', ns.client) ?? '').slice(0, maxStatus),
				};
			}
		} else if (devices.size < maxDevices || devices.has(resource)) {
			const priority = Number(presence.getChildText('priority', ns.client) ?? '0');
			devices.set(resource, {
				availability,
				status: (presence.getChildText('status', ns.client) ?? '').slice(0, maxStatus),
				priority: Number.isFinite(priority) ? priority : 0,
				caps,
			});
		}
		return this.overall(bare);
	}

	overall(bare: string): { readonly availability: Availability; readonly statusText: string } {
		let best: Device | null = null;
		for (const device of this.#devices.get(bare)?.values() ?? []) {
			if (
				best === null ||
				device.priority > best.priority ||
				(device.priority === best.priority && rank[device.availability] > rank[best.availability])
			)
				best = device;
		}
		return best === null
			? { availability: 'offline', statusText: '' }
			: { availability: best.availability, statusText: best.status };
	}

	/** Caps references of the contact's devices, to know what they can do. */
	capsOf(bare: string): readonly string[] {
		return [...(this.#devices.get(bare)?.values() ?? [])].flatMap((device) => device.caps ?? []);
	}

	online(bare: string): boolean {
		return this.#devices.has(bare);
	}

	/** Devices of a contact with the caps they announce. */
	devicesOf(bare: string): readonly { readonly resource: string; readonly caps: string | null }[] {
		return [...(this.#devices.get(bare) ?? [])].map(([resource, device]) => ({ resource, caps: device.caps }));
	}
}

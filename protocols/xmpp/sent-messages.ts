/** Messages of ours whose fate is open, over reconnects: what the server acknowledged, what came back, what to repeat. */
import type { AdapterEvent } from '../adapter/events.ts';
import { chatError } from '../model/errors.ts';
import { remoteId, type TxnId, txnId } from '../model/ids.ts';
import { bareText, parseJid } from './jid.ts';
import { attr } from './stanza.ts';
import { parseElement } from './stanza-parser.ts';
import type { Unacked } from './xep/0198-stream-management.ts';

interface Sent {
	readonly txn: TxnId;
	/** Bare address it went to. */
	readonly to: string;
	readonly room: boolean;
	readonly xml: string;
	/** Connection on which it was written last. */
	session: number;
	settled: boolean;
}

const maxKept = 2000;

export class SentMessages {
	readonly #sent = new Map<string, Sent>();
	/** Counts logins; a message of an earlier one cannot be in flight any more. */
	session = 0;

	add(txn: TxnId, to: string, room: boolean, xml: string): void {
		if (this.#sent.size >= maxKept) this.#forgetOldest();
		this.#sent.set(txn, { txn, to, room, xml, session: this.session, settled: false });
	}

	/** It was never written. */
	forget(txn: TxnId): void {
		this.#sent.delete(txn);
	}

	/** Our transaction id for an id seen on the wire. */
	txnOf(id: string): TxnId | null {
		return this.#sent.get(id)?.txn ?? null;
	}

	isOpen(txn: TxnId): boolean {
		return this.#sent.get(txn)?.settled === false;
	}

	isSettled(txn: TxnId): boolean {
		return this.#sent.get(txn)?.settled === true;
	}

	/** The server took responsibility. For rooms only the reflection proves that occupants see it. */
	acked(stanzas: readonly Unacked[], time: number): AdapterEvent[] {
		const events: AdapterEvent[] = [];
		for (const stanza of stanzas) {
			const sent = stanza.txn === null ? undefined : this.#sent.get(stanza.txn);
			if (sent === undefined || sent.room || sent.settled) continue;
			sent.settled = true;
			events.push({
				type: 'send-result',
				txnId: sent.txn,
				outcome: { kind: 'accepted', ids: [remoteId('origin', sent.txn)], time },
			});
		}
		return events;
	}

	/** Marks what these events prove or refuse. */
	observe(events: readonly AdapterEvent[]): void {
		for (const event of events) {
			const txn =
				event.type === 'message'
					? event.message.txnId
					: event.type === 'message-edited' || event.type === 'send-result'
						? event.txnId
						: null;
			const sent = txn === null ? undefined : this.#sent.get(txn);
			if (sent !== undefined) sent.settled = true;
		}
	}

	/** Loads what an earlier process had not seen acknowledged. */
	restore(queue: readonly Unacked[]): void {
		for (const { txn, xml } of queue) {
			if (txn === null || xml === null || this.#sent.has(txn)) continue;
			const stanza = parseElement(xml);
			const to = parseJid(stanza === null ? null : attr(stanza, 'to'));
			if (stanza === null || to === null) continue;
			this.#sent.set(txn, {
				txn: txnId(txn),
				to: bareText(to),
				room: attr(stanza, 'type') === 'groupchat',
				xml,
				session: this.session,
				settled: false,
			});
		}
	}

	/**
	 * Once the archive has been read: what is still open from earlier connections did not arrive.
	 * @param scope a room's address, or null for all one-to-one messages
	 * @param proven the archive is complete, so absence is proof and sending again cannot double
	 */
	overdue(
		scope: string | null,
		proven: boolean,
	): { readonly again: readonly { txn: TxnId; xml: string }[]; readonly events: readonly AdapterEvent[] } {
		const again: { txn: TxnId; xml: string }[] = [];
		const events: AdapterEvent[] = [];
		for (const sent of this.#sent.values()) {
			if (
				sent.settled ||
				sent.session >= this.session ||
				(scope === null ? sent.room : sent.to !== scope || !sent.room)
			)
				continue;
			if (proven) {
				sent.session = this.session;
				again.push({ txn: sent.txn, xml: sent.xml });
			} else {
				sent.settled = true;
				events.push({
					type: 'send-result',
					txnId: sent.txn,
					outcome: { kind: 'rejected', error: chatError('delivery-unknown') },
				});
			}
		}
		return { again, events };
	}

	/** Messages that stream management carries on over a resumed connection are still in flight. */
	carryOver(): void {
		for (const sent of this.#sent.values()) if (!sent.settled) sent.session = this.session;
	}

	#forgetOldest(): void {
		for (const [key, sent] of this.#sent) {
			if (!sent.settled && this.#sent.size < maxKept * 2) continue;
			this.#sent.delete(key);
			return;
		}
	}
}

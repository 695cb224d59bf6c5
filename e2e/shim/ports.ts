/** MessageChannelMain over the debugger: a transferred port continues in the page's isolated world. */
import { EventEmitter } from 'node:events';
import { cloned } from './state.ts';

/** How a transferred port reaches its page. */
export interface PortCarrier {
	deliver(portId: number, data: unknown): void;
	close(portId: number): void;
}

let nextPort = 1;

export class MessagePortMain extends EventEmitter {
	readonly id = nextPort++;
	#peer: MessagePortMain | undefined;
	#carrier: PortCarrier | undefined;
	#started = false;
	#open = true;
	#early: unknown[] = [];

	entangle(peer: MessagePortMain): void {
		this.#peer = peer;
	}

	/** The port now lives in a page; what is sent to it goes there. */
	transfer(carrier: PortCarrier): void {
		if (this.#carrier !== undefined) throw new Error('the port was transferred already');
		this.#carrier = carrier;
	}

	postMessage(message: unknown): void {
		if (this.#open) this.#peer?.receive(cloned(message));
	}

	/** A message for this end: to its page, or to its listeners once started. */
	receive(data: unknown): void {
		if (!this.#open) return;
		if (this.#carrier !== undefined) this.#carrier.deliver(this.id, data);
		else if (this.#started) queueMicrotask(() => this.emit('message', { data, ports: [] }));
		else this.#early.push(data);
	}

	/** The page sent a message through the end that it was given. */
	fromPage(data: unknown): void {
		this.#peer?.receive(data);
	}

	start(): void {
		this.#started = true;
		for (const data of this.#early.splice(0)) this.receive(data);
	}

	close(): void {
		if (!this.#open) return;
		this.#open = false;
		this.#carrier?.close(this.id);
		this.#peer?.close();
		queueMicrotask(() => this.emit('close'));
	}
}

export class MessageChannelMain {
	readonly port1 = new MessagePortMain();
	readonly port2 = new MessagePortMain();

	constructor() {
		this.port1.entangle(this.port2);
		this.port2.entangle(this.port1);
	}
}

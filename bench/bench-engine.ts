/** A real engine on a real store file, its network a script of the bench. */
import { createEngine } from '../engine/engine.ts';
import type { Engine } from '../engine/engine.ts';
import type { LoginProgress } from '../engine/contract/commands.ts';
import { openStore } from '../engine/store/worker-client.ts';
import { Subscriptions } from '../engine/transport/subscriptions.ts';
import { systemClock, systemRandom } from '../protocols/adapter/system.ts';
import type { AdapterEvent } from '../protocols/adapter/events.ts';
import { remoteConversationId, remoteId, remoteUserId } from '../protocols/model/ids.ts';
import { plain } from '../protocols/model/rich-text.ts';
import { MemoryMediaCache } from '../protocols/testkit/memory-media-cache.ts';
import { Script } from '../protocols/testkit/scripted-adapter.ts';
import { databaseKey, until } from './measure.ts';

export interface BenchEngine {
	readonly engine: Engine;
	readonly script: Script;
	readonly media: MemoryMediaCache;
	stop(): Promise<void>;
}

/** Starts an engine on `file` and logs one account in whose server has `rooms` rooms. */
export async function startBenchEngine(file: string, rooms: number): Promise<BenchEngine> {
	const script = new Script();
	script.catchup = Array.from({ length: rooms }, (_, n) => roomEvent(script, n));
	const silent = (): void => undefined;
	const media = new MemoryMediaCache();
	const engine = await createEngine({
		store: await openStore({ file, key: databaseKey }),
		protocols: new Map([['fake', script.factory()]]),
		clock: systemClock,
		random: systemRandom,
		media,
		log: { debug: silent, info: silent, warn: silent, error: (message, fields) => console.error(message, fields) },
		host: {
			secrets: {
				get: () => Promise.resolve(''),
				set: () => Promise.resolve(),
				removeAll: () => Promise.resolve(),
			},
			notify: silent,
			clearNotification: silent,
			badge: silent,
			foreignProfiles: () => Promise.resolve([]),
			extraCa: [],
			version: 'bench',
		},
	});
	const caller = { clientId: 'bench', subscriptions: new Subscriptions(() => false) };
	const { loginId } = (await engine.handleCommand(caller, 'account.loginStart', {
		commandId: 'bench-start',
		protocol: 'fake',
		flow: 'password',
	})) as LoginProgress;
	const values = { address: 'bench', password: 'bench' };
	await engine.handleCommand(caller, 'account.loginSubmit', { commandId: 'bench-submit', loginId, values });
	await until(() => script.adapters.length > 0);
	return { engine, script, media, stop: () => engine.stop() };
}

function roomEvent(script: Script, n: number): AdapterEvent {
	return {
		type: 'conversation-upsert',
		conversation: {
			remoteId: remoteConversationId(`room-${n}`),
			kind: 'group',
			name: `Room ${n}`,
			membership: 'joined',
			capabilities: script.capabilities,
			peer: null,
		},
	};
}

/** A message of one of 40 people in a room, with the server's id. */
export function saidIn(room: number, n: number, text: string): AdapterEvent {
	const user = `user-${n % 40}`;
	return {
		type: 'message',
		conversation: remoteConversationId(`room-${room}`),
		message: {
			ids: [remoteId('server', `live-${n}`)],
			sender: { remoteId: remoteUserId(user), name: user, strength: 'stable' },
			own: false,
			txnId: null,
			content: { kind: 'text', body: plain(text) },
			time: Date.now(),
			mention: false,
			encrypted: false,
			replyTo: null,
			threadRoot: null,
		},
	};
}

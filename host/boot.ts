/**
 * The composition root, run inside the engine's thread: the only place that knows which protocols, which store and
 * which host make up Parley.
 */
import type { EngineLog } from '../engine/core.ts';
import { createEngine } from '../engine/engine.ts';
import { openStore } from '../engine/store/worker-client.ts';
import type { ProtocolFactory } from '../protocols/adapter/adapter.ts';
import { systemClock, systemRandom } from '../protocols/adapter/system.ts';
import { protocolFactories } from '../protocols/registry.ts';
import { userFolders } from './import/places.ts';
import { readForeignProfiles } from './import/profiles.ts';
import { DiskMediaCache } from './media-cache.ts';
import type { EngineService, EngineSurroundings } from './engine-service.ts';

/**
 * Opens the profile's store and starts the engine.
 * @throws ChatException `storage-failed` when the database cannot be opened
 */
export async function boot(surroundings: EngineSurroundings): Promise<EngineService> {
	const { settings, secrets } = surroundings;
	const log = stderrLog();
	// The fake protocol is loaded only when asked for, and is no part of a built product's start.
	const fake = settings.protocols === 'fake' ? await import('./dev-protocols.ts') : null;
	const factories = fake === null ? protocolFactories() : fake.devFactories(systemClock);
	const store = await openStore({
		file: settings.databasePath,
		key: settings.databaseKey,
		onDamage: (table, rows, reason) => log.error('damaged rows left out', { table, rows, reason }),
	});
	const engine = await createEngine({
		store,
		protocols: byName(factories),
		clock: systemClock,
		random: systemRandom,
		log,
		media: new DiskMediaCache({ dir: settings.mediaDir, key: settings.mediaKey }),
		host: {
			secrets: {
				get: (account, name) => secrets.get(account, name),
				set: (account, name, value) => secrets.set(account, name, value),
				removeAll: (account) => secrets.clear(account),
			},
			notify: ({ conversationId, title, body }) => surroundings.notify({ tag: conversationId, title, body }),
			clearNotification: (conversation) => surroundings.clearNotification(conversation),
			badge: (counts) => surroundings.badge(counts),
			foreignProfiles: () => readForeignProfiles(userFolders()),
			extraCa: settings.extraCa,
			version: settings.client.version,
		},
	}).catch(async (thrown: unknown) => {
		await store.close();
		throw thrown;
	});
	if (fake !== null) await fake.addDevAccount(engine);
	return {
		attach: (link) => engine.attachClient(link),
		signal: (signal) => engine.signal(signal),
		stop: () => engine.stop(),
	};
}

function byName(factories: readonly ProtocolFactory[]): ReadonlyMap<string, ProtocolFactory> {
	return new Map(factories.map((factory) => [factory.describe().name, factory]));
}

/** One JSON object per line on stderr, warnings and errors only unless PARLEY_LOG=debug. */
function stderrLog(): EngineLog {
	const verbose = process.env['PARLEY_LOG'] === 'debug';
	const write =
		(level: string) =>
		(message: string, fields?: Readonly<Record<string, unknown>>): void => {
			process.stderr.write(`${JSON.stringify({ level, message, ...fields })}\n`);
		};
	const silent = (): void => undefined;
	return {
		debug: verbose ? write('debug') : silent,
		info: verbose ? write('info') : silent,
		warn: write('warn'),
		error: write('error'),
	};
}

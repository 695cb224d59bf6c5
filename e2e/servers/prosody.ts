import {
	fetchProsody,
	type ProsodyFlavour,
	type ProsodyOptions,
	type ProsodyServer,
	relocateProsody,
	startProsody,
} from './prosody-recipe.ts';
import type { ServerDefinition } from './server.ts';

const FLAVOUR: ProsodyFlavour = {
	name: 'prosody',
	recipe: {
		name: 'prosody',
		suite: 'trixie',
		packages: ['prosody', 'prosody-modules', 'lua-event', 'lua-readline', 'lua-unbound', 'lua-dbi-sqlite3'],
		prepare: relocateProsody,
	},
	modules: [
		...['roster', 'saslauth', 'tls', 'disco', 'ping', 'time', 'version', 'uptime', 'lastactivity', 'private'],
		...['blocklist', 'carbons', 'smacks', 'csi', 'csi_simple', 'mam', 'offline', 'pep', 'vcard4', 'vcard_legacy'],
		...['bookmarks', 'register', 'websocket', 'bosh', 'http', 'adhoc', 'external_services'],
		...['cloud_notify', 'sasl2', 'sasl2_bind2', 'sasl2_sm', 'sasl2_fast'],
	],
	roomModules: ['muc_mam', 'muc_moderation'],
};

/** Prosody 13: SASL2, Bind 2, FAST, channel binding, and everything a modern client expects. */
export const prosody: ServerDefinition<ProsodyOptions, ProsodyServer> = {
	name: FLAVOUR.name,
	fetch: (progress) => fetchProsody(FLAVOUR, progress),
	start: (options) => startProsody(FLAVOUR, options),
};

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
	name: 'prosody-classic',
	recipe: {
		name: 'prosody-classic',
		suite: 'bookworm',
		packages: ['prosody', 'prosody-modules', 'lua5.4-event', 'lua5.4-readline', 'lua5.4-unbound', 'lua-dbi-sqlite3'],
		prepare: relocateProsody,
	},
	// No sasl2 modules: with this release they crash the session right after STARTTLS.
	modules: [
		...['roster', 'saslauth', 'tls', 'disco', 'ping', 'time', 'version', 'uptime', 'lastactivity', 'private'],
		...['blocklist', 'carbons', 'smacks', 'csi', 'csi_simple', 'mam', 'offline', 'pep', 'vcard4', 'vcard_legacy'],
		...['bookmarks', 'register', 'websocket', 'bosh', 'http', 'adhoc', 'external_services'],
		'cloud_notify',
	],
	roomModules: ['muc_mam', 'muc_moderation', 'vcard_muc'],
};

/** Prosody 0.12: the classic login (SASL, then bind), as most servers still have it. */
export const prosodyClassic: ServerDefinition<ProsodyOptions, ProsodyServer> = {
	name: FLAVOUR.name,
	fetch: (progress) => fetchProsody(FLAVOUR, progress),
	start: (options) => startProsody(FLAVOUR, options),
};

/** The shared adapter suite over the scripted homeserver. */
import { type ConformanceHarness, describeConformance } from '../adapter/conformance.ts';
import { matrixFactory } from './index.ts';
import { closedPort } from './testing/closed-port.ts';
import { MiniHomeserver } from './testing/mini-homeserver.ts';

const server = new MiniHomeserver();
let count = 0;
let deadPort = 0;

const harness: ConformanceHarness = {
	title: 'matrix over a scripted homeserver',
	factory: matrixFactory,
	async setUp() {
		await server.start();
		deadPort = await closedPort();
	},
	tearDown: () => server.stop(),
	newAccount(tag) {
		const user = server.addUser(`${tag}${count++}`, 'correct horse battery');
		return Promise.resolve({
			address: user.userId,
			settings: { homeserver: server.url, userId: user.userId, deviceId: user.deviceId, pin: null },
			secrets: { token: user.token },
			directName: user.userId,
		});
	},
	roomName: (tag) => `Room ${tag} ${count++}`,
	// A refused token asks the user for the password instead of ending: see adapter.test.ts.
	withWrongSecret: () => null,
	withDeadServer: (account) => ({
		...account,
		settings: { ...account.settings, homeserver: `http://127.0.0.1:${deadPort}` },
	}),
	// Requests stand alone: a broken connection is retried inside and ends nothing. See adapter.test.ts.
	cutLinks: null,
	timeoutMs: 5000,
};

describeConformance(harness);

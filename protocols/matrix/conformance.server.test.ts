/** The shared adapter suite over a real Synapse. */
import { describeWithServers } from '../../e2e/servers/suite.ts';
import { synapse, type SynapseServer } from '../../e2e/servers/synapse.ts';
import { type ConformanceHarness, describeConformance } from '../adapter/conformance.ts';
import { matrixFactory } from './index.ts';
import { closedPort } from './testing/closed-port.ts';

let server: SynapseServer | null = null;
let count = 0;
let deadPort = 0;

const harness: ConformanceHarness = {
	title: 'matrix over Synapse',
	factory: matrixFactory,
	async setUp() {
		server = await synapse.start();
		deadPort = await closedPort();
	},
	async tearDown() {
		await server?.stop();
	},
	async newAccount(tag) {
		if (server === null) throw new Error('not started');
		const user = await server.createUser(`${tag}${count++}`, 'correct horse battery');
		return {
			address: user.userId,
			settings: { homeserver: server.url, userId: user.userId, deviceId: user.deviceId, pin: null },
			secrets: { token: user.accessToken },
			directName: user.userId,
		};
	},
	roomName: (tag) => `Room ${tag} ${count++}`,
	// A refused token asks the user for the password instead of ending: see login.server.test.ts.
	withWrongSecret: () => null,
	withDeadServer: (account) => ({
		...account,
		settings: { ...account.settings, homeserver: `http://127.0.0.1:${deadPort}` },
	}),
	// Requests stand alone: a broken connection is retried inside and ends nothing. See restart in adapter.server.test.ts.
	cutLinks: null,
};

await describeWithServers('matrix conformance', [synapse], () => {
	describeConformance(harness);
});

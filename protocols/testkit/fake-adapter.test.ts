import { describeConformance } from '../adapter/conformance.ts';
import { systemClock } from '../adapter/system.ts';
import { createFakeFactory } from './fake-factory.ts';
import { FakeNetwork } from './fake-network.ts';

const network = new FakeNetwork(systemClock);
let count = 0;

describeConformance({
	title: 'fake',
	factory: createFakeFactory(network),
	setUp: () => Promise.resolve(),
	tearDown: () => Promise.resolve(),
	newAccount: (tag) => {
		const id = `${tag}${++count}`;
		network.addUser(id, 'hunter2-secret');
		return Promise.resolve({ address: id, settings: {}, secrets: { password: 'hunter2-secret' }, directName: id });
	},
	roomName: (tag) => `room-${tag}-${++count}`,
	withWrongSecret: (account) => ({ ...account, secrets: { password: 'not-the-secret' } }),
	withDeadServer: (account) => ({ ...account, settings: { unreachable: true } }),
	cutLinks: () => {
		network.cut();
		return Promise.resolve();
	},
	timeoutMs: 2000,
});

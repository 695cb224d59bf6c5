/**
 * The fake protocol with people in it, for `npm run dev`: no server, no account, and something to look at at once.
 * PARLEY_FAKE_SCENE chooses what: `first-run` begins without an account (log in as `you`, password `you`), `crowd` adds
 * what is awkward to show.
 */
import type { BootState } from '../engine/contract/queries.ts';
import type { LoginProgress } from '../engine/contract/commands.ts';
import type { Engine } from '../engine/engine.ts';
import { Subscriptions } from '../engine/transport/subscriptions.ts';
import type { ProtocolFactory } from '../protocols/adapter/adapter.ts';
import type { Clock } from '../protocols/adapter/context.ts';
import { createFakeFactory } from '../protocols/testkit/fake-factory.ts';
import { plain } from '../protocols/model/rich-text.ts';
import { addCrowd } from '../protocols/testkit/fake-crowd.ts';
import { FakeNetwork } from '../protocols/testkit/fake-network.ts';

const user = 'you';
const people = [
	['alice', 'Alice'],
	['bob', 'Bob'],
	['carol', 'Carol'],
	['dave', 'Dave'],
] as const;
const lines = [
	'Has anybody tried the new build?',
	'Works for me, also after suspend.',
	'The member list is much faster now.',
	'I will look at it tonight.',
	'See https://example.org/notes for the details.',
	'Nice!',
	'Can somebody review my change?',
	'On it.',
] as const;
const everyMs = 20_000;
const scene = process.env['PARLEY_FAKE_SCENE'];

/** One network for all accounts of the process, with rooms, history and a little life. */
export function devFactories(clock: Clock): readonly ProtocolFactory[] {
	const network = new FakeNetwork(clock);
	network.addUser(user, user, 'You');
	for (const [id, name] of people) {
		network.addUser(id, id, name);
		network.users.get(user)?.contacts.add(id);
	}
	for (const [id, topic] of [
		['lobby', 'Say hello'],
		['development', 'What we are building'],
		['random', 'Everything else'],
	] as const) {
		const room = network.addRoom(id, 'alice', { topic, name: `#${id}` });
		for (const [person] of people) room.members.set(person, person === 'alice' ? 'owner' : 'member');
		room.members.set(user, 'member');
	}
	const workshop = network.addRoom('workshop', user, { topic: 'You own this room', name: '#workshop' });
	for (const id of ['bob', 'carol']) workshop.members.set(id, 'member');
	network.addRoom('garden', 'alice', { topic: 'What grows where', name: '#garden' });
	for (let i = 0; i < 120; i++) speak(network, 'development', i);
	for (let i = 0; i < 8; i++) speak(network, 'lobby', i);
	network.directRoom(user, 'alice');
	network.say(
		network.directRoom(user, 'alice').id,
		'alice',
		'Hi! This is the fake network: nothing here leaves your machine.',
	);
	if (scene === 'crowd') addCrowd(network, user);
	let next = 0;
	const live = (): void => {
		// Ids of their own: a profile that is kept knows the ids of an earlier run's history.
		speak(network, next % 2 === 0 ? 'lobby' : 'development', next, `live-${clock.now()}`);
		next += 1;
		clock.after(everyMs, live);
	};
	clock.after(everyMs, live);
	return [createFakeFactory(network)];
}

function speak(network: FakeNetwork, room: string, i: number, id = `history-${room}-${i}`): void {
	const [from] = people[i % people.length] ?? people[0];
	const text = lines[i % lines.length] ?? lines[0];
	network.append({
		kind: 'message',
		room,
		from,
		id,
		txn: null,
		content: { kind: 'text', body: plain(text) },
		replyTo: null,
	});
}

/** Logs the developer's account in, unless the profile has it already or the scene is without one. */
export async function addDevAccount(engine: Engine): Promise<void> {
	if (scene === 'first-run') return;
	const { accounts } = (await engine.handleQuery('boot', {})) as BootState;
	if (accounts.length > 0) return;
	const caller = { clientId: 'boot', subscriptions: new Subscriptions(() => false) };
	const started = (await engine.handleCommand(caller, 'account.loginStart', {
		commandId: 'dev-start',
		protocol: 'fake',
		flow: 'password',
	})) as LoginProgress;
	await engine.handleCommand(caller, 'account.loginSubmit', {
		commandId: 'dev-submit',
		loginId: started.loginId,
		values: { address: user, password: user },
	});
}

import { describe, expect, test, vi } from 'vitest';
import { FakeClock } from '../testkit/fake-clock.ts';
import { connectionLimits } from './connection.ts';
import { TestSession } from './testing/session-of.ts';
import { create, scripted, send, text } from './testing/scripted.ts';

const place = scripted();

describe('the end of a session', () => {
	test.each([
		['soft', true],
		['hard', false],
	])('%s logout asks for the password and goes on', async (_name, soft) => {
		const client = await place.session(place.alice).online();
		const room = await create(client);
		await client.adapter.perform(send(room, 'one'));
		await text(client, room, 'one');
		place.server.fault('GET', /\/sync$/, {
			kind: 'answer',
			status: 401,
			body: { errcode: 'M_UNKNOWN_TOKEN', error: 'expired', soft_logout: soft },
		});
		const wrong = await client.context.event('decision-needed');
		expect(wrong.question).toMatchObject({ kind: 'login', error: { code: 'session-expired' } });
		await client.adapter.perform({
			type: 'answer-decision',
			decision: wrong.id,
			answer: { kind: 'login', secret: 'not it' },
		});
		const right = await client.context.event('decision-needed', (event) => event.id !== wrong.id);
		expect(right.question).toMatchObject({ error: { code: 'auth-failed' } });
		await client.adapter.perform({
			type: 'answer-decision',
			decision: right.id,
			answer: { kind: 'login', secret: 'pw' },
		});
		expect(await client.ended).toEqual({ kind: 'restart' });
		const again = place.server.requests.findLast(({ path }) => path.endsWith('/login'));
		expect((again?.body as { device_id?: string } | undefined)?.device_id).toBe(
			soft ? place.alice.deviceId : undefined,
		);
		client.context.events.length = 0;
		await client.online();
		expect(client.remains.settings['deviceId'] === place.alice.deviceId).toBe(soft);
		place.server.inject(room, {
			type: 'm.room.message',
			sender: place.bob.userId,
			content: { msgtype: 'm.text', body: 'after' },
		});
		await text(client, room, 'after');
	});

	test('a refused token at the start asks too, and stopping answers nothing', async () => {
		place.server.revoke(place.alice.token);
		const client = place.session(place.alice).run();
		await client.context.event('decision-needed', (event) => event.question.kind === 'login');
		await client.adapter.stop('user');
		expect(await client.ended).toEqual({ kind: 'stopped' });
		expect(client.context.of('decision-withdrawn')).toHaveLength(1);
	});

	test('a token of somebody else is refused', async () => {
		const client = place.session({ ...place.alice, token: place.bob.token }).run();
		expect(await client.ended).toMatchObject({ kind: 'failed', error: { code: 'auth-failed', retry: 'never' } });
	});

	test('an expired token is swapped once where the server forces expiry', async () => {
		const client = place.session(place.alice);
		client.remains.secrets.set('refresh-token', 'refresh-secret');
		await client.online();
		const fresh = place.server.addUser('alice', 'pw');
		place.server.fault('POST', /\/refresh$/, {
			kind: 'answer',
			status: 200,
			body: { access_token: fresh.token, refresh_token: 'refresh-2' },
		});
		place.server.fault('PUT', /\/send\//, {
			kind: 'answer',
			status: 401,
			body: { errcode: 'M_UNKNOWN_TOKEN', soft_logout: true },
		});
		const room = await create(client);
		expect(await client.adapter.perform(send(room, 'x'))).toMatchObject({ kind: 'accepted' });
		expect(client.remains.secrets.get('token')).toBe(fresh.token);
		expect(client.remains.secrets.get('refresh-token')).toBe('refresh-2');
		expect(client.context.logLines.some((line) => /secret/.test(line.text))).toBe(false);
	});

	test('a server that stays away ends the session after a bound, with the reason', async () => {
		const clock = new FakeClock();
		const client = new TestSession(place.server.url, place.alice, undefined, { clock });
		await client.online();
		let ended = false;
		void client.ended?.then(() => {
			ended = true;
		});
		await place.server.stop();
		await client.context.event('connection', (event) => event.state.kind === 'degraded');
		await clock.advance(connectionLimits.giveUpMs - 1);
		expect(ended).toBe(false);
		await clock.advance(1);
		expect(await client.ended).toMatchObject({ kind: 'failed', error: { source: 'network' } });
		expect(clock.pending).toBe(0);
	});

	test('nothing is written to the console, whatever the SDK has to say', async () => {
		const spies = (['debug', 'log', 'info', 'warn', 'error', 'trace'] as const).map((method) =>
			vi.spyOn(console, method),
		);
		const client = await place.session(place.alice).online();
		const room = await create(client);
		await client.adapter.perform(send(room, 'quiet'));
		await text(client, room, 'quiet');
		await client.stop();
		for (const spy of spies) expect(spy).not.toHaveBeenCalled();
		vi.restoreAllMocks();
	});
});

/** A running adapter on a scripted homeserver, for tests. */
import type { ConnectionEnd } from '../../adapter/context.ts';
import { AccountRemains, TestContext, type TestContextOptions } from '../../testkit/test-context.ts';
import { MatrixAdapter } from '../adapter.ts';

export interface Credentials {
	readonly userId: string;
	readonly deviceId: string;
	readonly token: string;
}

export class TestSession {
	readonly remains: AccountRemains;
	context: TestContext;
	adapter: MatrixAdapter;
	readonly #abort = new AbortController();
	ended: Promise<ConnectionEnd> | null = null;

	constructor(url: string, user: Credentials, remains?: AccountRemains, options: TestContextOptions = {}) {
		this.remains =
			remains ??
			new AccountRemains(
				user.userId,
				{ homeserver: url, userId: user.userId, deviceId: user.deviceId, pin: null },
				{ token: user.token },
			);
		this.context = new TestContext(this.remains, options);
		this.adapter = new MatrixAdapter(this.context);
	}

	run(): this {
		this.ended = this.adapter.start(this.#abort.signal);
		return this;
	}

	async online(): Promise<this> {
		this.run();
		await Promise.race([
			this.context.online(),
			this.ended?.then((end) => Promise.reject(new Error(`ended: ${JSON.stringify(end)}`))),
		]);
		return this;
	}

	async stop(): Promise<void> {
		await this.adapter.stop('shutdown');
		await this.ended;
	}
}

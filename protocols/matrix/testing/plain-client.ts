/** The other side of a test against a real server: bare HTTP, nothing of the adapter's code. */
type Json = Record<string, unknown>;

export class PlainClient {
	readonly url: string;
	readonly userId: string;
	readonly token: string;
	#txn = 0;

	constructor(url: string, user: { readonly userId: string; readonly accessToken: string }) {
		this.url = url;
		this.userId = user.userId;
		this.token = user.accessToken;
	}

	async call(method: string, path: string, body?: unknown): Promise<Json> {
		const response = await fetch(this.url + path, {
			method,
			headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
		const answer = (await response.json()) as Json;
		if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
		return answer;
	}

	async createRoom(options: Json): Promise<string> {
		return String((await this.call('POST', '/_matrix/client/v3/createRoom', options))['room_id']);
	}

	join(room: string): Promise<Json> {
		return this.call('POST', `/_matrix/client/v3/join/${encodeURIComponent(room)}`, {});
	}

	async send(room: string, content: string | Json, type = 'm.room.message'): Promise<string> {
		const body = typeof content === 'string' ? { msgtype: 'm.text', body: content } : content;
		return String(
			(
				await this.call(
					'PUT',
					`/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/${type}/plain${this.#txn++}`,
					body,
				)
			)['event_id'],
		);
	}

	/** Newest events of a room, oldest first. */
	async events(room: string): Promise<Json[]> {
		const answer = await this.call(
			'GET',
			`/_matrix/client/v3/rooms/${encodeURIComponent(room)}/messages?dir=b&limit=100`,
		);
		return (answer['chunk'] as Json[]).toReversed();
	}

	/** Everything a sync from the beginning shows. */
	sync(): Promise<Json> {
		return this.call('GET', '/_matrix/client/v3/sync');
	}
}

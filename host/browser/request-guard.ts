/**
 * Which requests are answered at all. `Host` must be one of ours, which stops a foreign name that resolves to loopback;
 * `Origin` must be exactly the origin the page was loaded from, which stops other sites in the same browser.
 */
import type { IncomingMessage } from 'node:http';

export class RequestGuard {
	readonly #hosts: ReadonlySet<string>;

	/** @param extraHosts host names (with port, if not the default) of a trusted proxy in front, from `--allow-host` */
	constructor(port: number, extraHosts: readonly string[]) {
		this.#hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`, ...extraHosts.map((host) => host.toLowerCase())]);
	}

	/** The request is addressed to us. */
	hasOurHost(request: IncomingMessage): boolean {
		return request.headers.host !== undefined && this.#hosts.has(request.headers.host.toLowerCase());
	}

	/** The request comes from our own page. A missing or `null` origin is not ours. */
	hasOurOrigin(request: IncomingMessage): boolean {
		const { origin, host } = request.headers;
		if (origin === undefined || host === undefined || !this.hasOurHost(request)) return false;
		return origin === `http://${host.toLowerCase()}` || origin === `https://${host.toLowerCase()}`;
	}
}

/**
 * The machine as the browser host sees it. Notifications and badges are shown by the window itself, which has the
 * browser's permission to do so; without a window there is nobody to tell.
 */
import { spawn } from 'node:child_process';
import { externalUrl } from '../external-links.ts';
import type { HostPorts, SignalSource } from '../host.ts';

/** The program that opens an address with the user's default application. */
export function openCommand(platform: NodeJS.Platform, url: string): readonly [string, ...string[]] {
	switch (platform) {
		case 'darwin':
			return ['open', url];
		case 'win32':
			// `start` would go through the shell, which reads & and ^ in an address.
			return ['rundll32', 'url.dll,FileProtocolHandler', url];
		default:
			return ['xdg-open', url];
	}
}

/** Starts a program and forgets it. False when it cannot be started. */
export function launch([command, ...args]: readonly [string, ...string[]]): Promise<boolean> {
	return new Promise((resolve) => {
		const child = spawn(command, args, { detached: true, stdio: 'ignore' });
		child.once('error', () => resolve(false));
		child.once('spawn', () => {
			child.unref();
			resolve(true);
		});
	});
}

const tickMs = 15_000;
const sleepToleranceMs = 20_000;

/**
 * Notices that the machine slept: a timer that comes far too late. Sleep breaks connections without a word, so the engine
 * should look after them at once.
 */
function wakeSignals(now: () => number = Date.now): SignalSource {
	return {
		subscribe: (listener) => {
			let last = now();
			const timer = setInterval(() => {
				const late = now() - last - tickMs;
				last = now();
				if (late > sleepToleranceMs) listener('wake');
			}, tickMs);
			timer.unref();
			return () => clearInterval(timer);
		},
	};
}

export function browserHostPorts(): HostPorts {
	return {
		notifier: { show: () => undefined, clear: () => undefined },
		badge: { set: () => undefined },
		opener: {
			open: async (text) => {
				const url = externalUrl(text);
				return url !== undefined && launch(openCommand(process.platform, url));
			},
		},
		signals: wakeSignals(),
	};
}

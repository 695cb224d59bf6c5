/** Sleep, idle and network changes of the machine, as the signals that the engine understands. */
import type { Net, PowerMonitor } from 'electron/main';
import type { SignalSource } from '../../host/host.ts';

const pollMs = 15_000;
const idleAfterSeconds = 5 * 60;

export interface PowerOptions {
	readonly monitor: Pick<PowerMonitor, 'getSystemIdleTime'> & {
		on(event: 'resume' | 'unlock-screen' | 'lock-screen', listener: () => void): unknown;
		off(event: 'resume' | 'unlock-screen' | 'lock-screen', listener: () => void): unknown;
	};
	readonly net: Pick<Net, 'isOnline'>;
	/** Calls back regularly until the result is called. */
	readonly every: (ms: number, run: () => void) => () => void;
}

export function powerSignals({ monitor, net, every }: PowerOptions): SignalSource {
	return {
		subscribe: (listener) => {
			let idle = false;
			let online = net.isOnline();
			const setIdle = (next: boolean): void => {
				if (next === idle) return;
				idle = next;
				listener(next ? 'user-idle' : 'user-active');
			};
			const wake = (): void => listener('wake');
			const locked = (): void => setIdle(true);
			const unlocked = (): void => setIdle(false);
			monitor.on('resume', wake);
			monitor.on('lock-screen', locked);
			monitor.on('unlock-screen', unlocked);
			const cancel = every(pollMs, () => {
				setIdle(monitor.getSystemIdleTime() >= idleAfterSeconds);
				const next = net.isOnline();
				if (next && !online) listener('network-online');
				online = next;
			});
			return () => {
				cancel();
				monitor.off('resume', wake);
				monitor.off('lock-screen', locked);
				monitor.off('unlock-screen', unlocked);
			};
		},
	};
}

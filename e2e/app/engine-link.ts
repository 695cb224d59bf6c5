/** A window's link to an engine in the same process, for tests and measurements. */
import type { ClientFrame, EngineFrame, Link } from '../../engine/contract/frames.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ClientChannel, EngineChannel } from '../../host/engine-thread.ts';

/**
 * As the engine's thread has it: everything crosses as JSON.
 * @param latencyMs that every frame to the window takes longer
 */
export function connectTo(engine: Engine, client: ClientChannel, latencyMs = 0): EngineChannel {
	const onMessage: ((frame: unknown) => void)[] = [];
	const onClose: (() => void)[] = [];
	let full = false;
	const link: Link = {
		send: (frame: EngineFrame | ClientFrame) => {
			if (full) return false;
			const json = JSON.stringify(frame);
			if (latencyMs === 0) client.deliver(json);
			else setTimeout(() => client.deliver(json), latencyMs);
			return true;
		},
		onMessage: (listener) => void onMessage.push(listener),
		onClose: (listener) => void onClose.push(listener),
		close: () => client.close(),
	};
	engine.attachClient(link);
	return {
		receive: (json) => {
			for (const listener of onMessage) listener(JSON.parse(json));
		},
		setFull: (value) => (full = value),
		closed: () => {
			for (const listener of onClose) listener();
		},
	};
}

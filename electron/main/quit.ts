/** Ends the engine before the application goes. */

/** The part of Electron's `app` that is used here. */
export interface Quittable {
	on(event: 'before-quit', listener: (event: { preventDefault(): void }) => void): unknown;
	quit(): void;
}

/**
 * Holds back every quit until the engine has closed its store, then releases the profile and quits for good. Called
 * before the engine is ready, so that a quit from the tray or the dock does not cut off a start half-way.
 * @returns whether somebody wants to quit
 */
export function stopOnQuit(
	app: Quittable,
	engine: Promise<{ stop(): Promise<void> }>,
	release: () => void,
): () => boolean {
	let state: 'running' | 'stopping' | 'stopped' = 'running';
	const stop = async (): Promise<void> => {
		try {
			await (await engine).stop();
		} catch {
			// It did not start, or did not stop: whoever started it says so. Here it is only gone.
		}
		state = 'stopped';
		release();
		app.quit();
	};
	app.on('before-quit', (event) => {
		if (state === 'stopped') return;
		event.preventDefault();
		if (state === 'stopping') return;
		state = 'stopping';
		void stop();
	});
	return () => state !== 'running';
}

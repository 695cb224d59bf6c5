/** What a test may ask of the shim, over the process's channel. */
import { app } from './app.ts';
import { openWindows } from './browser-window.ts';
import { ipcMain } from './ipc-main.ts';
import { recordedCalls } from './state.ts';
import { powerMonitor, shownNotifications, shownTrays } from './system.ts';

export type ControlRequest =
	| { readonly t: 'calls' }
	| { readonly t: 'tray-click' }
	| { readonly t: 'notification-click'; readonly index: number }
	| { readonly t: 'power'; readonly event: string }
	| { readonly t: 'close-windows' }
	| { readonly t: 'quit' }
	| { readonly t: 'second-instance'; readonly argv: readonly string[] }
	/** An IPC message as a frame of another origin would send it. */
	| { readonly t: 'foreign-ipc'; readonly channel: string };

function act(request: ControlRequest): unknown {
	switch (request.t) {
		case 'calls':
			return recordedCalls();
		case 'tray-click':
			return shownTrays()[0]?.emit('click');
		case 'notification-click':
			return shownNotifications()[request.index]?.emit('click');
		case 'power':
			return powerMonitor.emit(request.event);
		case 'close-windows':
			for (const window of openWindows()) window.close();
			return true;
		case 'quit':
			return app.quit();
		case 'second-instance':
			return app.emit('second-instance', {}, request.argv);
		case 'foreign-ipc': {
			const [window] = openWindows();
			const sender = window?.webContents;
			const event = { sender, senderFrame: { origin: 'https://evil.example' }, ports: [] };
			return ipcMain.emit(request.channel, event);
		}
	}
}

export function serveControl(): void {
	process.on('message', ({ id, request }: { id: number; request: ControlRequest }) => {
		process.send?.({ t: 'reply', id, value: act(request) ?? null });
	});
	// The test ended, however: nothing may stay behind.
	process.on('disconnect', () => app.exit(0));
}

/** Gives the trusted window a MessagePort to the engine and relays frames over it. */
import { type IpcMain, MessageChannelMain, type WebContents } from 'electron/main';
import type { ClientChannel, EngineChannel } from '../../host/engine-thread.ts';
import { channels } from '../channels.ts';
import { isTrustedSender } from './security.ts';

/** Larger frames are refused before they are even read. In characters of JSON. */
const maxFrameChars = 8 * 1024 * 1024;

export interface PortLinkOptions {
	readonly ipc: Pick<IpcMain, 'on'>;
	/** The one window's contents, or undefined while there is none. */
	readonly trusted: () => WebContents | undefined;
	readonly connect: (client: ClientChannel) => EngineChannel;
	readonly log: (message: string) => void;
}

/** Answers `connect()` of the preload. A request from anywhere but the main frame of our page is logged and ignored. */
export function servePorts({ ipc, trusted, connect, log }: PortLinkOptions): void {
	ipc.on(channels.connect, (event) => {
		const contents = trusted();
		if (contents === undefined || event.sender !== contents || !isTrustedSender(event.senderFrame, contents)) {
			log('refused a connection from a foreign frame');
			return;
		}
		const { port1: ours, port2: theirs } = new MessageChannelMain();
		const engine = connect({
			deliver: (json) => ours.postMessage(JSON.parse(json)),
			close: () => ours.close(),
		});
		ours.on('message', ({ data }) => {
			const json = JSON.stringify(data as unknown);
			if (typeof json !== 'string' || json.length > maxFrameChars) ours.close();
			else engine.receive(json);
		});
		// A reloaded page leaves its port behind without closing it.
		const left = ({
			isMainFrame,
			isSameDocument,
		}: Electron.Event<Electron.WebContentsDidStartNavigationEventParams>): void => {
			if (isMainFrame && !isSameDocument) ours.close();
		};
		contents.on('did-start-navigation', left);
		ours.on('close', () => {
			contents.off('did-start-navigation', left);
			engine.closed();
		});
		ours.start();
		contents.postMessage(channels.port, null, [theirs]);
	});
}

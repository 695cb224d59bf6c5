/** `ipcMain` of electron/main. */
import { EventEmitter } from 'node:events';
import { publicContents } from './browser-window.ts';
import { ipcSink, type WebContents } from './web-contents.ts';

class IpcMain extends EventEmitter {}
export const ipcMain = new IpcMain();

ipcSink.deliver = (contents: WebContents, frame: object, channel, args) => {
	const sender = publicContents(contents);
	ipcMain.emit(channel, { sender, senderFrame: frame, ports: [] }, ...args);
};

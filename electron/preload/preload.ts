/**
 * The only code between the page and the desktop host. Exposes the platform's name and `connect()`; the port itself
 * cannot pass through the context bridge and comes as a message of the window.
 */
import { contextBridge, ipcRenderer } from 'electron/renderer';
import { channels, windowMessages } from '../channels.ts';

const ownOrigin = window.location.origin;

ipcRenderer.on(channels.port, (event) => {
	window.postMessage({ type: windowMessages.port }, ownOrigin, [...event.ports]);
});
ipcRenderer.on(channels.show, (_event, request: unknown) => {
	window.postMessage({ type: windowMessages.show, request }, ownOrigin);
});

contextBridge.exposeInMainWorld('parley', {
	platform: process.platform,
	connect: () => ipcRenderer.send(channels.connect),
});

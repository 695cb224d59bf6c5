/** Stands in for `electron/main`. */
export { app } from './app.ts';
export { BrowserWindow } from './browser-window.ts';
export { ipcMain } from './ipc-main.ts';
export { MessageChannelMain } from './ports.ts';
export { protocol } from './protocol.ts';
export { dialog, Menu, net, Notification, powerMonitor, safeStorage, session, Tray } from './system.ts';

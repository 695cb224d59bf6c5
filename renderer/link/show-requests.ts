import type { App } from '../app-context.ts';
import { conversationId } from '../../protocols/model/ids.ts';

/** `data.type` of the window message by which the desktop host asks to bring something into view. */
const showType = 'parley-show';

/** A clicked notification opens its conversation; a chat link is put into the join dialog, where the user decides. */
export function followShowRequests(app: App): void {
	window.addEventListener('message', (event: MessageEvent<unknown>) => {
		if (event.source !== window) return;
		const { data } = event;
		if (!isRecord(data) || data['type'] !== showType || !isRecord(data['request'])) return;
		const { request } = data;
		if (request['kind'] === 'conversation' && typeof request['conversationId'] === 'string') {
			app.session.open(conversationId(request['conversationId']));
		} else if (request['kind'] === 'link' && typeof request['href'] === 'string') {
			app.ui.openDialog({ kind: 'join-room', name: request['href'] });
		}
	});
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null;
}

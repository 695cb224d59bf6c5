/** Names the user types: channels, nicks, masks. Refused here before they can become part of a line. */
import { fail } from '../model/errors.ts';
import type { Session } from './session.ts';

/** A channel name as the server will take it; a missing sign is added. @throws ChatException `bad-input` */
export function channelName(typed: string, session: Session): string {
	const name = typed.trim();
	const whole = session.isChannel(name) ? name : `${session.isupport.chantypes.charAt(0) || '#'}${name}`;
	const max = session.isupport.number('CHANNELLEN') ?? session.isupport.number('MAXCHANNELLEN') ?? 200;
	if (name === '' || /[\s\0-\x20,\x7f]/.test(whole) || whole.length > Math.max(2, max))
		fail('bad-input', 'channel name', { params: { name: typed.slice(0, 60) } });
	return whole;
}

/** A nick to talk to. @throws ChatException `bad-input` */
export function nickName(typed: string, session: Session): string {
	const nick = typed.trim();
	const bad =
		nick === '' ||
		nick.length > 64 ||
		/[\s\0-\x20\x7f,!@*?:]/.test(nick) ||
		session.isChannel(nick) ||
		/^[$:]/.test(nick);
	if (bad) fail('bad-input', 'nick', { params: { name: typed.slice(0, 60) } });
	return nick;
}

/** Ban mask of a person: by host where it is known, since nicks change freely. */
export function banMask(who: string, session: Session): string {
	if (/[!@*?]/.test(who)) {
		if (/[\s\0-\x20,]/.test(who) || who.startsWith(':')) fail('bad-input', 'mask');
		return who;
	}
	const user = session.seen(who);
	return user !== undefined && user.host !== '' ? `*!*@${user.host}` : `${nickName(user?.nick ?? who, session)}!*@*`;
}

/** The bouncer's module that we ask for playback; not somebody to talk to. */
export const playbackService = '*playback';

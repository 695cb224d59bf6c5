/** Which field of a form a refusal is about. Pure. */
import type { ChatError } from '../../../protocols/model/errors.ts';

export type JoinField = 'name' | 'password' | 'form';

export function joinField(error: ChatError): JoinField {
	switch (error.code) {
		case 'password-required':
			return 'password';
		case 'no-such-room':
		case 'bad-address':
		case 'name-invalid':
		case 'name-in-use':
		case 'bad-input':
		case 'banned':
		case 'members-only':
		case 'invite-only':
		case 'room-full':
		case 'not-allowed':
		case 'host-unknown':
			return 'name';
		default:
			return 'form';
	}
}

/** Addresses typed with commas, spaces or line breaks between them, each once. */
export function splitAddresses(text: string): readonly string[] {
	return [...new Set(text.split(/[\s,;]+/u).filter((part) => part !== ''))].slice(0, 100);
}

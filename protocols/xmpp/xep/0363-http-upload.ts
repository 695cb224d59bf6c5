/** XEP-0363 HTTP File Upload: where a file may be put and from where it can be fetched. */
import { fail } from '../../model/errors.ts';
import { readWebUrl } from '../../web/web-url.ts';
import type { IqOptions, IqTracker } from '../iq-tracker.ts';
import { attr, child, childrenOf, el, wholeNumber } from '../stanza.ts';
import { type DiscoInfo, formField } from './0030-disco.ts';

export const nsUpload = 'urn:xmpp:http:upload:0';

export interface UploadSlot {
	readonly put: URL;
	readonly get: URL;
	readonly headers: readonly (readonly [name: string, value: string])[];
}

/** Headers that a slot may ask for (section 5); everything else is ignored. */
const allowedHeaders = new Set(['authorization', 'cookie', 'expires']);
const maxHeader = 8000;

/** Largest file in bytes; null when the service names no limit. */
export function uploadLimit(info: DiscoInfo): number | null {
	return wholeNumber(formField(info, nsUpload, 'max-file-size')) ?? null;
}

/**
 * Asks for a place for one file.
 * @throws StanzaException when the service refuses
 * @throws ChatException `protocol-violation` when it names addresses that may not be used
 */
export async function requestSlot(
	iq: IqTracker,
	service: string,
	file: { readonly name: string; readonly size: number; readonly mime: string },
	options: Pick<IqOptions, 'signal' | 'timeoutMs'>,
): Promise<UploadSlot> {
	const { name: filename, size, mime } = file;
	const request = el('request', { xmlns: nsUpload, filename, size, 'content-type': mime });
	const slot = child(await iq.get(request, { ...options, to: service }), 'slot', nsUpload);
	const put = child(slot, 'put', nsUpload);
	const address = (text: string | undefined): URL =>
		readWebUrl(text ?? '') ??
		fail('protocol-violation', 'the upload service named no https address', { retry: 'never' });
	return {
		put: address(attr(put, 'url')),
		get: address(attr(child(slot, 'get', nsUpload), 'url')),
		headers: childrenOf(put, 'header', nsUpload)
			.slice(0, 10)
			.flatMap((header) => {
				const name = attr(header, 'name') ?? '';
				// What is left after line ends are gone must still be legal in a header (RFC 9110 section 5.5).
				const value = header.getText().replace(/[\r\n]/g, '');
				const legal = /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value) && value.length <= maxHeader;
				return legal && allowedHeaders.has(name.toLowerCase()) ? [[name, value] as const] : [];
			}),
	};
}

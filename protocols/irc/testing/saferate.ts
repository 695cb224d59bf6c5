/**
 * Says in an upstream server's name that clients may send as fast as they like. Without that soju keeps to ten lines
 * and then one per two seconds, which makes a suite behind a bouncer wait most of its time.
 */
import type { Edit } from './cut-proxy.ts';

const newline = 10;

/** For {@link CutProxy}: one more RPL_ISUPPORT line after the first one of every link. */
export function announceSaferate(): Edit {
	let rest = Buffer.alloc(0);
	let told = false;
	return (bytes) => {
		if (told) return bytes;
		rest = Buffer.concat([rest, bytes]);
		const out: Buffer[] = [];
		for (let end = rest.indexOf(newline); end >= 0 && !told; end = rest.indexOf(newline)) {
			const line = rest.subarray(0, end + 1);
			rest = rest.subarray(end + 1);
			out.push(line);
			const opening = /^(?:@\S+ )?:(\S+) 005 (\S+) /.exec(line.toString('latin1'));
			if (opening === null) continue;
			told = true;
			out.push(Buffer.from(`:${opening[1]} 005 ${opening[2]} soju.im/SAFERATE :are supported by this server\r\n`));
		}
		if (told) out.push(rest);
		return Buffer.concat(out);
	};
}

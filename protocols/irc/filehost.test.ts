import { describe, expect, it } from 'vitest';
import { plain } from '../model/rich-text.ts';
import { Capabilities } from './capabilities.ts';
import { directCapabilities } from './features.ts';
import { fileHostOf, fileIn, mayUpload, ownFileHost, textOfFile } from './filehost.ts';
import { Session } from './session.ts';

function session(token: string | null, over: Partial<Session['link']> = {}): Session {
	const made = new Session(new Capabilities(() => undefined));
	Object.assign(made.link, { host: 'irc.example', encrypted: true, plainLogin: true, ...over });
	if (token !== null) made.isupport.add([token]);
	return made;
}
const named = 'soju.im/FILEHOST=https://irc.example/uploads';

describe('where files may go', () => {
	it.each([
		['named by the bouncer', named, {}, true],
		['named as the draft', 'FILEHOST=https://files.example/', {}, true],
		['not named', null, {}, false],
		['in the clear', 'soju.im/FILEHOST=http://irc.example/uploads', {}, false],
		['with a password in it', 'soju.im/FILEHOST=https://a:b@irc.example/uploads', {}, false],
		['no address', 'soju.im/FILEHOST=uploads', {}, false],
		['named on a link that others can change', named, { encrypted: false }, false],
		['the server has never seen our password (SCRAM)', named, { plainLogin: false }, false],
	])('%s', (_what, token, link, may) => {
		const made = session(token, link);
		expect(mayUpload(made)).toBe(may);
		expect(directCapabilities(made, 'bob').attachments).toMatchObject(
			may ? { level: 'full' } : { level: 'rejected', reason: 'server' },
		);
	});

	it('only the host that the user named may stand in a private network', () => {
		expect(ownFileHost(session(named))?.href).toBe('https://irc.example/uploads');
		expect(ownFileHost(session('soju.im/FILEHOST=https://192.168.0.1/uploads'))).toBeNull();
		expect(fileHostOf(session('soju.im/FILEHOST=https://192.168.0.1/uploads'))?.hostname).toBe('192.168.0.1');
	});
});

describe('which messages are files', () => {
	const made = session(named);
	const read = (text: string, of: Session = made) => fileIn(plain(text), of);

	it('the whole text is one address on the file host; the address stays readable', () => {
		const content = read('https://irc.example/uploads/alice/photo%20one.JPG');
		expect(content).toMatchObject({ mediaKind: 'image', name: 'photo one.JPG', host: null });
		expect(content?.caption?.text).toBe('https://irc.example/uploads/alice/photo%20one.JPG');
	});

	it('another host than the server is named before anything is fetched from it', () => {
		expect(read('https://files.example/x.ogg', session('FILEHOST=https://files.example'))).toMatchObject({
			mediaKind: 'audio',
			host: 'files.example',
		});
	});

	it.each([
		'look: https://irc.example/uploads/a.png',
		'https://irc.example/uploads/a.png https://irc.example/uploads/b.png',
		'https://irc.example/uploads/',
		'https://irc.example/uploads',
		'https://irc.example/elsewhere/a.png',
		'https://irc.example/uploads/../secret.png',
		'https://irc.example:444/uploads/a.png',
		'https://irc.example.evil/uploads/a.png',
		'https://irc.example@evil/uploads/a.png',
		'https://me:pw@irc.example/uploads/a.png',
		'http://irc.example/uploads/a.png',
		`https://irc.example/uploads/${'a'.repeat(500)}`,
	])('text stays text: %s', (text) => expect(read(text)).toBeNull());

	it('without a file host every address is text', () => {
		expect(read('https://irc.example/uploads/a.png', session(null))).toBeNull();
	});

	it('names from strangers are made safe', () => {
		expect(read('https://irc.example/uploads/..%2F..%2Fetc%2Fpasswd')?.name).toBe('_.._etc_passwd');
		expect(read('https://irc.example/uploads/%E2%80%AEgpj.exe')?.name).toBe('_gpj.exe');
		expect(read('https://irc.example/uploads/%ff')?.name).toBe('%ff');
	});

	it('words that go with a file stand before its address', () => {
		const content = read('https://irc.example/uploads/a.png');
		if (content === null) throw new Error('a file');
		expect(textOfFile({ ...content, caption: null }).text).toBe('https://irc.example/uploads/a.png');
		expect(textOfFile({ ...content, caption: plain('us') }).text).toBe('us\nhttps://irc.example/uploads/a.png');
	});
});

import { describe, expect, it } from 'vitest';
import { FakeClock, fakeRandom } from '../../testkit/fake-clock.ts';
import { IqTracker } from '../iq-tracker.ts';
import { attr, type Element } from '../stanza.ts';
import { parseElement } from '../stanza-parser.ts';
import { searchPeople } from './0055-search.ts';

/** A directory that answers requests in turn. */
function directory(...answers: readonly string[]): { readonly iq: IqTracker; readonly asked: string[] } {
	const asked: string[] = [];
	const left = [...answers];
	const iq: IqTracker = new IqTracker(new FakeClock(), fakeRandom(), (request: Element) => {
		asked.push(request.toString());
		const reply = parseElement(
			`<iq xmlns="jabber:client" type="result" from="search.org" id="${attr(request, 'id')}"><query xmlns="jabber:iq:search">${left.shift() ?? ''}</query></iq>`,
		);
		void Promise.resolve().then(() => reply !== null && iq.accept(reply));
	});
	return { iq, asked };
}
const search = ({ iq }: { iq: IqTracker }) => searchPeople(iq, 'search.org', 'ann', new AbortController().signal);
const x = 'xmlns="jabber:x:data"';

describe('people search', () => {
	it('asks a data form field by field and joins the answers', async () => {
		const found = directory(
			`<x ${x} type="form"><field var="user"/><field var="fn"/><field var="bday"/></x>`,
			`<x ${x} type="result"><reported/><item><field var="jid"><value>ann@a.org</value></field><field var="fn"><value>Ann A.</value></field></item></x>`,
			`<x ${x} type="result"><item><field var="jid"><value>ann@a.org</value></field></item><item><field var="jid"><value>anne@b.org</value></field><field var="first"><value>Anne</value></field><field var="last"><value>B.</value></field></item></x>`,
		);
		expect(await search(found)).toEqual([
			{ address: 'ann@a.org', name: 'Ann A.' },
			{ address: 'anne@b.org', name: 'Anne B.' },
		]);
		expect(found.asked).toHaveLength(3);
		expect(found.asked[1]).toContain('<field var="fn"><value>ann*</value></field>');
		expect(found.asked[2]).toContain('<field var="user"><value>ann*</value></field>');
	});
	it('uses plain fields where there is no form', async () => {
		const found = directory('<instructions/><nick/>', '<item jid="ann@a.org"><nick>annie</nick></item>');
		expect(await search(found)).toEqual([{ address: 'ann@a.org', name: 'annie' }]);
		expect(found.asked[1]).toContain('<nick>ann</nick>');
	});
	it('skips what is no person and survives nonsense', async () => {
		const found = directory(
			'<nick/>',
			'<item jid="a.org"/><item/><item jid="@@"/><item jid="bob@b.org/x"><nick> </nick></item><nick/>text',
		);
		expect(await search(found)).toEqual([{ address: 'bob@b.org', name: '' }]);
		expect(await search(directory('<instructions/>'))).toEqual([]);
	});
});

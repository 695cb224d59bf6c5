/** What is awkward to show: very many rooms and members, very long names, names and words from right to left. */
import { parseMarkdown } from '../model/markdown.ts';
import type { FakeNetwork } from './fake-network.ts';

export const crowdedRoom = { id: 'stadium', name: '#stadium', members: 10_000 } as const;
export const rtlRoom = { id: 'garden-he', name: 'הגינה הקהילתית' } as const;
export const rtlPerson = { id: 'noor', name: 'نور الدين' } as const;
export const longRoom = {
	id: 'long',
	name: 'A committee for the renaming of committees whose names have become too long to be read in one breath or line',
} as const;
export const longPerson = {
	id: 'hubert',
	name: 'Hubert Blaine Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh the Twenty-Third of Nowhere',
} as const;
export const quietRooms = 500;

const strange = [
	'A word without a break: ' + 'Donaudampfschifffahrtsgesellschaftskapitän'.repeat(8),
	'https://example.org/' + 'a-very-long-path/'.repeat(20) + '?q=1',
	'Line one\nLine two\n\nLine four after an empty one',
	'**bold**, *italic*, `code`, ~~gone~~ and ||a surprise||',
	'```\nfor (const row of rows) {\n\tdraw(row, { width: 120, height: 40, isVisible: true, isVeryLongLineThatDoesNotFit: true });\n}\n```',
	'> quoted words\nand an answer below them',
	'👩‍👩‍👧‍👦 🏳️‍🌈 e\u0301 ẑ̴̨̛ 你好，世界 — שלום world, مرحبا (abc) 123',
] as const;

/** Adds the crowd to a network that has `user` in it. */
export function addCrowd(network: FakeNetwork, user: string): void {
	addPeople(network, user);
	const stadium = network.addRoom(crowdedRoom.id, 'fan-00001', { name: crowdedRoom.name, topic: 'Everybody is here' });
	for (let i = 1; i < crowdedRoom.members; i++) {
		const id = `fan-${String(i).padStart(5, '0')}`;
		network.addUser(id, id, `Fan ${i}`);
		stadium.members.set(id, i === 1 ? 'owner' : i < 20 ? 'moderator' : 'member');
	}
	stadium.members.set(user, 'member');
	for (let i = 1; i <= 60; i++) network.say(stadium.id, `fan-${String(i).padStart(5, '0')}`, `Wave number ${i}`);

	const hebrew = network.addRoom(rtlRoom.id, rtlPerson.id, { name: rtlRoom.name, topic: 'מה צומח היכן, ומתי משקים' });
	hebrew.members.set(user, 'member');
	network.say(hebrew.id, rtlPerson.id, 'מחר בשעה 17:00 נפגשים ליד הברז (הכחול).');
	network.say(hebrew.id, rtlPerson.id, 'See you there, יהיה נחמד');

	const long = network.addRoom(longRoom.id, longPerson.id, {
		name: longRoom.name,
		topic: 'On the agenda: the agenda, the length of the agenda, and whether this line ends. '.repeat(6),
	});
	long.members.set(user, 'member').set(rtlPerson.id, 'moderator');
	for (const [i, text] of strange.entries()) {
		network.append({
			kind: 'message',
			room: long.id,
			from: i % 2 === 0 ? longPerson.id : rtlPerson.id,
			id: `strange-${i}`,
			txn: null,
			content: { kind: 'text', body: parseMarkdown(text) },
			replyTo: null,
		});
	}
	for (const person of [rtlPerson, longPerson]) {
		network.say(network.directRoom(user, person.id).id, person.id, `${person.name}: أهلاً hello שלום`);
	}
	for (let i = 1; i <= quietRooms; i++) {
		const room = network.addRoom(`quiet-${i}`, 'fan-00001', { name: `#quiet-${i}` });
		room.members.set(user, 'member');
		if (i % 10 === 0) network.say(room.id, 'fan-00001', `Not so quiet in ${i}`);
	}
}

function addPeople(network: FakeNetwork, user: string): void {
	for (const { id, name } of [rtlPerson, longPerson]) {
		network.addUser(id, id, name);
		network.users.get(user)?.contacts.add(id);
	}
}

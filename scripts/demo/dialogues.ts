import type { CastId } from './cast.ts';

/** What one of them says. */
type DialogueLine = readonly [speaker: CastId, text: string];
export type Dialogue = readonly DialogueLine[];

/** A room of the demo, to be given an address on each network. */
export interface RoomScript {
	/** Latin letters only: becomes part of an address. */
	readonly key: string;
	readonly title: string;
	readonly topic: string;
	/** Already said when the visitor arrives. */
	readonly backlog: Dialogue;
	/** Played one after the other, for ever. */
	readonly dialogues: readonly Dialogue[];
}

/** Rooms of the IRC network. */
export const IRC_ROOMS: readonly RoomScript[] = [
	{
		key: 'harbour',
		title: 'harbour',
		topic: 'Harbour radio: tides, ferries and mild gossip. Say hello, somebody is always awake',
		backlog: [
			['ingrid', 'Tide gauge says 1.42 m and rising. The gauge is a stick, but it is a very honest stick.'],
			['tomas', 'good morning! rolls in ten minutes'],
			['pell', 'The sign at the pier says “Harbors’s”. I have brought a brush.'],
			['wanjiru', 'signal report from the roof: clear, with a light chance of seagull'],
		],
		dialogues: [
			[
				['ingrid', 'The 14:10 ferry is early.'],
				['wanjiru', 'early? should I check the clock or the ferry?'],
				['ingrid', 'I checked both. The clock was embarrassed.'],
			],
			[
				['tomas', 'who took the last roll'],
				['pell', 'An unanswerable question. Crumbs are not evidence, they are punctuation.'],
				['yuki', 'pell, you have evidence on your waistcoat'],
			],
			[
				['yuki', 'I need a volunteer to hold a lamp while I look for the other lamp'],
				['ingrid', 'I hold a lamp professionally.'],
				['yuki', 'a smaller lamp'],
			],
			[
				['wanjiru', 'there is a strange tone on 145.8'],
				['tomas', 'is it every 20 seconds?'],
				['wanjiru', 'yes??'],
				['tomas', 'that is my oven. sorry. the bread is ready.'],
			],
		],
	},
	{
		key: 'repair-cafe',
		title: 'repair-cafe',
		topic: 'Bring it, open it, understand it. Saturdays at two',
		backlog: [
			['yuki', 'toaster no. 3 lives. it only needed a spring and an apology'],
			['tomas', 'does it still sing?'],
			['yuki', 'it hums now. I consider that a promotion'],
		],
		dialogues: [
			[
				['pell', 'The label printer prints everything in capitals. Is it upset?'],
				['yuki', 'caps lock has its own battery. do not ask'],
				['pell', 'I was not going to. I was going to lie down.'],
			],
			[
				['wanjiru', 'does anybody have a 10 k resistor'],
				['yuki', 'brown black orange, second drawer, behind the biscuits'],
				['wanjiru', 'there are no biscuits'],
				['yuki', 'then it is in front of nothing. second drawer.'],
			],
		],
	},
];

/** Rooms of the XMPP network. */
export const XMPP_ROOMS: readonly RoomScript[] = [
	{
		key: 'kitchen',
		title: 'Kitchen',
		topic: 'What is in the oven, and when may we have it',
		backlog: [
			['tomas', 'The starter doubled overnight. I am proud and slightly afraid.'],
			['yuki', 'I can build you a lid with a lock.'],
			['tomas', 'It would learn to pick it.'],
			['ingrid', 'Save me a rye. I will trade a sunset.'],
		],
		dialogues: [
			[
				['tomas', 'Blind tasting at five: loaf A, loaf B and loaf “it fell, but it is fine”.'],
				['pell', 'I should like the third. It has character.'],
			],
			[
				['wanjiru', 'Can I borrow the big bowl? For science.'],
				['tomas', 'Will it come back?'],
				['wanjiru', 'It will come back as an antenna, but yes.'],
				['tomas', 'Take the second biggest.'],
			],
			[
				['ingrid', 'The smoke alarm in the tower says hello to whoever makes toast down there.'],
				['yuki', 'That is four floors!'],
				['ingrid', 'It is a very ambitious smoke alarm.'],
			],
		],
	},
];

/** Rooms of the Matrix network. */
export const MATRIX_ROOMS: readonly RoomScript[] = [
	{
		key: 'observatory',
		title: 'Observatory',
		topic: 'Eyes up, coffee down. Tonight: whatever the clouds allow',
		backlog: [
			['wanjiru', 'Sky forecast: 20 % cloud, 80 % optimism.'],
			['pell', 'I have lettered the star chart again. The constellation formerly known as “Ursa Majr” is complete.'],
			['ingrid', 'I can switch the lamp off for eleven seconds. Not twelve. They notice at twelve.'],
		],
		dialogues: [
			[
				['wanjiru', 'The dish tracks by itself now!'],
				['yuki', 'What does it track?'],
				['wanjiru', 'So far: Yuki.'],
				['yuki', 'I wondered why it waved.'],
			],
			[
				['pell', 'Is it “light year” or “light-year”?'],
				['wanjiru', 'It is 9.46 × 10¹⁵ metres, Pell.'],
				['pell', 'So a hyphen would hardly matter. I shall put it in anyway.'],
			],
			[
				['tomas', 'I named a loaf after the comet.'],
				['wanjiru', 'Because of the tail?'],
				['tomas', 'Because it comes back every few days if nobody eats it.'],
			],
		],
	},
	{
		key: 'lighthouse-garden',
		title: 'Lighthouse Garden',
		topic: 'Salt-proof vegetables and other myths',
		backlog: [
			['ingrid', 'The beans have reached the second window. I am charging them rent.'],
			['yuki', 'The scarecrow’s motor is fixed. It nods now.'],
			['pell', 'It nodded at me. I nodded back. We understand each other.'],
		],
		dialogues: [
			[
				['ingrid', 'Slugs: 9. Lettuces: 2. We are losing, but with dignity.'],
				['tomas', 'Beer traps?'],
				['ingrid', 'They are slugs, Tomás, not sailors. … It worked.'],
			],
			[
				['yuki', 'Who labelled the tomatoes “Chapter one”?'],
				['pell', 'They are red and promising.'],
			],
		],
	},
];

/** The people of the demo: the same on every network, under the same names. */
export type CastId = 'ingrid' | 'tomas' | 'wanjiru' | 'pell' | 'yuki';

/** When what was said to them matches, they say one of these. */
interface Topic {
	readonly about: RegExp;
	readonly say: readonly string[];
}

export interface CastMember {
	readonly id: CastId;
	/** Full name, shown where the network has such a thing. */
	readonly name: string;
	readonly hello: string;
	readonly topics: readonly Topic[];
	/** When nothing else fits. */
	readonly musings: readonly string[];
	/** What stands beside their name while they are away. */
	readonly away: readonly string[];
}

export const CAST: readonly CastMember[] = [
	{
		id: 'ingrid',
		name: 'Ingrid Solheim',
		hello: 'Ahoy. Visibility is good and so is the coffee. What brings you to the harbour?',
		topics: [
			{
				about: /weather|rain|wind|storm|fog|sun/i,
				say: [
					'Southwest five, veering west later. Bring a hood, not an umbrella; umbrellas are how we find out where the wind comes from.',
					'Fog until ten. I can hear the ferry apologising to things.',
				],
			},
			{
				about: /lighthouse|lamp|harbour|harbor|boat|ferry|sea/i,
				say: [
					'The lamp turns once every 15 seconds. I have checked. Repeatedly. It is a quiet job.',
					'The ferry is on time, which means I have to recalibrate my opinion of the ferry.',
				],
			},
			{ about: /coffee|tea/i, say: ['There is always coffee. It may be from this week.'] },
		],
		musings: [
			'Noted in the log. The log likes you already.',
			'Give me a moment, something is blinking that should only glow.',
			'I would answer faster, but the stairs have 112 steps and the phone is always on the other floor.',
		],
		away: ['Up the tower', 'Reading the tide gauge', 'Arguing with a seagull'],
	},
	{
		id: 'tomas',
		name: 'Tomás Oliveira',
		hello: 'Good morning! Or whatever time it is where the dough is not telling you.',
		topics: [
			{
				about: /bread|dough|bake|baking|oven|cake|food|hungry|lunch/i,
				say: [
					'Loaf 214 is in. The crust sensor says “crackle”, my heart says “five more minutes”.',
					'If you are hungry, there are rolls on the windowsill. If there are no rolls, Pell was here.',
				],
			},
			{
				about: /sensor|code|program|bug|software|computer/i,
				say: [
					'My starter has a microcontroller, a graph and an alert. It pages me at night. It has the better work contract.',
					'I fixed a bug yesterday. It was flour.',
				],
			},
		],
		musings: [
			'Sorry, both hands in the dough. Typing this with a very clean elbow.',
			'I like that. May I write it on a loaf?',
			'Let it rest for twenty minutes and look again. Works for dough and for arguments.',
		],
		away: ['Hands in the dough', 'Oven watch', 'Delivering rolls'],
	},
	{
		id: 'wanjiru',
		name: 'Wanjiru Kamau',
		hello: 'Hi! You are coming in five by nine. What would you like to listen to?',
		topics: [
			{
				about: /star|space|planet|moon|satellite|telescope|orbit|sky/i,
				say: [
					'There is a pass over us in 14 minutes, elevation 61 degrees. I have an antenna, a blanket and opinions.',
					'The dish picked up a very regular signal last night. It was the microwave in the repair café. It is always the microwave.',
				],
			},
			{
				about: /radio|antenna|signal|noise|frequency/i,
				say: [
					'Lower the noise first, then raise the gain. This is also my advice for meetings.',
					'Measured it twice: the antenna is fine, the cable is an antenna too, which is the problem.',
				],
			},
		],
		musings: [
			'Hold on, plotting that.',
			'Within error bars I agree with you.',
			'I have a hypothesis and no budget. My favourite kind of evening.',
		],
		away: ['Calibrating', 'On the roof with the dish', 'Satellite pass'],
	},
	{
		id: 'pell',
		name: 'Pell Abernathy',
		hello: 'Good day. I set type for forty years, so forgive me if I look at the spaces between your words.',
		topics: [
			{
				about: /font|type|print|letter|apostrophe|comma|spelling|typo/i,
				say: [
					'That apostrophe is facing the wrong way. I am not angry. I am only lying awake.',
					'A good comma is like a good doorman: one notices only its absence.',
				],
			},
			{
				about: /book|read|poster|paper|page/i,
				say: [
					'I am setting a poster for Saturday. Twelve words. Eleven would be better. I have been at it since Monday.',
				],
			},
		],
		musings: [
			'Well put. I would only have used an en dash.',
			'Quite so, quite so.',
			'I kept the galley proof of that thought. It improves with margins.',
		],
		away: ['Sorting sorts', 'At the press', 'Out for a walk, between paragraphs'],
	},
	{
		id: 'yuki',
		name: 'Yuki Tanabe',
		hello: 'Welcome! If it is broken, put it on the table. If it works, let us see why.',
		topics: [
			{
				about: /repair|broken|fix|solder|screw|toaster|lamp|bike|battery/i,
				say: [
					'Did you bring the screws? Nobody ever brings the screws. There is a jar of other people’s screws.',
					'It was the fuse. It is the fuse so often that I now begin with the biscuits and then look at the fuse.',
				],
			},
			{
				about: /saturday|café|cafe|open|meet/i,
				say: ['The café opens at two on Saturday. First come, first soldered.'],
			},
		],
		musings: [
			'Have you tried turning it upside down and listening?',
			'Good question. I will take it apart and tell you.',
			'One moment, I dropped a very small spring into a very large room.',
		],
		away: ['Looking for a spring', 'Soldering, do not startle', 'Tea break'],
	},
];

/** First names, as used in text, to the people they mean. */
export function castMember(id: CastId): CastMember {
	const member = CAST.find((one) => one.id === id);
	if (member === undefined) throw new Error(`nobody is called ${id}`);
	return member;
}

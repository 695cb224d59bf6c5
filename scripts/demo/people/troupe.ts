import type { PeerMessage } from '../../../e2e/peers/peer.ts';
import { addressee, chooseAnswer } from '../answers.ts';
import { CAST, type CastId } from '../cast.ts';
import type { Dialogue } from '../dialogues.ts';
import { between, oneOf, type Pace } from '../pace.ts';
import type { Person, Stage, StageRoom } from './stage.ts';

/** Milliseconds somebody takes for a character, and the most they take for one message. */
const PER_CHARACTER = 45;
const LONGEST_TYPING = 5000;

export interface TroupeOptions {
	readonly stage: Stage;
	readonly pace: Pace;
	/** Ends everything the people do. */
	readonly signal: AbortSignal;
	/** False: they only answer. */
	readonly talkative: boolean;
	/** Told when somebody could not say something; the show goes on. */
	readonly onError: (error: unknown) => void;
}

/** The people of one network at work. All networks share this; only their clients differ. */
export class Troupe {
	private readonly options: TroupeOptions;
	private readonly lastSaid = new Map<CastId, string>();
	private readonly lastSpeaker = new Map<string, CastId>();
	private readonly stops: (() => void)[] = [];
	/** Everything the cast is called on this network: they do not answer each other. */
	private readonly castNames: ReadonlySet<string>;

	constructor(options: TroupeOptions) {
		this.options = options;
		const names = options.stage.people.flatMap(({ peer, member }) => [
			peer.address,
			member.id,
			member.name.split(' ')[0],
		]);
		this.castNames = new Set(names.flatMap((name) => (name === undefined ? [] : [name.toLowerCase()])));
	}

	/** Says what had been said before the visitor came, without any pause but in order. */
	async recallBacklog(): Promise<void> {
		for (const room of this.options.stage.rooms) {
			for (const [speaker, text] of room.script.backlog) await this.recall(room, speaker, text);
		}
	}

	/** Begins to listen and to live. Resolves when the signal has ended everything. */
	async perform(): Promise<void> {
		const { stage, talkative, signal } = this.options;
		for (const person of stage.people) {
			this.stops.push(
				person.peer.listen((event) => {
					if (event.kind === 'message') this.hear(person, event);
				}),
			);
		}
		const lives = talkative
			? [...stage.rooms.map((room) => this.chatter(room)), ...stage.people.map((person) => this.comeAndGo(person))]
			: [];
		const curtain = new Promise<void>((resolve) => {
			if (signal.aborted) resolve();
			else signal.addEventListener('abort', () => resolve(), { once: true });
		});
		await Promise.all([...lives, curtain]);
		for (const stop of this.stops) stop();
	}

	/** Somebody says something, typing first. */
	async speak(person: Person, target: string, text: string): Promise<void> {
		const { pace, signal, onError } = this.options;
		try {
			await person.peer.typing(target, true);
			await pace.wait(Math.min(text.length * PER_CHARACTER, LONGEST_TYPING), signal);
			await person.peer.typing(target, false);
			if (signal.aborted) return;
			await person.peer.say(target, text);
			this.lastSaid.set(person.member.id, text);
			this.lastSpeaker.set(target, person.member.id);
		} catch (error) {
			if (!signal.aborted) onError(error);
		}
	}

	private async recall(room: StageRoom, speaker: CastId, text: string): Promise<void> {
		const person = this.person(speaker);
		const witness = this.options.stage.people.find(({ member }) => member.id !== speaker);
		if (person === undefined || witness === undefined) return;
		await person.peer.say(room.address, text);
		this.lastSpeaker.set(room.address, speaker);
		// They use separate connections: only when somebody heard it does the server put the next remark behind it.
		await witness.peer.waitFor(
			(event) => event.kind === 'message' && event.where === room.address && event.text === text,
		);
	}

	private hear(person: Person, message: PeerMessage): void {
		if (this.castNames.has(message.from.toLowerCase()) || isService(message.from)) return;
		if (message.inRoom && this.answerer(message) !== person.member.id) return;
		this.answer(person, message).catch(this.options.onError);
	}

	/** Who answers a remark in a room: the one it names, else the one who spoke there last. */
	private answerer(message: PeerMessage): CastId | undefined {
		return addressee(message.text) ?? this.lastSpeaker.get(message.where) ?? CAST[0]?.id;
	}

	private async answer(person: Person, message: PeerMessage): Promise<void> {
		const { pace, signal } = this.options;
		const text = chooseAnswer(person.member, message.text, pace, this.lastSaid.get(person.member.id));
		await pace.wait(between(pace, 600, 1600), signal);
		await this.speak(person, message.where, text);
	}

	private async chatter(room: StageRoom): Promise<void> {
		const { pace, signal } = this.options;
		let next = 0;
		await pace.wait(between(pace, 4000, 12_000), signal);
		while (!signal.aborted) {
			const { dialogues } = room.script;
			await this.play(room, dialogues[next % dialogues.length] ?? []);
			next++;
			await pace.wait(between(pace, 25_000, 70_000), signal);
		}
	}

	private async play(room: StageRoom, dialogue: Dialogue): Promise<void> {
		const { pace, signal } = this.options;
		for (const [speaker, text] of dialogue) {
			const person = this.person(speaker);
			if (signal.aborted || person === undefined) return;
			await this.speak(person, room.address, text);
			await pace.wait(between(pace, 1200, 3500), signal);
		}
	}

	private async comeAndGo(person: Person): Promise<void> {
		const { pace, signal, onError } = this.options;
		for (;;) {
			await pace.wait(between(pace, 30_000, 150_000), signal);
			if (signal.aborted) return;
			await person.setAway(oneOf(pace, person.member.away) ?? 'Away').catch(onError);
			await pace.wait(between(pace, 15_000, 60_000), signal);
			if (signal.aborted) return;
			await person.setAway(null).catch(onError);
		}
	}

	private person(id: CastId): Person | undefined {
		return this.options.stage.people.find(({ member }) => member.id === id);
	}
}

/** Programs of the network that must not be drawn into conversation. */
function isService(name: string): boolean {
	return /^(\w+serv|relay)$/i.test(name);
}

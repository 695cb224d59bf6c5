/** The truth table as a page: what each server lets Parley do, as its adapters found it. Pure. */
import {
	type ConversationCapabilities,
	type Feature,
	type LimitReason,
	levels,
} from '../../protocols/model/capabilities.ts';
import type { Truth } from './measure.ts';

const reasons: Readonly<Record<LimitReason, string>> = {
	protocol: 'the protocol has no such thing',
	server: 'this server does not offer it',
	room: "the room's settings or the role in it",
	peer: "the other side's client does not announce it",
	'not-joined': 'not joined',
	offline: 'not connected',
	encrypted: 'encrypted, and Parley has no keys',
	'not-yet': 'Parley does not do it yet',
};

const names: Readonly<Record<string, string>> = { irc: 'IRC', xmpp: 'XMPP', matrix: 'Matrix' };

const isFeature = (value: unknown): value is Feature => typeof value === 'object' && value !== null && 'level' in value;
const words = (key: string): string =>
	key.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replace(/^./, (letter) => letter.toUpperCase());

/** Level, reason and limits of one feature on one server. */
function cell(value: unknown): string {
	if (value === null) return 'no limit told';
	if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
	if (!isFeature(value)) return typeof value === 'string' ? value : JSON.stringify(value);
	const limits = Object.entries(value).flatMap(([key, limit]) =>
		key === 'level' || key === 'reason' || limit === null
			? []
			: [`${words(key).toLowerCase()} ${JSON.stringify(limit)}`],
	);
	return [value.reason === null ? value.level : `${value.level} (${value.reason})`, ...limits].join(', ');
}

/** One line per capability; the parts of `text` stand by themselves. */
function flat({ text, ...rest }: ConversationCapabilities): Readonly<Record<string, unknown>> {
	const { send, maxBytes, multiline, formatting, emote } = text;
	return { sendText: send, bytesPerMessage: maxBytes, lineBreaks: multiline, formatting, actions: emote, ...rest };
}

function section(heading: string, truths: readonly Truth[], of: (truth: Truth) => object): readonly string[] {
	const columns = truths.map((truth) => new Map<string, unknown>(Object.entries(of(truth))));
	const keys = [...(columns[0] ?? new Map<string, unknown>()).keys()];
	return [
		`### ${heading}`,
		'',
		`| | ${truths.map(({ title }) => title).join(' | ')} |`,
		`| --- |${' --- |'.repeat(truths.length)}`,
		...keys.map((key) => `| ${words(key)} | ${columns.map((column) => cell(column.get(key))).join(' | ')} |`),
		'',
	];
}

/** The whole page, servers in the order given. */
export function truthPage(truths: readonly Truth[]): string {
	const protocols = [...new Set(truths.map(({ protocol }) => protocol))];
	return [
		'# What works where',
		'',
		'Written by `node scripts/truth-table.ts` from what the adapters say after logging in to each real server; a server test fails when it is not what the servers give. The best case of each protocol stands on its own page beside this one.',
		'',
		`Levels: ${levels.map((level) => `*${level}*`).join(', ')}, from "refused" over "sent but not seen" and "a labelled substitute" to "works". In brackets why it is not full:`,
		'',
		...Object.entries(reasons).map(([reason, text]) => `- *${reason}*: ${text}`),
		'',
		...protocols.flatMap((protocol) => {
			const mine = truths.filter((truth) => truth.protocol === protocol);
			return [
				`## ${names[protocol] ?? protocol}`,
				'',
				...section('In a chat with somebody who uses Parley', mine, ({ direct }) => flat(direct)),
				...section('In a room that one made', mine, ({ ownRoom }) => flat(ownRoom)),
				...section('In a room that one joined', mine, ({ room }) => flat(room)),
				...section('For the account', mine, ({ account }) => account),
			];
		}),
	]
		.join('\n')
		.trimEnd()
		.concat('\n');
}

/** One server's columns of a page, by heading and row: what a test of this server alone can compare. */
export function columnOf(page: string, title: string): readonly string[] {
	const found: string[] = [];
	let heading = '';
	let at = -1;
	for (const line of page.split('\n')) {
		if (line.startsWith('### ')) {
			heading = line.slice(4);
			at = -1;
			continue;
		}
		if (!line.startsWith('|')) continue;
		const cells = line.split('|').map((part) => part.trim());
		if (cells[1] === '') at = cells.indexOf(title);
		else if (at > 0 && cells[1] !== '---') found.push(`${heading}: ${cells[1]}: ${cells[at]}`);
	}
	return found;
}

/**
 * Full-text search, newest first. The indexes are ordered by message id, results by sort key, and the two differ where
 * history was filled in later. A rare term is looked up as a whole; for a common one the blocks of ids are visited from
 * the one with the newest message down, until no other block can hold anything newer than what was found. Rare and
 * common are meant within the conversations that are asked for.
 */
import { compareSort } from '../../../protocols/model/entities.ts';
import { plainBody } from '../../../protocols/model/content.ts';
import type { SortKey } from '../../../protocols/model/entities.ts';
import type { SearchRequest, StoredHit } from '../store.ts';
import type { Database, Params } from './database.ts';
import { createMatcher } from './match-ranges.ts';
import type { Matcher } from './match-ranges.ts';
import { messageRows, selectMessages } from './message-rows.ts';
import type { DamageReport } from './readable.ts';
import { number, text } from './row-reader.ts';
import { anyTriple, asParts, lettersOf, parseQuery, partExpression, wordExpression } from './search-query.ts';
import type { SearchTerm } from './search-query.ts';

/** Up to this many candidates are simply looked up and sorted. */
const rareLimit = 2000;
/** More triples than this for a term of one or two letters: reading texts is cheaper than asking the index. */
const maxTriples = 64;
const blockSize = 1024;

interface Candidate {
	readonly id: number;
	readonly sort: SortKey;
}

/** Conditions that narrow candidates by one of the indexes; null: the text itself must be read. */
interface Plan {
	readonly words: string | null;
	readonly parts: readonly string[];
	readonly matcher: Matcher;
	readonly verify: boolean;
}

export function search(db: Database, request: SearchRequest, report: DamageReport): readonly StoredHit[] {
	const terms = parseQuery(request.text);
	if (terms.length === 0 || request.limit < 1 || request.conversations?.length === 0) return [];
	const found = run(db, request, makePlan(db, terms), report);
	if (found !== 'nothing') return found;
	// No word begins like that: look inside words.
	const parts = terms.some((term) => term.kind === 'words') ? asParts(terms) : null;
	if (parts === null) return [];
	const inside = run(db, request, makePlan(db, parts), report);
	return inside === 'nothing' ? [] : inside;
}

function makePlan(db: Database, terms: readonly SearchTerm[]): Plan {
	const parts = terms.flatMap((term) => {
		if (term.kind !== 'part') return [];
		const letters = lettersOf(term.text);
		const expression = letters.length >= 3 ? partExpression(letters) : shortPart(db, letters.join(''));
		return expression === null ? [] : [expression];
	});
	return {
		words: wordExpression(terms),
		parts,
		matcher: createMatcher(terms),
		verify: terms.some((term) => term.kind === 'part'),
	};
}

/** One or two letters: the triples of the index that begin with them. Null when there are too many to ask for. */
function shortPart(db: Database, letters: string): string | null {
	const from = letters.toLowerCase();
	const rows = db.all('SELECT term FROM messages_trigram_terms WHERE term >= $from AND term < $to LIMIT $limit', {
		from,
		to: `${from}\u{10ffff}`,
		limit: maxTriples + 1,
	});
	if (rows.length > maxTriples) return null;
	return rows.length === 0 ? '"\u{10fffd}\u{10fffd}\u{10fffd}"' : anyTriple(rows.map((row) => text(row, 'term')));
}

function run(db: Database, request: SearchRequest, plan: Plan, report: DamageReport): readonly StoredHit[] | 'nothing' {
	const scope = request.conversations === null ? null : JSON.stringify(request.conversations);
	const expressions: Expressions = {
		words: plan.words,
		parts: plan.parts.length === 0 ? null : plan.parts.map((part) => `(${part})`).join(' AND '),
	};
	const unindexed = expressions.words === null && expressions.parts === null;
	const all = unindexed ? null : candidateIds(db, expressions, scope);
	let best: readonly Candidate[];
	if (all !== null && all.length <= rareLimit) {
		const candidates = lookUp(db, all, scope, plan);
		if (candidates.length === 0) return 'nothing';
		best = newest(
			candidates.filter((candidate) => isOlder(candidate, request.before)),
			request.limit,
		);
	} else {
		best = walkBlocks(db, request, plan, expressions, scope);
	}
	const list = JSON.stringify(best.map((candidate) => candidate.id));
	const rows = db.all(`${selectMessages} JOIN json_each($list) wanted ON m.id = wanted.value ORDER BY wanted.key`, {
		list,
	});
	return messageRows(db, rows, report).map((row) => ({
		row,
		ranges: plan.matcher.ranges(plainBody(row.message.content)),
	}));
}

function walkBlocks(
	db: Database,
	request: SearchRequest,
	plan: Plan,
	expressions: Expressions,
	scope: string | null,
): readonly Candidate[] {
	const blocks = db.all(
		`SELECT block, max(newest) AS newest FROM search_blocks
			WHERE oldest <= $before AND ($scope IS NULL OR conversation IN
				(SELECT key FROM conversations WHERE id IN (SELECT value FROM json_each($scope))))
			GROUP BY block ORDER BY 2 DESC`,
		{ before: request.before?.ts ?? Infinity, scope },
	);
	let best: readonly Candidate[] = [];
	for (const row of blocks) {
		const worst = best.length < request.limit ? undefined : best.at(-1);
		if (worst !== undefined && number(row, 'newest') < worst.sort.ts) break;
		const from = number(row, 'block') * blockSize;
		const ids = idsInRange(db, expressions, from, from + blockSize - 1, blockSize);
		const found = lookUp(db, ids, scope, plan).filter((candidate) => isOlder(candidate, request.before));
		best = newest([...best, ...found], request.limit);
	}
	return best;
}

interface Expressions {
	readonly words: string | null;
	readonly parts: string | null;
}

const wordIds = 'SELECT rowid AS id FROM messages_fts WHERE messages_fts MATCH $words AND rowid BETWEEN $from AND $to';
const partIds =
	'SELECT rowid AS id FROM messages_trigram WHERE messages_trigram MATCH $parts AND rowid BETWEEN $from AND $to';
const anyIds = 'SELECT id FROM searchable WHERE id BETWEEN $from AND $to';

function idsInRange(
	db: Database,
	{ words, parts }: Expressions,
	from: number,
	to: number,
	limit: number,
): readonly number[] {
	const range: Params = { from, to, limit };
	const ids = (sql: string, params: Params) =>
		db.all(`${sql} LIMIT $limit`, { ...range, ...params }).map((row) => number(row, 'id'));
	if (words !== null && parts !== null) return ids(`${wordIds} INTERSECT ${partIds}`, { words, parts });
	if (words !== null) return ids(wordIds, { words });
	if (parts !== null) return ids(partIds, { parts });
	return ids(anyIds, {});
}

/** All ids that match, up to one more than {@link rareLimit}; with a scope only those of its conversations. */
function candidateIds(db: Database, expressions: Expressions, scope: string | null): readonly number[] {
	if (scope === null) return idsInRange(db, expressions, 0, Number.MAX_SAFE_INTEGER, rareLimit + 1);
	const { words, parts } = expressions;
	const ids = (sql: string, params: Params) =>
		db.all(`${sql} LIMIT $limit`, { ...params, scope, limit: rareLimit + 1 }).map((row) => number(row, 'id'));
	if (words !== null && parts !== null) return ids(`${wordIdsInside} INTERSECT ${partIdsInside}`, { words, parts });
	return words !== null ? ids(wordIdsInside, { words }) : ids(partIdsInside, { parts: parts ?? '' });
}

// The plus keeps SQLite from asking the index once for every message of the conversations.
const inside = `AND +rowid IN (SELECT m.id FROM conversations c JOIN messages m ON m.conversation = c.key
	WHERE c.id IN (SELECT value FROM json_each($scope)))`;
const wordIdsInside = `SELECT rowid AS id FROM messages_fts WHERE messages_fts MATCH $words ${inside}`;
const partIdsInside = `SELECT rowid AS id FROM messages_trigram WHERE messages_trigram MATCH $parts ${inside}`;

function lookUp(db: Database, ids: readonly number[], scope: string | null, plan: Plan): readonly Candidate[] {
	if (ids.length === 0) return [];
	const rows = db.all(plan.verify ? candidatesWithBody : candidates, { ids: JSON.stringify(ids), scope });
	const real = plan.verify ? rows.filter((row) => plan.matcher.hasParts(text(row, 'body'))) : rows;
	return real.map((row) => ({
		id: number(row, 'id'),
		sort: { ts: number(row, 'sort_ts'), seq: number(row, 'sort_seq') },
	}));
}

const candidatesFrom = `FROM json_each($ids) wanted CROSS JOIN messages m ON m.id = wanted.value
	WHERE CASE WHEN $scope IS NULL THEN m.conversation NOT IN (SELECT key FROM conversations WHERE account IS NULL)
		ELSE m.conversation IN (SELECT key FROM conversations WHERE id IN (SELECT value FROM json_each($scope))) END`;
const candidates = `SELECT m.id, m.sort_ts, m.sort_seq ${candidatesFrom}`;
const candidatesWithBody = `SELECT m.id, m.sort_ts, m.sort_seq, m.body ${candidatesFrom}`;

const isOlder = (candidate: Candidate, before: SortKey | null): boolean =>
	before === null || compareSort(candidate.sort, before) < 0;

function newest(list: readonly Candidate[], limit: number): readonly Candidate[] {
	return list.toSorted((a, b) => compareSort(b.sort, a.sort) || b.id - a.id).slice(0, limit);
}

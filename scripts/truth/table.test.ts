import { describe, expect, it } from 'vitest';
import { fakeAccount, fakeDirect, fakeGroup } from '../../protocols/testkit/fake-capabilities.ts';
import { rejected } from '../../protocols/model/capabilities.ts';
import { columnOf, truthPage } from './table.ts';

const truth = {
	protocol: 'irc',
	title: 'One 1.0',
	direct: { ...fakeDirect, thread: rejected('protocol') },
	ownRoom: fakeGroup,
	room: { ...fakeGroup, kick: rejected('room'), attachments: { ...rejected('server'), maxBytes: 10 } },
	account: fakeAccount,
} as const;

describe('the truth table', () => {
	const page = truthPage([truth, { ...truth, title: 'Two 2.0', room: { ...truth.room, kick: rejected('server') } }]);

	it('says level, reason and limits', () => {
		expect(page).toContain('| Kick | rejected (room) | rejected (server) |');
		expect(page).toContain('| Attachments | rejected (server), max bytes 10 | rejected (server), max bytes 10 |');
	});

	it('gives back the column of one server', () => {
		const column = columnOf(page, 'Two 2.0');
		expect(column).toContain('In a room that one joined: Kick: rejected (server)');
		expect(column).toEqual(
			columnOf(truthPage([{ ...truth, room: { ...truth.room, kick: rejected('server') } }]), 'One 1.0'),
		);
		expect(column).not.toEqual(columnOf(page, 'One 1.0'));
		expect(columnOf(page, 'Three')).toEqual([]);
	});
});

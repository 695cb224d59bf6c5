import { describe, expect, it } from 'vitest';
import { redact } from './redact.ts';

describe('redact', () => {
	it.each([
		'PASS hunter2',
		'PASS :hunter2 with spaces',
		'pass hunter2',
		'AUTHENTICATE aHVudGVyMg==',
		'AUTHENTICATE hunter2',
		'OPER root hunter2',
		'PRIVMSG NickServ :IDENTIFY hunter2',
		'PRIVMSG nickserv :identify alice hunter2',
		'PRIVMSG NickServ@services.example :IDENTIFY hunter2',
		'NOTICE NickServ :IDENTIFY hunter2',
		'@label=a PRIVMSG NickServ :IDENTIFY hunter2',
		':alice!a@b PRIVMSG NickServ :IDENTIFY hunter2',
		'PRIVMSG NickServ :SET PASSWORD hunter2',
		'PRIVMSG NickServ :REGISTER hunter2 a@b',
		'PRIVMSG #room :identify hunter2',
		'NS IDENTIFY hunter2',
		'NICKSERV IDENTIFY hunter2',
		'REGISTER * a@b hunter2',
		'JOIN #room hunter2',
		'@label=3 JOIN #room hunter2',
		':irc.example 324 alice #room +ntk hunter2',
		'MODE #room +k hunter2',
		'MODE #room +ntk hunter2',
		':op!a@b MODE #room +k hunter2',
	])('hides the secret of %j', (line) => {
		expect(redact(line)).not.toContain('hunter2');
		expect(redact(line)).not.toContain('aHVudGVyMg');
	});

	it.each([
		'PRIVMSG #room :what is my identity',
		'AUTHENTICATE PLAIN',
		'AUTHENTICATE SCRAM-SHA-256',
		'AUTHENTICATE +',
		'AUTHENTICATE *',
		'JOIN #room',
		':alice!a@b JOIN #room account :Real Name',
		'@time=x :alice!a@b JOIN #room account :Real Name',
		':irc.example 324 alice #room +nt',
		'MODE #room +o alice',
		'PRIVMSG NickServ :HELP',
		':irc.example 001 alice :Welcome',
	])('leaves %j alone', (line) => {
		expect(redact(line)).toBe(line);
	});
});

/** Asks for the profile's passphrase on the terminal, without showing it. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { AskPassphrase } from '../key-store.ts';

const questions = {
	new: 'New passphrase for this profile: ',
	unlock: 'Passphrase: ',
	again: 'That was wrong. Passphrase: ',
} as const;

/** PARLEY_PASSPHRASE if set (asked once), else the terminal, else nobody. */
export function terminalPassphrase(env: Readonly<Record<string, string | undefined>>): AskPassphrase {
	return async (purpose) => {
		const given = env['PARLEY_PASSPHRASE'];
		if (given !== undefined) return purpose === 'again' ? undefined : given;
		if (!process.stdin.isTTY) return undefined;
		process.stdout.write(questions[purpose]);
		const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
		const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
		try {
			return await terminal.question('');
		} finally {
			terminal.close();
			process.stdout.write('\n');
		}
	};
}

/** The last lines an account exchanged with its server, redacted by the adapter, for people who look for a fault. */
import type { AccountLogLine } from '../protocols/model/entities.ts';
import type { AccountId } from '../protocols/model/ids.ts';

const maxLines = 2000;
const maxLength = 2000;

export class AccountLog {
	readonly #lines = new Map<AccountId, AccountLogLine[]>();

	add(account: AccountId, line: AccountLogLine): void {
		let lines = this.#lines.get(account);
		if (lines === undefined) {
			lines = [];
			this.#lines.set(account, lines);
		}
		// C0 and C1 controls would reach a terminal or rearrange the view.
		const clean = line.text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd');
		lines.push({ ...line, text: clean.length > maxLength ? `${clean.slice(0, maxLength - 1)}…` : clean });
		// Cut in strides, so that a busy account does not move 2000 entries per line.
		if (lines.length > maxLines + 256) lines.splice(0, lines.length - maxLines);
	}

	/** The newest lines, oldest first. */
	read(account: AccountId, limit: number): readonly AccountLogLine[] {
		return (this.#lines.get(account) ?? []).slice(-Math.min(limit, maxLines));
	}

	forget(account: AccountId): void {
		this.#lines.delete(account);
	}
}

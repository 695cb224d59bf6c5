/** A client's copy of the engine's state, kept by patches alone: what a window would show. */
import type { PatchOp } from '../../engine/contract/patches.ts';
import type { BootState, TimelinePage } from '../../engine/contract/queries.ts';
import { assertNever } from '../model/assert-never.ts';
import type {
	Account,
	Contact,
	Conversation,
	Decision,
	Gap,
	Member,
	Message,
	Person,
	Receipt,
	TypingUser,
} from '../model/entities.ts';
import { compareSort } from '../model/entities.ts';
import type { ConversationId } from '../model/ids.ts';

const byId = <T extends { readonly id: string | number }>(items: readonly T[]): Map<T['id'], T> =>
	new Map(items.map((item) => [item.id, item]));
const sorted = <T>(items: Iterable<T>, key: (item: T) => string): T[] =>
	[...items].sort((a, b) => (key(a) < key(b) ? -1 : 1));

export class ClientModel {
	accounts = new Map<string, Account>();
	conversations = new Map<string, Conversation>();
	contacts = new Map<string, Contact>();
	persons = new Map<string, Person>();
	decisions = new Map<string, Decision>();
	typing = new Map<string, readonly TypingUser[]>();
	messages = new Map<number, Message>();
	gaps = new Map<string, Gap>();
	members = new Map<string, Member>();
	receipts = new Map<string, Receipt>();
	settings: BootState['settings'] | null = null;
	resyncs = 0;

	constructor(boot: BootState) {
		this.accounts = byId(boot.accounts);
		this.conversations = byId(boot.conversations);
		this.contacts = byId(boot.contacts);
		this.persons = byId(boot.persons);
		this.decisions = byId(boot.decisions);
		for (const { conversationId, users } of boot.typing) this.typing.set(conversationId, users);
		this.settings = boot.settings;
	}

	show(page: TimelinePage): void {
		for (const message of page.messages) this.messages.set(message.id, message);
		for (const gap of page.gaps) this.gaps.set(gap.id, gap);
		for (const receipt of page.receipts) {
			const [first] = page.messages;
			if (first !== undefined) this.receipts.set(`${first.conversationId} ${receipt.kind} ${receipt.reader}`, receipt);
		}
	}

	apply(ops: readonly PatchOp[]): void {
		for (const op of ops) this.#one(op);
	}

	#one(op: PatchOp): void {
		switch (op.op) {
			case 'account.put':
				this.accounts.set(op.account.id, op.account);
				return;
			case 'account.remove':
				this.accounts.delete(op.id);
				for (const conversation of this.conversations.values())
					if (conversation.accountId === op.id) this.conversations.delete(conversation.id);
				for (const contact of this.contacts.values()) if (contact.accountId === op.id) this.contacts.delete(contact.id);
				return;
			case 'conversation.put':
				this.conversations.set(op.conversation.id, op.conversation);
				return;
			case 'conversation.remove':
				this.conversations.delete(op.id);
				this.typing.delete(op.id);
				return;
			case 'contact.put':
				this.contacts.set(op.contact.id, op.contact);
				return;
			case 'contact.remove':
				this.contacts.delete(op.id);
				return;
			case 'person.put':
				this.persons.set(op.person.id, op.person);
				return;
			case 'person.remove':
				this.persons.delete(op.id);
				return;
			case 'decision.open':
				this.decisions.set(op.decision.id, op.decision);
				return;
			case 'decision.close':
				this.decisions.delete(op.id);
				return;
			case 'settings.put':
				this.settings = op.settings;
				return;
			case 'timeline.put':
				for (const message of op.messages) this.messages.set(message.id, message);
				return;
			case 'timeline.remove':
				for (const id of op.ids) this.messages.delete(id);
				return;
			case 'gap.put':
				this.gaps.set(op.gap.id, op.gap);
				return;
			case 'gap.remove':
				this.gaps.delete(op.id);
				return;
			case 'members.reset':
				this.members = new Map(op.members.map((member) => [member.remoteId, member]));
				return;
			case 'members.delta':
				for (const member of op.upsert) this.members.set(member.remoteId, member);
				for (const id of op.remove) this.members.delete(id);
				return;
			case 'typing':
				if (op.users.length === 0) this.typing.delete(op.conversationId);
				else this.typing.set(op.conversationId, op.users);
				return;
			case 'receipt.put':
				this.receipts.set(`${op.conversationId} ${op.receipt.kind} ${op.receipt.reader}`, op.receipt);
				return;
			case 'notify.withdraw':
			case 'login.progress':
			case 'media.put':
			case 'notify':
				return;
			case 'resync':
				this.resyncs += 1;
				return;
			default:
				assertNever(op);
		}
	}

	/** Everything that a fresh boot would say too, in one comparable shape. */
	summary(): unknown {
		return {
			accounts: sorted(this.accounts.values(), (item) => item.id),
			conversations: sorted(this.conversations.values(), (item) => item.id),
			contacts: sorted(this.contacts.values(), (item) => item.id),
			persons: sorted(this.persons.values(), (item) => item.id),
			decisions: sorted(this.decisions.values(), (item) => item.id),
			settings: this.settings,
		};
	}

	timeline(id?: ConversationId): Message[] {
		return [...this.messages.values()]
			.filter((message) => id === undefined || message.conversationId === id)
			.sort((a, b) => compareSort(a.sort, b.sort));
	}
}

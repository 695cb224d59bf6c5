import type { TFunction } from 'i18next';
import { assertNever } from '../../../protocols/model/assert-never.ts';
import type { SystemEvent } from '../../../protocols/model/content.ts';
import { roles } from '../../../protocols/model/entities.ts';
import type { Role } from '../../../protocols/model/entities.ts';
import type { FoldSummary } from './rows.ts';

const isRole = (text: string): text is Role => (roles as readonly string[]).includes(text);

/** One sentence for a thing that happened in a room. */
export function systemText(t: TFunction, system: SystemEvent): string {
	const by = ('by' in system ? system.by : null) ?? t('system.somebody');
	switch (system.event) {
		case 'join':
			return t('system.join', { name: system.name });
		case 'leave':
			return system.reason
				? t('system.leaveReason', { name: system.name, reason: system.reason })
				: t('system.leave', { name: system.name });
		case 'quit':
			return system.reason
				? t('system.quitReason', { name: system.name, reason: system.reason })
				: t('system.quit', { name: system.name });
		case 'kick':
			return system.reason
				? t('system.kickReason', { by, name: system.name, reason: system.reason })
				: t('system.kick', { by, name: system.name });
		case 'ban':
			return system.reason
				? t('system.banReason', { by, name: system.name, reason: system.reason })
				: t('system.ban', { by, name: system.name });
		case 'unban':
			return t('system.unban', { by, name: system.name });
		case 'invite':
			return t('system.invite', { by, name: system.name });
		case 'rename':
			return t('system.rename', { name: system.name, newName: system.newName });
		case 'topic':
			return system.topic === '' ? t('system.topicCleared', { by }) : t('system.topic', { by, topic: system.topic });
		case 'room-name':
			return t('system.room-name', { by, name: system.name });
		case 'role': {
			const role = isRole(system.role) ? t(`role.${system.role}`) : system.role;
			return system.by === null
				? t('system.role', { name: system.name, role })
				: t('system.roleBy', { by, name: system.name, role });
		}
		case 'mode':
			return t('system.mode', { by, text: system.text });
		case 'encryption-enabled':
			return t('system.encryption-enabled', { by });
		case 'created':
			return t('system.created', { by });
		case 'upgraded':
			return t('system.upgraded', { by });
		case 'info':
			return system.text;
		default:
			return assertNever(system);
	}
}

/** `3 joined, 2 left`; one of a kind is named. */
export function foldText(t: TFunction, summary: FoldSummary): string {
	const parts: string[] = [];
	const [joiner] = summary.joined;
	const [leaver] = summary.left;
	if (summary.joined.length === 1 && joiner !== undefined) parts.push(t('system.join', { name: joiner }));
	else if (summary.joined.length > 1) parts.push(t('fold.joined', { count: summary.joined.length }));
	if (summary.left.length === 1 && leaver !== undefined) parts.push(t('system.leave', { name: leaver }));
	else if (summary.left.length > 1) parts.push(t('fold.left', { count: summary.left.length }));
	if (summary.passed.length > 0) parts.push(t('fold.passed', { count: summary.passed.length }));
	if (summary.renamed.length > 0) parts.push(t('fold.renamed', { count: summary.renamed.length }));
	if (summary.other > 0) parts.push(t('fold.other', { count: summary.other }));
	return parts.join(', ');
}

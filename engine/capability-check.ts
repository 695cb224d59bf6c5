/** The engine's own look at the capabilities before it acts: the UI hides what is refused, but nobody relies on it. */
import type { Feature } from '../protocols/model/capabilities.ts';
import { can } from '../protocols/model/capabilities.ts';
import type { ErrorCode } from '../protocols/model/errors.ts';
import { fail } from '../protocols/model/errors.ts';

/** @throws ChatException saying why, when the feature is refused */
export function requireFeature(feature: Feature, what: string): void {
	if (!can(feature)) fail(codeOf(feature), what, { params: { feature: what, reason: feature.reason ?? '' } });
}

function codeOf(feature: Feature): ErrorCode {
	switch (feature.reason) {
		case 'room':
			return 'not-allowed';
		case 'not-joined':
			return 'not-joined';
		case 'offline':
			return 'connection-lost';
		case 'encrypted':
			return 'encryption-unavailable';
		case 'protocol':
		case 'server':
		case 'peer':
		case 'not-yet':
		case null:
			return 'unsupported';
	}
}

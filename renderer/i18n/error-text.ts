import type { TFunction } from 'i18next';
import type { Feature } from '../../protocols/model/capabilities.ts';
import type { ChatError } from '../../protocols/model/errors.ts';

/** One sentence for a failure. */
export function errorText(t: TFunction, error: ChatError): string {
	return t(`error.${error.code}`, { replace: { ...error.params } });
}

/** What the user can do, or an empty string. */
function adviceText(t: TFunction, error: ChatError): string {
	return error.userAction === 'none' ? '' : t(`userAction.${error.userAction}`);
}

/** Sentence and advice together. */
export function errorSentences(t: TFunction, error: ChatError): string {
	return [errorText(t, error), adviceText(t, error)].filter((part) => part !== '').join(' ');
}

/** Why a feature is missing or limited; undefined when it works without a word. */
export function limitText(t: TFunction, feature: Feature): string | undefined {
	const reason = feature.reason === null ? undefined : t(`limit.${feature.reason}`);
	switch (feature.level) {
		case 'full':
		case 'partial':
			return undefined;
		case 'fallback':
			return t('limit.fallback');
		case 'dropped':
			return t('limit.dropped');
		case 'rejected':
			return reason;
	}
}

/** A key that comes from outside the typed table (protocol descriptions); the fallback when it is missing. */
export function looseText(t: TFunction, key: string, fallback: string): string {
	const loose = t as unknown as (key: string, options: { defaultValue: string }) => string;
	return loose(key, { defaultValue: fallback });
}

import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { isolate } from './isolate.ts';
import { english } from './resources.ts';

/**
 * Prepares the strings. Values put into sentences are isolated against bidirectional text; React escapes the rest.
 * `returnNull` and `returnEmptyString` keep empty sentences empty.
 */
export async function setupI18n(): Promise<void> {
	await i18next.use(initReactI18next).init({
		lng: 'en',
		fallbackLng: 'en',
		resources: { en: { translation: english } },
		interpolation: { escapeValue: true, escape: isolate },
		returnEmptyString: true,
	});
	document.documentElement.lang = i18next.language;
	document.documentElement.dir = i18next.dir();
}

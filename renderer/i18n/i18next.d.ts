import 'i18next';
import type { Strings } from './resources.ts';

declare module 'i18next' {
	interface CustomTypeOptions {
		defaultNS: 'translation';
		resources: { translation: Strings };
	}
}

import { useTranslation } from 'react-i18next';
import { useAppState } from '../../app-context.ts';
import { wordsFor } from './login-words.ts';

/** What the login is doing while its user waits; the adapter says it in keys. */
export function LoginProgressWords({ loginId }: { readonly loginId: string | null }) {
	const { t } = useTranslation();
	const key = useAppState((state) => (loginId === null ? undefined : state.engine.loginProgress.get(loginId)));
	const waiting = t('login.checking');
	return <>{key === undefined ? waiting : wordsFor(t, 'login.progress', key, waiting)}</>;
}

import './no-eval.ts';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { AppContext } from './app-context.ts';
import { AppView } from './app.tsx';
import { createApp } from './create-app.ts';
import { setupI18n } from './i18n/setup.ts';
import { isNetworkLink, openLink } from './link/open-link.ts';
import { followShowRequests } from './link/show-requests.ts';
import { rememberWindow } from './state/window-memory.ts';
import './styles/tokens.css';
import './styles/base.css';

await setupI18n();
const root = document.getElementById('root');
if (root === null) throw new Error('no root element');
const app = createApp(openLink, isNetworkLink() || import.meta.env.DEV);
followShowRequests(app);
rememberWindow(app, window.sessionStorage);
createRoot(root).render(
	<StrictMode>
		<AppContext value={app}>
			<AppView />
		</AppContext>
	</StrictMode>,
);

import { createContext, useContext, useEffect } from 'react';
import { useAppState } from './app-context.ts';
import type { ThemeName } from './color/consistent-color.ts';
import { useMedia } from './platform/use-media.ts';

/** The theme in force, `system` resolved. */
export const ThemeContext = createContext<ThemeName>('light');
export const useTheme = (): ThemeName => useContext(ThemeContext);

/** Resolves the setting and puts it on the document, where the tokens read it. */
export function useThemeSetting(): ThemeName {
	const setting = useAppState((state) => state.engine.settings.theme);
	const density = useAppState((state) => state.engine.settings.density);
	const prefersDark = useMedia('(prefers-color-scheme: dark)');
	const prefersContrast = useMedia('(prefers-contrast: more)');
	const system = prefersContrast ? 'contrast' : prefersDark ? 'dark' : 'light';
	const theme = setting === 'system' ? system : setting;
	useEffect(() => {
		document.documentElement.dataset['theme'] = theme;
		document.documentElement.dataset['density'] = density;
	}, [theme, density]);
	return theme;
}

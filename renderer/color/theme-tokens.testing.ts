/** Reads the values of one theme out of `styles/tokens.css`; for tests. */
export function themeTokens(css: string, theme: 'light' | 'dark' | 'contrast'): ReadonlyMap<string, string> {
	const tokens = new Map<string, string>();
	const read = (block: string | undefined): void => {
		for (const match of (block ?? '').matchAll(/(--[\w-]+):\s*([^;]+);/gu))
			tokens.set(match[1] ?? '', (match[2] ?? '').trim());
	};
	read(/:root \{([^}]*)\}/u.exec(css)?.[1]);
	if (theme !== 'light') read(new RegExp(`:root\\[data-theme='${theme}'\\] \\{([^}]*)\\}`, 'u').exec(css)?.[1]);
	return tokens;
}

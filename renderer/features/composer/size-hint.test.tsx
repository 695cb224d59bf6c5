import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { type TextCapability, full } from '../../../protocols/model/capabilities.ts';
import { setupI18n } from '../../i18n/setup.ts';
import { SizeHint } from './size-hint.tsx';

const container = document.createElement('div');
const root = createRoot(container);

beforeAll(async () => {
	Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
	await setupI18n();
});
afterEach(() => act(() => root.render(null)));

const base: TextCapability = {
	send: full,
	maxBytes: 400,
	lineBytes: 400,
	multiline: 'split',
	formatting: [],
	emote: full,
};
const status = (text: string, over: Partial<TextCapability> = {}): string | null | undefined => {
	act(() => root.render(<SizeHint text={text} capability={{ ...base, ...over }} />));
	return container.querySelector('[role="status"]')?.textContent;
};

test('silent for one message, and says how many otherwise', () => {
	expect(status('hello')).toBe('');
	expect(status('one\n\ntwo')).toBe('Will be sent as 2 messages');
	expect(status('x'.repeat(1000))).toBe('Will be sent as 3 messages');
	expect(status('one\ntwo', { multiline: 'native', maxBytes: 4096, maxLines: 100 })).toBe('');
	expect(status('/me waves\nand leaves')).toBe('');
});

test('too long only where the network does not split', () => {
	const limit = { multiline: 'native', maxBytes: 10, lineBytes: null } as const;
	expect(status('x'.repeat(11), limit)).toContain('1 ');
	expect(status('x'.repeat(10), limit)).toBe('');
});

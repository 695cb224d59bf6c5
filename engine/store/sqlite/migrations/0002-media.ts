/** Files learn of thumbnails, of foreign hosts and of voice messages; what was stored before has none of these. */
import type { Migration } from './migration.ts';

export const media: Migration = {
	version: 2,
	name: 'media',
	sql: `
UPDATE messages SET content = json_insert(content, '$.thumbnail', NULL, '$.host', NULL, '$.waveform', NULL)
	WHERE kind = 'media';
UPDATE message_edits SET content = json_insert(content, '$.thumbnail', NULL, '$.host', NULL, '$.waveform', NULL)
	WHERE json_extract(content, '$.kind') = 'media';
`,
};

import { initial } from './0001-initial.ts';
import { media } from './0002-media.ts';
import { threads } from './0003-threads.ts';
import type { Migration } from './migration.ts';

/** Every migration in order. */
export const migrations: readonly Migration[] = [initial, media, threads];

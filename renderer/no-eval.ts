/**
 * Must be the first import: zod otherwise tries once whether it may compile code, which the content policy forbids and
 * the browser reports as a violation.
 */
import * as z from 'zod';

z.config({ jitless: true });

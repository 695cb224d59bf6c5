/** The user's settings: one flat, versionless object; unknown keys are stripped, missing ones take the default. */
import * as z from 'zod';

export const settingsSchema = z.object({
	theme: z.enum(['system', 'light', 'dark', 'contrast']).default('system'),
	density: z.enum(['comfortable', 'compact']).default('comfortable'),
	/** Order of the navigator. */
	layout: z.enum(['conversations', 'roster']).default('conversations'),
	/** What others learn. */
	sendTyping: z.boolean().default(true),
	sendReadReceipts: z.boolean().default(true),
	sendDeliveryReceipts: z.boolean().default(true),
	/** Which pictures load by themselves: none, those on the account's own server, or all (others' servers learn of it). */
	loadMedia: z.enum(['never', 'own-server', 'always']).default('own-server'),
	notifications: z.boolean().default(true),
	/** Message text in notifications; otherwise only who wrote. */
	notificationPreview: z.boolean().default(true),
	/** Join, part and rename lines: folded, or hidden for people who did not speak recently. */
	systemEvents: z.enum(['fold', 'hide', 'show']).default('fold'),
	tourDone: z.boolean().default(false),
});
export type Settings = z.infer<typeof settingsSchema>;
export const defaultSettings: Settings = settingsSchema.parse({});

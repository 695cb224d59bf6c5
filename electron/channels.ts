/** Names that main and preload share. */
export const channels = {
	/** Page → main: wants a port to the engine. */
	connect: 'parley:connect',
	/** Main → page: carries the port. */
	port: 'parley:port',
	/** Main → page: bring something into view. */
	show: 'parley:show',
} as const;

/** `data.type` of the window messages that the preload posts to its own page. */
export const windowMessages = { port: 'parley-port', show: 'parley-show' } as const;

/** What the page is asked to bring into view: the conversation of a clicked notification, or a chat link to ask about. */
export type ShowRequest =
	| { readonly kind: 'conversation'; readonly conversationId: string }
	| { readonly kind: 'link'; readonly href: string };

import { type AccountCapabilities, full, partial, rejected } from '../model/capabilities.ts';

/** What a Matrix account can do; `presenceWorks` false where the server keeps no presence. */
export function matrixAccountCapabilities(presenceWorks: boolean): AccountCapabilities {
	return {
		joinByName: full,
		createRoom: full,
		browseRooms: full,
		searchPeople: full,
		directChat: full,
		// The nearest thing to a roster is the list of one-to-one rooms.
		contacts: partial('protocol'),
		contactPresence: presenceWorks ? full : rejected('server'),
		ownPresence: presenceWorks ? ['available', 'away', 'invisible'] : [],
		statusText: presenceWorks ? full : rejected('server'),
		invisible: presenceWorks ? full : rejected('server'),
		block: full,
		setDisplayName: full,
		raw: rejected('not-yet'),
	};
}

/** Where the icons are that the running program shows; the system takes the others from the package. */
import { join } from 'node:path';

export interface IconPaths {
	/** Electron finds the `@2x` picture beside it. */
	readonly tray: string;
	/** Null where the window has the package's icon anyway. */
	readonly window: string | null;
}

/** @param assets the folder `assets` of the application */
export function iconPaths(assets: string, platform: NodeJS.Platform): IconPaths {
	return {
		// A template picture takes the colour of the menu bar.
		tray: join(assets, platform === 'darwin' ? 'trayTemplate.png' : 'tray.png'),
		window: platform === 'linux' ? join(assets, 'icons', '128x128.png') : null,
	};
}

export function pinnedNode(projectRoot: string): string;
export function reasonToInstall(projectRoot: string): string | undefined;
/** What every script and all that it starts find in their environment. */
export function scriptEnvironment(projectRoot: string, env: Readonly<NodeJS.ProcessEnv>): NodeJS.ProcessEnv;

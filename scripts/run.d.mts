export function pinnedNode(projectRoot: string): string;
export function reasonToInstall(projectRoot: string): string | undefined;

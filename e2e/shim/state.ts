/** What the shim shares between its modules: the recorded calls and whether the application is ready. */

export type RecordedCall = { readonly api: string; readonly args: readonly unknown[] };

const calls: RecordedCall[] = [];
let ready = false;

/** Remembers a call into the system, for the tests. Arguments are kept as JSON would keep them. */
export function record(api: string, ...args: readonly unknown[]): void {
	calls.push({
		api,
		args: args.map((arg) => (arg === undefined ? null : (JSON.parse(JSON.stringify(arg)) as unknown))),
	});
}

export function recordedCalls(): readonly RecordedCall[] {
	return calls;
}

export function becomeReady(): void {
	ready = true;
}

/** Throws as Electron does for calls that must come before `ready`. */
export function requireBeforeReady(what: string): void {
	if (ready) throw new Error(`${what} must be called before the app is ready`);
}

/** Throws as Electron does for calls that need `ready`. */
export function requireReady(what: string): void {
	if (!ready) throw new Error(`${what} cannot be used before the app is ready`);
}

/** Throws as Electron does for values that cannot cross; answers what arrives on the other side. */
export function cloned<T>(value: T): T {
	return structuredClone(value);
}

/** A protocol whose code is loaded when an account or a login first needs it, so that a start does not wait for it. */
import type { ProtocolDescription, ProtocolFactory } from './adapter/adapter.ts';
import { fail } from './model/errors.ts';

/** `load` is asked again after it failed. */
export function lazyFactory(description: ProtocolDescription, load: () => Promise<ProtocolFactory>): ProtocolFactory {
	let loading: Promise<ProtocolFactory> | null = null;
	let loaded: ProtocolFactory | null = null;
	const code = (): ProtocolFactory => loaded ?? fail('internal', `the code of ${description.title} is not loaded`);
	return {
		describe: () => description,
		load: async () => {
			loading ??= load();
			try {
				loaded = await loading;
			} catch (thrown) {
				loading = null;
				throw thrown;
			}
		},
		startLogin: (flowId, context) => code().startLogin(flowId, context),
		create: (context) => code().create(context),
	};
}

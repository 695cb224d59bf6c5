/** Matrix for Parley: what it is, how to log in, and the adapter. Loaded when an account or a login needs it. */
import type { ProtocolFactory } from '../adapter/adapter.ts';
import { fail } from '../model/errors.ts';
import { MatrixAdapter } from './adapter.ts';
import { description } from './description.ts';
import { MatrixLogin } from './login.ts';

export const matrixFactory: ProtocolFactory = {
	describe: () => description,
	startLogin: (flowId, context) => {
		const flow = description.loginFlows.find((candidate) => candidate.id === flowId);
		if (flow === undefined) return fail('unsupported');
		return new MatrixLogin(flow.purpose, context);
	},
	create: (context) => new MatrixAdapter(context),
};

import { logger } from 'matrix-js-sdk/lib/logger.js';

/** What loglevel calls to make each log method; the SDK's types hide that its logger is a loglevel one. */
interface LoglevelLogger {
	methodFactory: (method: string, level: number, name: string | symbol) => (...words: unknown[]) => void;
	rebuild(): void;
}

const root = logger as unknown as LoglevelLogger;
root.methodFactory = () => () => undefined;
root.rebuild();

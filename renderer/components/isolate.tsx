import { withoutBidiControls } from '../i18n/isolate.ts';

/** A string of the network inside our own sentence or line: its direction cannot reach its neighbours. */
export function Isolate({
	children,
	className,
}: {
	readonly children: string;
	readonly className?: string | undefined;
}) {
	return <bdi {...(className === undefined ? {} : { className })}>{withoutBidiControls(children)}</bdi>;
}

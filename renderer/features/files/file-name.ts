import { withoutBidiControls } from '../../i18n/isolate.ts';

const maxLength = 120;
const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/iu;

/** A name of a stranger's file that is safe on every disk: no folders, no hidden files, nothing that turns around. */
export function safeFileName(name: string): string {
	const [last = ''] = withoutBidiControls(name).split(/[/\\]/u).slice(-1);
	const plain = last
		// oxlint-disable-next-line no-control-regex -- they are what is taken out
		.replaceAll(/[\u0000-\u001f\u007f-\u009f<>:"|?*]/gu, '_')
		.replace(/^[.\s]+/u, '')
		.replace(/[.\s]+$/u, '');
	if (plain === '') return 'file';
	const dot = plain.lastIndexOf('.');
	const ending = dot > 0 && plain.length - dot <= 12 ? plain.slice(dot) : '';
	const short = plain.length <= maxLength ? plain : plain.slice(0, maxLength - ending.length) + ending;
	return (reserved.test(short) ? `_${short}` : short).toWellFormed();
}

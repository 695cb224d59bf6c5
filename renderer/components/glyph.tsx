import { cx } from './cx.ts';
import styles from './glyph.module.css';

/** One drawing per file in `glyphs/`; a protocol's description names the file. */
const drawings = import.meta.glob<string>('./glyphs/*.svg', { eager: true, query: '?url', import: 'default' });

/** Small monochrome sign of a protocol; one without a drawing shows the first letter of its title. Never louder than a name. */
export function Glyph({
	shape,
	title,
	className,
}: {
	readonly shape: string;
	readonly title: string;
	readonly className?: string;
}) {
	const url = drawings[`./glyphs/${shape}.svg`];
	return (
		<span className={cx(styles['glyph'], className)} role="img" aria-label={title} title={title}>
			{url === undefined ? (
				<span className={styles['letter']} aria-hidden>
					{title.slice(0, 1)}
				</span>
			) : (
				<span className={styles['drawing']} style={{ maskImage: `url("${url}")` }} aria-hidden />
			)}
		</span>
	);
}

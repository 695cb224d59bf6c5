import { cx } from './cx.ts';
import styles from './glyph.module.css';

/** Drawings on a 12×12 grid, by shape name. A protocol names the shape in its description. */
const shapes = new Map<string, string>([
	['hash', 'M4.6 1.5 3.4 10.5M8.6 1.5 7.4 10.5M1.8 4.2h8.8M1.4 7.8h8.8'],
	['spark', 'M2 2.5 6 9.5 10 2.5M3.2 9.5h5.6'],
	['brackets', 'M3.6 1.5H1.8v9h1.8M8.4 1.5h1.8v9H8.4M4.4 8V4.6M4.4 5.4c.4-.9 1.6-.9 1.6.2V8M6 5.4c.4-.9 1.6-.9 1.6.2V8'],
	['link', 'M5 7 7 5M4.2 5.6 2.8 7a1.7 1.7 0 0 0 2.4 2.4l1.2-1.2M7.8 6.4 9.2 5A1.7 1.7 0 0 0 6.8 2.6L5.6 3.8'],
]);

/** Small monochrome sign of a protocol; unknown shapes are shown as the first letter of the title. Never louder than a name. */
export function Glyph({ shape, title, className }: { readonly shape: string; readonly title: string; readonly className?: string }) {
	const path = shapes.get(shape);
	return (
		<span className={cx(styles['glyph'], className)} role="img" aria-label={title} title={title}>
			{path === undefined ? (
				<span className={styles['letter']} aria-hidden>
					{title.slice(0, 1)}
				</span>
			) : (
				<svg viewBox="0 0 12 12" fill="none" stroke="currentColor" strokeWidth="1" strokeLinecap="round" strokeLinejoin="round" aria-hidden>
					<path d={path} />
				</svg>
			)}
		</span>
	);
}

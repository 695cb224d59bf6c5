import { useTranslation } from 'react-i18next';
import { Button } from '../../components/button.tsx';
import { Glyph } from '../../components/glyph.tsx';
import type { ProtocolInfo } from '../../state/engine-state.ts';
import { wordsFor } from './login-words.ts';
import styles from './protocol-cards.module.css';

export interface FlowChoice {
	readonly protocol: ProtocolInfo;
	readonly flow: ProtocolInfo['loginFlows'][number];
}

/** The networks Parley speaks, one plain card each, with the ways to get in. */
export function ProtocolCards({
	protocols,
	left,
	onChoose,
}: {
	readonly protocols: readonly ProtocolInfo[];
	/** The way that was gone back from: focus returns to it. */
	readonly left: FlowChoice | null;
	readonly onChoose: (choice: FlowChoice) => void;
}) {
	const { t } = useTranslation();
	return (
		<ul className={styles['cards']}>
			{protocols.map((protocol) => (
				<li key={protocol.name} className={styles['card']}>
					<div className={styles['head']}>
						<span className={styles['sign']}>
							<Glyph shape={protocol.glyph} title={protocol.title} />
						</span>
						<h2 className={styles['title']}>{protocol.title}</h2>
					</div>
					<p className={styles['blurb']}>{wordsFor(t, 'protocol', protocol.blurb, '')}</p>
					<div className={styles['ways']}>
						{protocol.loginFlows.map((flow) => (
							<Button
								key={flow.id}
								size="normal"
								autoFocus={left?.protocol.name === protocol.name && left.flow.id === flow.id}
								variant={flow.purpose === 'login' ? 'secondary' : 'quiet'}
								aria-label={`${wordsFor(t, 'login.flow', flow.label, t(`login.purpose.${flow.purpose}`))} (${protocol.title})`}
								onPress={() => onChoose({ protocol, flow })}
							>
								{wordsFor(t, 'login.flow', flow.label, t(`login.purpose.${flow.purpose}`))}
							</Button>
						))}
					</div>
				</li>
			))}
		</ul>
	);
}

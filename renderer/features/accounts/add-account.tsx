import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AccountId } from '../../../protocols/model/ids.ts';
import { useAppState } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { DialogFrame } from '../../components/dialog-frame.tsx';
import type { ProtocolInfo } from '../../state/engine-state.ts';
import styles from './import.module.css';
import { ImportAccounts } from './import-accounts.tsx';
import { LoginFlow } from './login-flow.tsx';
import { ProtocolCards } from './protocol-cards.tsx';
import type { FlowChoice } from './protocol-cards.tsx';

function choiceFor(
	protocols: ReadonlyMap<string, ProtocolInfo>,
	name: string | undefined,
	purpose: 'login' | 'register' | undefined,
): FlowChoice | null {
	const protocol = name === undefined ? undefined : protocols.get(name);
	const flow = protocol?.loginFlows.find((one) => one.purpose === (purpose ?? 'login'));
	return protocol === undefined || flow === undefined ? null : { protocol, flow };
}

/** Choosing a network, then logging in. */
export function AddAccountDialog({
	protocol,
	purpose,
	onClose,
}: {
	readonly protocol?: string | undefined;
	readonly purpose?: 'login' | 'register' | undefined;
	readonly onClose: () => void;
}) {
	const { t } = useTranslation();
	const protocols = useAppState((state) => state.engine.protocols);
	const [choice, setChoice] = useState<FlowChoice | null>(() => choiceFor(protocols, protocol, purpose));
	const register = choice?.flow.purpose === 'register';
	return (
		<DialogFrame title={register ? t('login.createTitle') : t('login.addTitle')} onClose={onClose}>
			<AccountChoice choice={choice} onChoose={setChoice} onDone={onClose} />
		</DialogFrame>
	);
}

/** The cards, or the flow chosen from them; shared by the dialog and the first screen. */
export function AccountChoice({
	choice,
	onChoose,
	onDone,
}: {
	readonly choice: FlowChoice | null;
	readonly onChoose: (choice: FlowChoice | null) => void;
	readonly onDone: (accountId: AccountId) => void;
}) {
	const { t } = useTranslation();
	const protocols = useAppState((state) => state.engine.protocols);
	const [left, setLeft] = useState<FlowChoice | null>(null);
	const [isImporting, setImporting] = useState(false);
	const [isBack, setBack] = useState(false);
	if (isImporting)
		return (
			<ImportAccounts
				onBack={() => {
					setBack(true);
					setImporting(false);
				}}
				onDone={onDone}
			/>
		);
	if (choice === null)
		return (
			<>
				<ProtocolCards protocols={[...protocols.values()]} left={left} onChoose={onChoose} />
				<div className={styles['other']}>
					<Button variant="quiet" autoFocus={isBack} onPress={() => setImporting(true)}>
						{t('import.open')}
					</Button>
				</div>
			</>
		);
	return (
		<LoginFlow
			key={`${choice.protocol.name} ${choice.flow.id}`}
			protocol={choice.protocol}
			start={{ protocol: choice.protocol.name, flow: choice.flow.id }}
			onBack={() => {
				setLeft(choice);
				onChoose(null);
			}}
			onDone={onDone}
		/>
	);
}

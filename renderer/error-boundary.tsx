import { TriangleAlert } from 'lucide-react';
import { Component } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './components/button.tsx';
import { EmptyState } from './components/empty-state.tsx';

interface Props {
	readonly children: ReactNode;
	/** A new value gives the children another chance, such as the conversation shown. */
	readonly resetKey?: string;
}

/** Keeps a failure of one part of the window from taking the rest with it. */
export class ErrorBoundary extends Component<Props, { readonly failedKey: string | null }> {
	override state: { readonly failedKey: string | null } = { failedKey: null };

	static getDerivedStateFromProps(
		props: Props,
		state: { failedKey: string | null },
	): { failedKey: string | null } | null {
		return state.failedKey !== null && state.failedKey !== 'new' && state.failedKey !== (props.resetKey ?? '')
			? { failedKey: null }
			: null;
	}

	static getDerivedStateFromError(): { failedKey: string } {
		return { failedKey: 'new' };
	}

	override componentDidCatch(): void {
		this.setState({ failedKey: this.props.resetKey ?? '' });
	}

	override render(): ReactNode {
		return this.state.failedKey === null ? this.props.children : <Broken />;
	}
}

function Broken() {
	const { t } = useTranslation();
	return (
		<EmptyState
			icon={<TriangleAlert />}
			title={t('shell.brokenTitle')}
			actions={
				<Button variant="primary" onPress={() => globalThis.location.reload()}>
					{t('shell.reload')}
				</Button>
			}
		>
			{t('shell.brokenText')}
		</EmptyState>
	);
}

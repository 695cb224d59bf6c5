/**
 * Finds conditions on a protocol name in code that must know no protocol. Looks at the syntax tree, so a name in a
 * comment, a label or a test fixture is no finding, while every way to branch on one is.
 */
import ts from 'typescript';

const protocolNames = new Set(['irc', 'xmpp', 'jabber', 'matrix']);

export type ProtocolBranch = { readonly line: number; readonly text: string };

function namesProtocol(node: ts.Node): boolean {
	return ts.isStringLiteralLike(node) && protocolNames.has(node.text.toLowerCase());
}

function isComparison(kind: ts.SyntaxKind): boolean {
	return (
		kind === ts.SyntaxKind.EqualsEqualsToken ||
		kind === ts.SyntaxKind.EqualsEqualsEqualsToken ||
		kind === ts.SyntaxKind.ExclamationEqualsToken ||
		kind === ts.SyntaxKind.ExclamationEqualsEqualsToken ||
		kind === ts.SyntaxKind.InKeyword
	);
}

const searching = new Set(['startsWith', 'endsWith', 'includes', 'has', 'get', 'match', 'test', 'is']);

function isBranch(node: ts.Node): boolean {
	if (ts.isBinaryExpression(node)) {
		return isComparison(node.operatorToken.kind) && (namesProtocol(node.left) || namesProtocol(node.right));
	}
	if (ts.isCaseClause(node)) return namesProtocol(node.expression);
	// A table keyed by protocol is a switch in disguise.
	if (ts.isPropertyAssignment(node)) {
		const { name } = node;
		return (ts.isIdentifier(name) || ts.isStringLiteral(name)) && protocolNames.has(name.text.toLowerCase());
	}
	if (ts.isElementAccessExpression(node)) return namesProtocol(node.argumentExpression);
	if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
		return searching.has(node.expression.name.text) && node.arguments.some(namesProtocol);
	}
	// ['irc', x].includes(y), new Map([['irc', …]]), new Set(['irc'])
	if (ts.isArrayLiteralExpression(node)) return node.elements.some(namesProtocol);
	return false;
}

/** Every condition on a protocol name in one file. `path` decides between TypeScript and TSX. */
export function protocolBranches(path: string, source: string): ProtocolBranch[] {
	const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
	const found: ProtocolBranch[] = [];
	const visit = (node: ts.Node): void => {
		if (isBranch(node)) {
			const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
			found.push({ line: line + 1, text: node.getText(file).split('\n', 1)[0] ?? '' });
		}
		ts.forEachChild(node, visit);
	};
	visit(file);
	return found;
}

/**
 * Makes TLS trust what the machine trusts. Node ships its own list of authorities; a company's or a test network's
 * authority is only in the system's list.
 */
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

/** Adds the system's authorities to the built-in ones, for this thread. */
export function trustSystemAuthorities(): void {
	setDefaultCACertificates([...new Set([...getCACertificates('default'), ...getCACertificates('system')])]);
}

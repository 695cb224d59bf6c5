/** Response headers of everything the window loads, the same in both hosts. */

/**
 * The one style element that react-aria-components inserts (it marks elements as pressable). Its hash changes with the
 * library's version; a browser journey fails when it does.
 */
const reactAriaStyleHash = 'sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o=';

/** No script, style, frame, form or connection but our own, and no string may become code or HTML. */
export const contentSecurityPolicy = [
	"default-src 'none'",
	"script-src 'self'",
	`style-src 'self' '${reactAriaStyleHash}'`,
	"img-src 'self' data: blob:",
	"media-src 'self' blob:",
	"font-src 'self'",
	"connect-src 'self'",
	"manifest-src 'self'",
	"base-uri 'none'",
	"form-action 'none'",
	"frame-ancestors 'none'",
	"require-trusted-types-for 'script'",
	"trusted-types 'none'",
].join('; ');

export const securityHeaders: Readonly<Record<string, string>> = {
	'content-security-policy': contentSecurityPolicy,
	'x-content-type-options': 'nosniff',
	'referrer-policy': 'no-referrer',
	'cross-origin-opener-policy': 'same-origin',
	'cross-origin-resource-policy': 'same-origin',
	'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), hid=()',
	'cache-control': 'no-store',
};

/** The icon formats of Windows and macOS: containers around PNG pictures. Plain functions over bytes. */

/** Width and height of a PNG in pixels. Throws when the bytes are none. */
export function pngSize(png: Uint8Array): { readonly width: number; readonly height: number } {
	const bytes = Buffer.from(png);
	if (bytes.length < 24 || bytes.toString('latin1', 1, 4) !== 'PNG' || bytes.toString('latin1', 12, 16) !== 'IHDR')
		throw new Error('not a PNG');
	return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

const icoHeader = 6;
const icoEntry = 16;

/** An ICO of square PNGs of at most 256 pixels. */
export function icoOf(pictures: readonly Uint8Array[]): Buffer {
	const head = Buffer.alloc(icoHeader + icoEntry * pictures.length);
	head.writeUInt16LE(1, 2);
	head.writeUInt16LE(pictures.length, 4);
	let offset = head.length;
	for (const [index, picture] of pictures.entries()) {
		const { width } = pngSize(picture);
		if (width > 256) throw new Error(`${width} pixels are too many for an ICO`);
		const at = icoHeader + icoEntry * index;
		// 0 stands for 256.
		head.writeUInt8(width % 256, at);
		head.writeUInt8(width % 256, at + 1);
		head.writeUInt16LE(1, at + 4);
		head.writeUInt16LE(32, at + 6);
		head.writeUInt32LE(picture.length, at + 8);
		head.writeUInt32LE(offset, at + 12);
		offset += picture.length;
	}
	return Buffer.concat([head, ...pictures]);
}

/** Types of ICNS entries that hold PNGs, by width. */
const icnsTypes: ReadonlyMap<number, readonly string[]> = new Map([
	[16, ['icp4']],
	[32, ['icp5', 'ic11']],
	[64, ['ic12']],
	[128, ['ic07']],
	[256, ['ic08', 'ic13']],
	[512, ['ic09', 'ic14']],
	[1024, ['ic10']],
]);

/** An ICNS of square PNGs; sizes that macOS does not know are left out. */
export function icnsOf(pictures: readonly Uint8Array[]): Buffer {
	const parts: Uint8Array[] = [];
	for (const picture of pictures) {
		for (const type of icnsTypes.get(pngSize(picture).width) ?? []) {
			const head = Buffer.alloc(8);
			head.write(type, 'latin1');
			head.writeUInt32BE(picture.length + 8, 4);
			parts.push(head, picture);
		}
	}
	const head = Buffer.alloc(8);
	head.write('icns', 'latin1');
	head.writeUInt32BE(8 + parts.reduce((sum, part) => sum + part.length, 0), 4);
	return Buffer.concat([head, ...parts]);
}

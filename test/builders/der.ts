/** A writer of DER (X.690), as much of it as certificates, timestamps and their hostile kin need. */

/** Tag, length, content. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  return Buffer.concat([Uint8Array.of(tag, ...sizeOf(content.length)), content]);
}

/** In as few bytes as can be; of anything longer OpenSSL makes another text than the one that was signed. */
function sizeOf(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const bytes = bigEndian(length);
  return [0x80 | bytes.length, ...bytes];
}

export function bigEndian(value: number): readonly number[] {
  const hex = value.toString(16);
  return [...Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')];
}

export function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return der(0x30, ...parts);
}

export function set(...parts: readonly Uint8Array[]): Uint8Array {
  return der(0x31, ...parts);
}

/** Of bytes that read as a number above zero: a leading bit is padded away. */
export function integer(bytes: Uint8Array | number): Uint8Array {
  const digits = typeof bytes === 'number' ? Uint8Array.from(bigEndian(bytes)) : bytes;
  return (digits[0] ?? 0) >= 0x80 ? der(0x02, Uint8Array.of(0), digits) : der(0x02, digits);
}

export function octets(...parts: readonly Uint8Array[]): Uint8Array {
  return der(0x04, ...parts);
}

export function bits(bytes: Uint8Array, unused = 0): Uint8Array {
  return der(0x03, Uint8Array.of(unused), bytes);
}

export function utf8(text: string): Uint8Array {
  return der(0x0c, Buffer.from(text));
}

export const TRUE = der(0x01, Uint8Array.of(0xff));
export const NULL = der(0x05);

/** Of dotted numbers: `1.3.6.1.4.1.57264.1.8`. */
export function objectId(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der(0x06, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
}

function base128(value: number): readonly number[] {
  const digits = [value & 0x7f];
  for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128))
    digits.unshift(0x80 | (left & 0x7f));
  return digits;
}

/** To the second, as RFC 5280 wants it; RFC 3161 may have a fraction. */
export function generalTime(date: Date, fraction = ''): Uint8Array {
  return der(0x18, Buffer.from(`${date.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}${fraction}Z`));
}

/** Until 2049; later dates are GeneralizedTime (RFC 5280, 4.1.2.5). */
export function certificateTime(date: Date): Uint8Array {
  if (date.getUTCFullYear() > 2049) return generalTime(date);
  return der(0x17, Buffer.from(`${date.toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`));
}

export function pemOf(label: string, bytes: Uint8Array): string {
  const lines = Buffer.from(bytes)
    .toString('base64')
    .replaceAll(/.{1,64}/g, '$&\n');
  return `-----BEGIN ${label}-----\n${lines}-----END ${label}-----\n`;
}

const HEX_ESCAPE = /\\(?=x[0-9a-f]{2})/g;

/**
 * Every path as text: bytes that are no UTF-8 are written `\xNN`, and a backslash that could be mistaken for one `\x5c`, so that
 * two paths never have the same text.
 */
export function pathText(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes);
  const text = buffer.toString('utf8');
  return buffer.equals(Buffer.from(text, 'utf8')) ? escapeText(text) : escapeBytes(buffer);
}

function escapeText(text: string): string {
  return text.replace(HEX_ESCAPE, '\\x5c');
}

/** UTF-8 sequences are at most 4 bytes long: the longest valid one is taken, else one byte is escaped. */
function escapeBytes(buffer: Buffer): string {
  const parts: string[] = [];
  for (let index = 0; index < buffer.length; ) {
    const length = [1, 2, 3, 4].find((count) => isCharacter(buffer.subarray(index, index + count), count));
    const bytes = buffer.subarray(index, index + (length ?? 1));
    parts.push(length === undefined ? `\\x${bytes.toString('hex')}` : bytes.toString('utf8'));
    index += length ?? 1;
  }
  // A backslash that git stores is told apart from ours by its own escape, which is why it is made byte by byte.
  return parts.map((part, index) => (part === '\\' && isEscape(parts, index) ? '\\x5c' : part)).join('');
}

function isEscape(parts: readonly string[], index: number): boolean {
  return /^x[0-9a-f]{2}/.test(parts.slice(index + 1, index + 4).join(''));
}

function isCharacter(bytes: Buffer, count: number): boolean {
  if (bytes.length !== count) return false;
  const text = bytes.toString('utf8');
  return Array.from(text).length === 1 && Buffer.from(text, 'utf8').equals(bytes);
}

/** Fields that end in NUL, as bytes. */
export function fieldsOf(bytes: Uint8Array): readonly Uint8Array[] {
  const fields: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(0, start);
    if (end < 0) return [...fields, bytes.subarray(start)];
    fields.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return fields;
}

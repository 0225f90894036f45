import { PresyncError } from '../../model/error.ts';

export class ArchiveError extends PresyncError<'INVALID' | 'TOO_LARGE'> {}

export interface TarEntry {
  /** As written. */
  readonly name: string;
  readonly type: 'file' | 'folder' | 'link';
  readonly isExecutable: boolean;
  /** Of a link where it points to. */
  readonly target: string;
  readonly bytes: Uint8Array;
}

const BLOCK = 512;
/** Of an extended header: a name and a few times. */
const MAX_EXTENSION = 64 * 1024;

/** What stands before an entry and is about it: pax records, or GNU's long names. */
interface Extension {
  readonly path?: string;
  readonly linkpath?: string;
  readonly size?: number;
}

/**
 * The entries of a tar archive (https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06, with GNU's long
 * names), as the readers of controllers find them. Whatever two readers could understand differently is refused: sparse files, hard
 * links, devices, unknown types, a body where none belongs. Throws ArchiveError.
 */
export function* tarEntries(archive: Uint8Array): Generator<TarEntry> {
  let extension: Extension = {};
  for (let at = 0; at < archive.length || at === 0; ) {
    const header = archive.subarray(at, at + BLOCK);
    if (isZero(header)) return assertEnd(archive.subarray(at));
    assertChecksum(header);
    const type = String.fromCharCode(header[156] ?? 0);
    const size = (isExtension(type) ? undefined : extension.size) ?? numberAt(header, 124, 12);
    const start = at + BLOCK;
    if (start + size > archive.length) throw new ArchiveError('INVALID', 'it ends in the middle of an entry');
    const body = archive.subarray(start, start + size);
    at = start + Math.ceil(size / BLOCK) * BLOCK;
    if (isExtension(type)) extension = { ...extension, ...extensionOf(type, body) };
    else {
      yield entryOf(type, header, { extension, body });
      extension = {};
    }
  }
}

/** Two blocks of zeros are the end, and whatever is behind them; one alone, with more behind it, is read by some and not by others. */
function assertEnd(rest: Uint8Array): void {
  if (rest.length < BLOCK || !isZero(rest.subarray(BLOCK, 2 * BLOCK)))
    throw new ArchiveError('INVALID', 'it is no tar archive, or one that goes on behind its end');
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

function assertChecksum(header: Uint8Array): void {
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
  if (sum !== numberAt(header, 148, 8)) throw new ArchiveError('INVALID', 'it is no tar archive, or a damaged one');
  // The star format, whose longer names other readers cut.
  if (ascii(header, 508, 4) === 'tar\0')
    throw new ArchiveError('INVALID', 'it is a tar archive of an old kind; pack it with a current tool');
}

/** Octal digits, or GNU's binary form where the first bit is set. */
function numberAt(header: Uint8Array, start: number, length: number): number {
  const field = header.subarray(start, start + length);
  const [first = 0] = field;
  const text = ascii(header, start, length).replace(/\0.*$/s, '').trim();
  const value =
    (first & 0x80) === 0
      ? Number.parseInt(/^[0-7]*$/.test(text) ? text || '0' : 'x', 8)
      : field.reduce((sum, byte, index) => sum * 256 + (index === 0 ? byte & 0x7f : byte), 0);
  if (!Number.isSafeInteger(value)) throw new ArchiveError('INVALID', 'a number in it cannot be read');
  return value;
}

function isExtension(type: string): boolean {
  return ['x', 'g', 'L', 'K'].includes(type);
}

function extensionOf(type: string, body: Uint8Array): Extension {
  if (body.length > MAX_EXTENSION) throw new ArchiveError('TOO_LARGE', 'a name in it is longer than any path');
  if (type === 'L') return { path: textOf(body).replace(/\0+$/, '') };
  if (type === 'K') return { linkpath: textOf(body).replace(/\0+$/, '') };
  const records = paxRecords(body);
  const known = ['path', 'linkpath', 'size'].filter((key) => records.has(key));
  const isSparse = [...records.keys()].some((key) => key.startsWith('GNU.sparse.'));
  // Some readers keep a global record for all entries, some for none.
  const isGlobal = type === 'g' && known.length > 0;
  if (isSparse || isGlobal || !/^\d{0,15}$/.test(records.get('size') ?? ''))
    throw new ArchiveError(
      'INVALID',
      'it has records that readers understand differently; pack it with a current tool',
    );
  return Object.fromEntries(known.map((key) => [key, key === 'size' ? Number(records.get(key)) : records.get(key)]));
}

/** `<length> <key>=<value>\n`, the length that of the whole record in bytes. */
function paxRecords(body: Uint8Array): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < body.length; ) {
    const [prefix = '', digits] = /^([0-9]{1,6}) /.exec(ascii(body, at, 8)) ?? [];
    const end = at + Number(digits);
    const record = textOf(body.subarray(at + prefix.length, end));
    const equals = record.indexOf('=');
    const isWhole = end <= body.length && record.endsWith('\n') && equals > 0;
    if (!isWhole || record.includes('\0')) throw new ArchiveError('INVALID', 'an extended header in it cannot be read');
    records.set(record.slice(0, equals), record.slice(equals + 1, -1));
    at = end;
  }
  return records;
}

const TYPES: Readonly<Record<string, TarEntry['type']>> = { '0': 'file', '\0': 'file', '2': 'link', '5': 'folder' };
const FORBIDDEN: Readonly<Record<string, string>> = {
  '1': 'a hard link',
  '3': 'a device',
  '4': 'a device',
  '6': 'a named pipe',
  S: 'a sparse file',
};

function entryOf(
  type: string,
  header: Uint8Array,
  { extension, body }: { readonly extension: Extension; readonly body: Uint8Array },
): TarEntry {
  const name = extension.path ?? nameIn(header);
  const kind = kindOf(type, name);
  const target = kind === 'link' ? (extension.linkpath ?? fieldAt(header, 157, 100)) : '';
  if (kind !== 'file' && body.length > 0)
    throw new ArchiveError('INVALID', `${JSON.stringify(name.slice(0, 200))} is no file, but has bytes`);
  return { name, type: kind, isExecutable: (numberAt(header, 100, 8) & 0o100) !== 0, target, bytes: body };
}

function kindOf(type: string, name: string): TarEntry['type'] {
  const kind = TYPES[type];
  // The oldest form marks a folder by the end of its name.
  if (kind !== undefined) return kind === 'file' && name.endsWith('/') ? 'folder' : kind;
  const what = FORBIDDEN[type] ?? 'of a type that not every reader knows';
  throw new ArchiveError('INVALID', `${JSON.stringify(name.slice(0, 200))} is ${what}; pack files and folders alone`);
}

/** Only in the standard form has a name a first part of its own; in GNU's these bytes are something else. */
function nameIn(header: Uint8Array): string {
  const prefix = ascii(header, 257, 6) === 'ustar\0' ? fieldAt(header, 345, 155) : '';
  const name = fieldAt(header, 0, 100);
  return prefix === '' ? name : `${prefix}/${name}`;
}

function fieldAt(header: Uint8Array, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return textOf(end < 0 ? field : field.subarray(0, end));
}

function ascii(bytes: Uint8Array, start: number, length: number): string {
  return Buffer.from(bytes.subarray(start, start + length)).toString('latin1');
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ArchiveError('INVALID', 'a name in it is no UTF-8');
  }
}

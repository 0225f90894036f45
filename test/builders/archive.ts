import { gzipSync } from 'node:zlib';

export interface ArchiveEntry {
  readonly name: string;
  readonly text?: string | Uint8Array;
  /** Type flag of tar: 0 file, 1 hard link, 2 symbolic link, 5 folder, … */
  readonly type?: string;
  readonly target?: string;
  readonly mode?: number;
  /** What the header says, whatever is true. */
  readonly size?: number;
}

const BLOCK = 512;

function field(header: Buffer, text: string, [start, length]: readonly [number, number]): void {
  header.write(text.slice(0, length), start, 'latin1');
}

/** One header in the standard form, with its sum. */
export function tarHeader({ name, text = '', type = '0', target = '', mode = 0o644, size }: ArchiveEntry): Buffer {
  const header = Buffer.alloc(BLOCK);
  field(header, Buffer.from(name).toString('latin1'), [0, 100]);
  field(header, mode.toString(8).padStart(7, '0'), [100, 8]);
  field(header, (size ?? Buffer.from(text).length).toString(8).padStart(11, '0'), [124, 12]);
  field(header, type, [156, 1]);
  field(header, target, [157, 100]);
  field(header, 'ustar\u000000', [257, 8]);
  return withSum(header);
}

export function withSum(header: Buffer): Buffer {
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  field(header, `${sum.toString(8).padStart(6, '0')}\0 `, [148, 8]);
  return header;
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)]);
}

/** A tar archive, byte for byte as it is told: `aTar([{ name: 'shop/Chart.yaml', text: '…' }])`. */
export function aTar(entries: readonly ArchiveEntry[]): Buffer {
  const parts = entries.flatMap((entry) => [tarHeader(entry), padded(Buffer.from(entry.text ?? ''))]);
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

/** A file by path and text, packed. */
export function aTgz(files: Readonly<Record<string, string>>): Buffer {
  return gzipSync(aTar(Object.entries(files).map(([name, text]) => ({ name, text }))));
}

/** An extended header of pax with these records, before the entry that it is about. */
export function pax(records: Readonly<Record<string, string>>, type = 'x'): ArchiveEntry {
  return {
    name: 'pax',
    type,
    text: Object.entries(records)
      .map(([key, value]) => record(` ${key}=${value}\n`))
      .join(''),
  };
}

function record(rest: string): string {
  const bytes = Buffer.byteLength(rest);
  const digits = [1, 2, 3, 4].find((count) => String(bytes + count).length === count) ?? 0;
  return `${bytes + digits}${rest}`;
}

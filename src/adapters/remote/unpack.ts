import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { folderOf, foldersAbove, joinPath, normalPath } from '../../model/path.ts';
import { MODES } from '../../model/tree.ts';
import { RemoteError } from '../../ports/remote.ts';
import type { SourceTree } from '../../ports/source-tree.ts';
import { type BytesEntry, bytesTree } from './bytes-tree.ts';
import { ArchiveError, type TarEntry, tarEntries } from './tar.ts';

export interface UnpackOptions {
  /** What it is called in a sentence. */
  readonly name: string;
  /** A chart lies in one folder, which is left out; it has no links. */
  readonly content: 'chart' | 'artifact';
  readonly limits?: UnpackLimits | undefined;
}

export interface UnpackLimits {
  readonly maxBytes: number;
  readonly maxEntries: number;
  /** Bytes out of one byte in; below `freeBytes` nobody asks. */
  readonly maxRatio: number;
  readonly freeBytes: number;
  readonly maxDepth: number;
}

/**
 * Helm and Flux stop at 100 MiB (MaxDecompressedChartSize, DefaultMaxUntarSize); the largest public GitOps repositories have some
 * ten thousand files; YAML that repeats itself packs by a hundred.
 */
export const UNPACK_LIMITS: UnpackLimits = {
  maxBytes: 100 * 1024 * 1024,
  maxEntries: 50_000,
  maxRatio: 200,
  freeBytes: 10 * 1024 * 1024,
  maxDepth: 64,
};

const MAX_NAME = 1024;
const inflate = promisify(gunzip);

/** Archive formats by their first bytes: gzip, or none. */
const GZIP = [0x1f, 0x8b];

/**
 * An archive as a tree, in memory and without believing it (A12): nothing leaves the tree, nothing is written twice, and everything
 * has an end. Throws RemoteError (`INVALID`, `TOO_LARGE`).
 */
export async function unpack(
  archive: Uint8Array,
  { name, content, limits = UNPACK_LIMITS }: UnpackOptions,
): Promise<SourceTree> {
  try {
    const files = filesIn(await inflated(archive, limits), limits);
    return bytesTree(content === 'chart' ? withoutFolder(files) : files);
  } catch (cause) {
    if (!(cause instanceof ArchiveError)) throw cause;
    throw new RemoteError(cause.code, `the archive ${name} is not used: ${cause.message}`, { cause });
  }
}

async function inflated(archive: Uint8Array, { maxBytes, maxRatio, freeBytes }: UnpackLimits): Promise<Uint8Array> {
  if (!GZIP.every((byte, index) => archive[index] === byte)) {
    if (archive.length > maxBytes) throw tooLarge(maxBytes);
    return archive;
  }
  const most = Math.min(maxBytes, Math.max(freeBytes, archive.length * maxRatio));
  try {
    return await inflate(archive, { maxOutputLength: most });
  } catch (cause) {
    const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : '';
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(most);
    throw new ArchiveError('INVALID', 'it is damaged: what is packed with gzip does not unpack', { cause });
  }
}

function tooLarge(most: number): ArchiveError {
  return new ArchiveError('TOO_LARGE', `unpacked it has more than ${most} bytes; make it smaller`);
}

function filesIn(archive: Uint8Array, { maxEntries, maxDepth }: UnpackLimits): readonly BytesEntry[] {
  const files = new Map<string, BytesEntry>();
  const folders = new Set<string>();
  let count = 0;
  for (const entry of tarEntries(archive)) {
    count += 1;
    if (count > maxEntries) throw new ArchiveError('TOO_LARGE', `it has more than ${maxEntries} entries`);
    const path = pathOf(entry.name, maxDepth);
    if (entry.type === 'folder') folders.add(path);
    else if (files.has(path)) throw new ArchiveError('INVALID', `${JSON.stringify(path)} is in it twice`);
    else files.set(path, { path, ...contentOf(entry, path) });
  }
  for (const path of files.keys()) assertFolders(folderOf(path), files);
  for (const path of folders) assertFolders(path, files);
  return [...files.values()];
}

/** The path below the root. What climbs, starts at a root, or is read differently on Windows is no path of an archive. */
function pathOf(name: string, maxDepth: number): string {
  const shown = JSON.stringify(name.slice(0, 200));
  const isHostile = name.startsWith('/') || name.split('/').includes('..') || /[\\\p{Cc}]|^[a-z]:/iu.test(name);
  if (isHostile)
    throw new ArchiveError('INVALID', `${shown} is no path inside it; pack it without absolute paths and ".."`);
  const path = normalPath(name) ?? '';
  if (name.length > MAX_NAME || path.split('/').length > maxDepth)
    throw new ArchiveError('TOO_LARGE', `${shown} is too long or too deep`);
  return path;
}

function contentOf({ type, isExecutable, target, bytes }: TarEntry, path: string): Omit<BytesEntry, 'path'> {
  if (path === '') throw new ArchiveError('INVALID', 'a file in it has no name');
  if (type !== 'link') return { mode: isExecutable ? MODES.executable : MODES.file, bytes };
  assertInside(target, path);
  return { mode: MODES.link, bytes: new Uint8Array(Buffer.from(target)) };
}

/** `..` only at the beginning: behind a name, which may be a link itself, it leads where no reader of the text can tell. */
function assertInside(target: string, path: string): void {
  const parts = target.split('/');
  const name = parts.findIndex((part) => !['', '.', '..'].includes(part));
  const climbsLater = name >= 0 && parts.includes('..', name);
  const leaves = target === '' || target.startsWith('/') || normalPath(joinPath(folderOf(path), target)) === undefined;
  if (leaves || climbsLater || target.length > MAX_NAME || /[\\\p{Cc}]/u.test(target))
    throw new ArchiveError('INVALID', `the link ${JSON.stringify(path)} leads out of it; pack the file itself`);
}

function assertFolders(path: string, files: ReadonlyMap<string, BytesEntry>): void {
  const blocked = foldersAbove(path).find((folder) => files.has(folder));
  if (blocked !== undefined)
    throw new ArchiveError('INVALID', `${JSON.stringify(blocked)} is a file or a link in it, and a folder as well`);
}

/** https://github.com/helm/helm/blob/v4.3.1/pkg/chart/loader/archive/archive.go takes off the first folder, whatever its name (A7). */
function withoutFolder(files: readonly BytesEntry[]): readonly BytesEntry[] {
  const [first] = files;
  const folder = first?.path.split('/', 1)[0] ?? '';
  const stray = files.find(({ path }) => !path.startsWith(`${folder}/`));
  const link = files.find(({ mode }) => mode === MODES.link);
  if (link !== undefined)
    throw new ArchiveError('INVALID', `${JSON.stringify(link.path)} is a link; a packed chart has files alone`);
  if (stray !== undefined || !files.some(({ path }) => path === `${folder}/Chart.yaml`))
    throw new ArchiveError(
      'INVALID',
      'it is no chart: one folder with a Chart.yaml in it; pack it with "helm package"',
    );
  return files.map((file) => ({ ...file, path: file.path.slice(folder.length + 1) }));
}

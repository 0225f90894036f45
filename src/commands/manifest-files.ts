import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { type Oid, parseOid } from '../model/ids.ts';
import { MODES } from '../model/tree.ts';
import type { SourceTree } from '../ports/source-tree.ts';
import { type Io, UsageError } from './command.ts';

const STDIN = 'stdin.yaml';

async function filesBelow(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const names = await readdir(path, { recursive: true, withFileTypes: true });
  return names
    .filter((entry) => entry.isFile() && /\.(ya?ml|json)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The name under which a file is shown: as the user would type it, never above where they stand. */
function shownName(file: string, cwd: string): string {
  const name = relative(cwd, file);
  return name.startsWith('..') ? file.replace(/^\/+/, '') : name;
}

async function contentsOf(paths: readonly string[], io: Io): Promise<ReadonlyMap<string, Buffer>> {
  const contents = new Map<string, Buffer>();
  for (const path of paths) {
    if (path === '-') {
      contents.set(STDIN, Buffer.from(await io.stdin()));
      continue;
    }
    const full = isAbsolute(path) ? path : join(io.cwd, path);
    const files = await filesBelow(full).catch(() => {
      throw new UsageError(`${path} cannot be read; name a file or a folder of manifests`);
    });
    for (const file of files) contents.set(shownName(file, io.cwd), await readFile(file));
  }
  return contents;
}

/** Files of the user as a tree, so that the same reader as everywhere parses them. Throws UsageError. */
export async function manifestTree(paths: readonly string[], io: Io): Promise<SourceTree> {
  const contents = await contentsOf(paths, io);
  const blobs = new Map<Oid, Buffer>();
  const entries = [...contents]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, bytes]) => {
      const oid = parseOid(createHash('sha256').update(bytes).digest('hex'));
      blobs.set(oid, bytes);
      return { path, mode: MODES.file, oid };
    });
  const id = createHash('sha256').update(JSON.stringify(entries)).digest('hex');
  const read = (oid: Oid) => Promise.resolve(blobs.get(oid) ?? Buffer.alloc(0));
  return { id, entries, read };
}

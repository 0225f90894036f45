import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RepositoryError } from '../../ports/repository.ts';
import type { ToolResult } from '../../ports/tool-runner.ts';
import { call, type Git, type GitCall } from './call.ts';

const WATCH_MS = 500;

/** Old histories have these; they do no harm, and GitHub takes them. https://git-scm.com/docs/git-fsck#_fsck_messages */
const TOLERATED = [
  'missingSpaceBeforeDate',
  'zeroPaddedFilemode',
  'badTimezone',
  'zeroPaddedDate',
  'missingSpaceBeforeEmail',
];

export const FETCH =
  'fetch --quiet --no-progress --force --no-tags --no-recurse-submodules --no-write-fetch-head --no-auto-maintenance'.split(
    ' ',
  );

/** Every object is checked, and nobody is followed elsewhere. */
export const FETCH_SETTINGS: readonly string[] = [
  'transfer.fsckObjects=true',
  ...TOLERATED.map((message) => `fetch.fsck.${message}=ignore`),
  // Always as a pack, which can be watched as it grows.
  'fetch.unpackLimit=1',
  'http.followRedirects=false',
];

/** The same leniency for what is checked again later. */
export const FSCK_SETTINGS: readonly string[] = TOLERATED.map((message) => `fsck.${message}=ignore`);

/**
 * git has no limit for what it fetches: the folder is watched, and measured once more at the end. Hands back the result, whatever its
 * status. Throws RepositoryError; of what was `TOO_LARGE` nothing is left.
 */
export async function fetchBounded(
  git: Git,
  asked: GitCall,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<ToolResult> {
  const into = asked.gitDir;
  const stop = new AbortController();
  const watch = setInterval(() => {
    void packedBytes(into).then((bytes) => (bytes > maxBytes ? stop.abort(tooLarge(maxBytes)) : undefined));
  }, WATCH_MS);
  try {
    const result = await call(git, asked, AbortSignal.any([stop.signal, ...(signal === undefined ? [] : [signal])]));
    if (result.status === 0 && (await packedBytes(into)) > maxBytes) throw tooLarge(maxBytes);
    return result;
  } catch (error) {
    if (error instanceof RepositoryError && error.code === 'TOO_LARGE')
      await rm(into, { recursive: true, force: true });
    throw error;
  } finally {
    clearInterval(watch);
  }
}

export async function packedBytes(into: string): Promise<number> {
  const folder = join(into, 'objects', 'pack');
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function tooLarge(maxBytes: number): RepositoryError {
  return new RepositoryError('TOO_LARGE', `the repository is larger than the ${maxBytes} bytes that presync fetches`);
}

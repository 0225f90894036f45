import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check } from '../../src/commands/check.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import { anIo } from '../../test/fakes/io.ts';
import { type Corpus, CORPORA, type Pair } from './pairs.ts';

export const TEST_DATA = join(
  process.env['PRESYNC_TEST_DATA'] ?? join(import.meta.dirname, '..', '..', '..', 'shared'),
  'corpora',
);

export function isThere(): boolean {
  return CORPORA.every(({ bundle }) => existsSync(join(TEST_DATA, bundle)));
}

/** Bare clones of the bundles, in a folder of their own. */
export interface Clones {
  readonly folder: string;
  commit(corpus: Corpus, pair: Pair, side: 'base' | 'head'): string;
  remove(): void;
}

export function cloneAll(): Clones {
  const folder = mkdtempSync(join(tmpdir(), 'presync-corpora-'));
  const env = {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
  };
  const git = (cwd: string, ...args: readonly string[]) =>
    execFileSync('git', args, { cwd, env, encoding: 'utf8', stdio: 'pipe' }).trim();
  for (const { bundle, prefix } of CORPORA) git(folder, 'clone', '--quiet', '--bare', join(TEST_DATA, bundle), prefix);
  return {
    folder,
    commit: ({ prefix }, { number }, side) => git(join(folder, prefix), 'rev-parse', `${prefix}/${number}/${side}`),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export interface Checked {
  readonly status: number;
  readonly output: string;
  readonly verdict: Verdict;
}

/** `presync check --offline --format json` on one pair, as a user would call it. */
export async function checkPair(
  clones: Clones,
  { prefix, origin, baseBranch }: Corpus,
  { number }: Pair,
): Promise<Checked> {
  const io = anIo({ cwd: clones.folder });
  const refs = ['--base', `${prefix}/${number}/base`, '--head', `${prefix}/${number}/head`];
  const about = ['--repo', prefix, '--repo-url', origin, '--base-branch', baseBranch];
  const status = await check.run([...about, ...refs, '--offline', '--format', 'json'], io);
  const { stdout } = io.told;
  return { status, output: stdout, verdict: JSON.parse(stdout) };
}

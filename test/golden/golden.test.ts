import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '../../src/adapters/clock/system-clock.ts';
import { engineOf } from '../../src/adapters/engine/engine-pool.ts';
import { engineBinary } from '../../src/commands/engine-binary.ts';
import { cachedEngine } from '../../src/adapters/engine/render-cache.ts';
import { openRepository } from '../../src/adapters/git/repository.ts';
import { toolRunner } from '../../src/adapters/process/tool-runner.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import { validate } from '../../src/pipeline/validate.ts';
import type { Engine } from '../../src/ports/engine.ts';
import { aCache } from '../builders/cache.ts';

const HERE = import.meta.dirname;
const UPDATE = process.env['PRESYNC_UPDATE_GOLDEN'] === '1';
const cases = (await readdir(HERE, { withFileTypes: true }))
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

const git = (folder: string, ...args: readonly string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
  }).trim();

/** One commit of a state of the case on a branch of its own. */
async function commitState(repository: string, state: string, branch: string, from?: string): Promise<void> {
  git(repository, 'checkout', '--quiet', ...(from === undefined ? ['--orphan', branch] : ['-B', branch, from]));
  git(repository, 'rm', '-r', '--quiet', '--force', '--ignore-unmatch', '.');
  await cp(state, repository, { recursive: true });
  git(repository, 'add', '--all', '--force');
  git(repository, 'commit', '--quiet', '--allow-empty', '-m', branch);
}

/** fork is where base and head parted; without one the head started from the base. */
async function build(name: string): Promise<string> {
  const folder = join(HERE, name);
  const repository = await mkdtemp(join(tmpdir(), 'presync-golden-'));
  git(repository, 'init', '--quiet');
  const states = await readdir(folder);
  if (states.includes('fork')) await commitState(repository, join(folder, 'fork'), 'fork');
  await commitState(repository, join(folder, 'base'), 'main', states.includes('fork') ? 'fork' : undefined);
  await commitState(repository, join(folder, 'head'), 'change', states.includes('fork') ? 'fork' : 'main');
  return repository;
}

/** What the case is about: no commit ids, versions or times. */
function essence({ conclusion, apps, changes, checks, findings, images, notes }: Verdict) {
  const told = findings.map((finding) => ({ ...finding, why: undefined, fix: undefined }));
  return { conclusion, notes, checks, apps, changes, findings: told, images };
}

let engine: Engine;
beforeAll(async () => {
  engine = engineOf({ runner: toolRunner(), binary: engineBinary(), processes: 1 });
}, 60_000);
afterAll(() => engine.close());

test.each(cases)(
  '%s',
  async (name) => {
    const folder = await build(name);
    const repository = await openRepository(toolRunner(), folder);
    try {
      const [base, head] = [await repository.resolve('main'), await repository.resolve('change')];
      const input = { base, head, baseBranch: 'main', repositoryUrls: ['https://github.com/acme/clusters'] };
      const ports = { repository, engine: cachedEngine(engine, { cache: aCache(), build: '' }), clock: systemClock() };
      const verdict = await validate(input, ports, AbortSignal.any([]));
      const actual = `${JSON.stringify(essence(verdict), null, 2)}\n`;
      const file = join(HERE, name, 'expected.json');
      if (UPDATE) await writeFile(file, actual);
      expect(JSON.parse(actual)).toEqual(JSON.parse(await readFile(file, 'utf8')));
      expect(actual).not.toContain('CANARY');
    } finally {
      await repository.close();
      await rm(folder, { recursive: true });
    }
  },
  60_000,
);

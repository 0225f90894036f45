import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openRepository } from '../../src/adapters/git/repository.ts';
import { toolRunner } from '../../src/adapters/process/tool-runner.ts';
import type { SourceTree } from '../../src/ports/source-tree.ts';

/** A repository of the test data at one commit: as a tree, and checked out for programs that read folders. */
export interface Corpus {
  readonly folder: string;
  readonly tree: SourceTree;
  close(): Promise<void>;
}

const NAMES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

export async function openCorpus(bundle: string, ref: string, folder: string): Promise<Corpus> {
  if (!existsSync(bundle))
    throw new Error(`${bundle} is not there; say where the test data lies with PRESYNC_TEST_DATA`);
  await rm(folder, { recursive: true, force: true });
  await git('/', ['clone', '--quiet', '--branch', ref, bundle, folder]);
  const repository = await openRepository(toolRunner(), folder);
  const tree = await repository.tree(await repository.resolve('HEAD'));
  return { folder, tree, close: () => repository.close() };
}

async function git(cwd: string, args: readonly string[]): Promise<void> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' };
  const { status, stderr } = await toolRunner().run({
    program: 'git',
    args,
    cwd,
    env,
    timeoutMs: 120_000,
    maxOutputBytes: 1 << 20,
  });
  if (status !== 0) throw new Error(`git ${args[0] ?? ''}: ${stderr}`);
}

/** Every folder with a kustomization; components are no roots. */
export async function kustomizeRoots({ tree }: Corpus): Promise<readonly string[]> {
  const roots = new Set<string>();
  for (const { path, mode, oid } of tree.entries) {
    if (!mode.startsWith('100') || !NAMES.some((name) => path === name || path.endsWith(`/${name}`))) continue;
    const text = new TextDecoder().decode(await tree.read(oid));
    if (!/^kind:\s*["']?Component\b/m.test(text)) roots.add(dirname(path));
  }
  return [...roots].toSorted();
}

export function folderOf({ folder }: Corpus, root: string): string {
  return join(folder, root);
}

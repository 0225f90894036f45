import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Verdict } from '../../src/model/verdict.ts';
import { aGitRepository } from '../builders/git-repository.ts';
import { type Files, OWN_URL } from '../builders/manifests.ts';
import type { RegistryStandIn } from '../standin/registry/registry.ts';

const ROOT = join(import.meta.dirname, '..', '..');
export const TIMEOUT_MS = 120_000;

/** Where images of ghcr.io lie, and whom to trust: `root.json` in the folder. */
interface ImageWorld {
  readonly folder?: string;
  readonly registry?: RegistryStandIn;
  /** Names of ghcr.io that the stand-in mirrors. */
  readonly names: readonly string[];
}

/** What `presync check` itself says of the change from some files to others, in a real repository. */
export async function checkProgram(
  { folder = '', registry, names }: ImageWorld,
  base: Files,
  head: Files,
): Promise<Verdict> {
  const repository = aGitRepository([
    { name: 'main', files: base },
    { name: 'change', files: head, parents: ['main'] },
  ]);
  const env = {
    PATH: process.env['PATH'],
    XDG_CACHE_HOME: join(folder, 'cache'),
    PRESYNC_PRIVATE_HOSTS: registry?.origin,
    PRESYNC_REGISTRY_MIRRORS: names.map((name) => `${name}=${registry?.host}/ghcr.io`).join(','),
    PRESYNC_TRUSTED_ROOTS: join(folder, 'root.json'),
  };
  const where = ['--repo', repository.folder, '--base', 'main', '--head', 'change', '--base-branch', 'main'];
  const args = [join(ROOT, 'src', 'main.ts'), 'check', ...where, '--repo-url', OWN_URL, '--format', 'json'];
  const out = await new Promise<string>((resolve) => {
    execFile(process.execPath, args, { env, timeout: TIMEOUT_MS }, (_error, text) => resolve(text));
  });
  repository.remove();
  return JSON.parse(out) as Verdict;
}

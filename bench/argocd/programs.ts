import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildKustomize, ENGINE } from '../render/sides.ts';

const BIN = join(ENGINE, 'bin', 'argocd');
const GO = join(ENGINE, '..', 'scripts', 'go.mjs');

/**
 * A folder with what a repo server has on its PATH, and the repo server's code behind stdin. A module of its own, made from the
 * engine's go.mod, so that both sides link the same versions and the engine's own module stays as it is.
 */
export function buildPrograms(): string {
  mkdirSync(BIN, { recursive: true });
  copyFileSync(buildKustomize(), join(BIN, 'kustomize'));
  copyFileSync(join(import.meta.dirname, 'main.go'), join(BIN, 'main.go'));
  const module = readFileSync(join(ENGINE, 'go.mod'), 'utf8');
  writeFileSync(join(BIN, 'go.mod'), module.replace(/^module .*/m, 'module presync.dev/bench/argocd'));
  if (!existsSync(join(BIN, 'go.sum'))) copyFileSync(join(ENGINE, 'go.sum'), join(BIN, 'go.sum'));
  go('build', '-C', BIN, '-mod=mod', '-o', join(BIN, 'argocd'), '.');
  // Charts can see the version, which releases of Helm get from the linker.
  const version = go('list', '-C', BIN, '-m', '-f', '{{.Version}}', 'helm.sh/helm/v4').trim();
  const stamped = `-X helm.sh/helm/v4/internal/version.version=${version}`;
  go('build', '-C', BIN, '-mod=mod', '-ldflags', stamped, '-o', join(BIN, 'helm'), 'helm.sh/helm/v4/cmd/helm');
  return BIN;
}

/** Where Go keeps the test data of the Argo CD that the engine links. */
export function upstreamFolder(): string {
  const module = go('list', '-C', ENGINE, '-m', '-f', '{{.Dir}}', 'github.com/argoproj/argo-cd/v3').trim();
  return join(module, 'reposerver', 'repository', 'testdata');
}

function go(...args: readonly string[]): string {
  return execFileSync(process.execPath, [GO, ...args], { stdio: ['ignore', 'pipe', 2] }).toString();
}

import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { JsonObject } from '../../src/model/json.ts';
import { remotesOf } from '../../src/pipeline/remotes.ts';
import { renderAll } from '../../src/pipeline/render-all.ts';
import type { Engine, EngineRequest } from '../../src/ports/engine.ts';
import type { SourceTree } from '../../src/ports/source-tree.ts';
import { OWN_URL } from '../../test/builders/manifests.ts';
import { aRemote } from '../../test/fakes/remote.ts';
import { aRepository } from '../../test/fakes/repository.ts';
import { aTree } from '../../test/fakes/source-tree.ts';
import { ARGOCD_SETS } from '../../test/features/argocd-sets.ts';
import { ARGOCD_SOURCES } from '../../test/features/argocd-sources.ts';
import { ARGOCD_TOOLS } from '../../test/features/argocd-tools.ts';
import type { Feature } from '../../test/features/feature.ts';

const never = new AbortController().signal;

/** One source as the engine is asked for it, and what came of it. */
export interface Case {
  readonly name: string;
  readonly tree: SourceTree;
  readonly input: JsonObject;
  readonly ours: Rendered;
}
export type Rendered = { readonly objects: readonly unknown[] } | { readonly failed: string };

export interface Cases {
  readonly cases: readonly Case[];
  /** Sources that need what is not on disk: other repositories, other sources, stand-ins for plugins. */
  readonly leftOut: readonly string[];
}

/** Every source that the features of docs/rendering.md make presync render. */
export async function featureCases(engine: Engine): Promise<Cases> {
  const cases: Case[] = [];
  const leftOut: string[] = [];
  for (const feature of [...ARGOCD_SOURCES, ...ARGOCD_TOOLS, ...ARGOCD_SETS]) {
    await listen(engine, feature, (name, request, ours) => {
      const tree = request.mounts.length === 1 ? request.mounts[0]?.tree : undefined;
      if (ours === undefined || tree === undefined || !isAlone(request.input)) leftOut.push(name);
      else cases.push({ name, tree, input: request.input, ours });
    });
  }
  return { cases, leftOut };
}

function isAlone({ refs, plugins, source }: JsonObject): boolean {
  const text = JSON.stringify([refs, plugins, source]);
  return !text.includes('"at":') && !text.includes('"plugin":');
}

type Heard = (name: string, request: EngineRequest, ours: Rendered | undefined) => void;

async function listen(engine: Engine, { name, files, elsewhere = {} }: Feature, heard: Heard): Promise<void> {
  const listening: Engine = {
    ...engine,
    async run(request, signal) {
      let wanted = 0;
      const { bring } = request;
      const counted: EngineRequest = bring
        ? { ...request, bring: (wants, until) => ((wanted += wants.length), bring(wants, until)) }
        : request;
      const running = engine.run(counted, signal);
      const [ended] = await Promise.allSettled([running]);
      if (request.operation === 'argocd.source') heard(name, request, wanted > 0 ? undefined : renderedOf(ended));
      return running;
    },
  };
  const repository = aRepository([{ name: 'main', files }]);
  const commit = await repository.resolve('main');
  const input = { commit, baseBranch: 'main', repositoryUrls: [OWN_URL], only: [] };
  await renderAll(input, { repository, engine: listening, remotes: remotesOf(aRemote(elsewhere), []) }, never);
}

function renderedOf(ended: PromiseSettledResult<Awaited<ReturnType<Engine['run']>>>): Rendered {
  if (ended.status === 'rejected') return { failed: String(ended.reason) };
  return { objects: ended.value.objects.map(({ manifest }) => manifest) };
}

/**
 * The folders of test data that Argo CD ships beside its repo server, in one repository as they lie there, so that charts find their
 * neighbours: each by the tool that its files ask for, and as a folder with all below it.
 */
export async function upstreamCases(engine: Engine, folder: string): Promise<readonly Case[]> {
  const cases: Case[] = [];
  const files = filesBelow(folder);
  const tree = aTree(files);
  for (const path of [...new Set(Object.keys(files).map((file) => file.split('/')[0] ?? ''))].toSorted()) {
    for (const [how, more] of Object.entries({ detected: {}, folder: { directory: { recurse: true, jsonnet: {} } } })) {
      const input = upstreamInput({ path, ...more });
      const [ended] = await Promise.allSettled([
        engine.run({ operation: 'argocd.source', mounts: [{ at: '/', tree }], input }, never),
      ]);
      cases.push({ name: `${path}, ${how}`, tree, input, ours: renderedOf(ended) });
    }
  }
  return cases;
}

function upstreamInput(more: JsonObject): JsonObject {
  return {
    source: { repoURL: OWN_URL, targetRevision: 'main', ...more },
    app: { name: 'shop', namespace: 'argocd', project: 'default' },
    controllerNamespace: 'argocd',
    destination: { namespace: 'shop' },
    kubeVersion: '1.34.0',
    apiVersions: ['v1', 'apps/v1'],
  };
}

function filesBelow(folder: string): Readonly<Record<string, Uint8Array>> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.map((path) => [relative(folder, path), new Uint8Array(readFileSync(path))]));
}

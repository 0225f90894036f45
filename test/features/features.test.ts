import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { engineOf } from '../../src/adapters/engine/engine-pool.ts';
import { toolRunner } from '../../src/adapters/process/tool-runner.ts';
import { engineBinary } from '../../src/commands/engine-binary.ts';
import { isObject, type JsonObject, objectAt, textAt, valueAt } from '../../src/model/json.ts';
import type { RenderedApp, RenderReport } from '../../src/model/render-report.ts';
import { remotesOf } from '../../src/pipeline/remotes.ts';
import { renderAll } from '../../src/pipeline/render-all.ts';
import type { Engine } from '../../src/ports/engine.ts';
import { OWN_URL } from '../builders/manifests.ts';
import { aRemote } from '../fakes/remote.ts';
import { aRepository } from '../fakes/repository.ts';
import { ARGOCD_SETS } from './argocd-sets.ts';
import { ARGOCD_SOURCES } from './argocd-sources.ts';
import { ARGOCD_TOOLS } from './argocd-tools.ts';
import type { Feature } from './feature.ts';
import { FLUX, RELEASES } from './flux.ts';

const FEATURES: readonly Feature[] = [...ARGOCD_SOURCES, ...ARGOCD_TOOLS, ...ARGOCD_SETS, ...FLUX, ...RELEASES];
const never = new AbortController().signal;

let engine: Engine;
beforeAll(() => {
  engine = engineOf({ runner: toolRunner(), binary: engineBinary(), processes: 1 });
});
afterAll(() => engine.close());

async function report({ files, elsewhere = {} }: Feature): Promise<RenderReport> {
  const repository = aRepository([{ name: 'main', files }]);
  const commit = await repository.resolve('main');
  const input = { commit, baseBranch: 'main', repositoryUrls: [OWN_URL], only: [] };
  return renderAll(input, { repository, engine, remotes: remotesOf(aRemote(elsewhere), []) }, never);
}

/** `ConfigMap shop/config key=value`. */
function words(object: JsonObject): string {
  const metadata = objectAt(object, 'metadata');
  const [namespace, name] = [textAt(metadata, 'namespace'), textAt(metadata, 'name')];
  const data = textAt(object, 'kind') === 'ConfigMap' ? Object.entries(objectAt(object, 'data')) : [];
  const pairs = data
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => ` ${key}=${typeof value === 'string' ? value : ''}`);
  return `${textAt(object, 'kind')} ${namespace === '' ? '' : `${namespace}/`}${name}${pairs.join('')}`;
}

function named(apps: readonly RenderedApp[], name: string): RenderedApp | undefined {
  return apps.find((app) => app.name === name && !['KustomizeRoot', 'Chart', 'Manifests'].includes(app.kind));
}

function valuesOf({ apps }: RenderReport, feature: Feature): unknown {
  return Object.fromEntries(
    Object.entries(feature.values ?? {}).map(([place, pointers]) => {
      const [app = '', kind = '', name = ''] = place.split(/[ /]/);
      const objects = (named(apps, app)?.objects ?? []).map(({ manifest }) => manifest);
      const object = objects.find(
        (one) => textAt(one, 'kind') === kind && textAt(objectAt(one, 'metadata'), 'name') === name,
      );
      const found = Object.keys(pointers).map((at) => [at, isObject(object) ? valueAt(object, at) : 'no such object']);
      return [place, Object.fromEntries(found)];
    }),
  );
}

describe('what is supported, docs/rendering.md', () => {
  test.each(FEATURES.map((feature) => [feature.name, feature] as const))('%s', async (_, feature) => {
    const { renders = {}, errors = {}, values = {} } = feature;
    const told = await report(feature);
    const rendered = Object.keys(renders).map((name) => {
      const objects = named(told.apps, name)
        ?.objects.map(({ manifest }) => words(manifest))
        .toSorted();
      return [name, objects ?? told.errors];
    });
    expect(Object.fromEntries(rendered)).toEqual(
      Object.fromEntries(Object.entries(renders).map(([name, objects]) => [name, [...objects].toSorted()])),
    );
    const failed = Object.keys(errors).map((name) => [
      name,
      told.errors.find(({ app }) => app.endsWith(`/${name}`))?.reason ?? 'no error',
    ]);
    expect(Object.fromEntries(failed)).toEqual(
      Object.fromEntries(Object.entries(errors).map(([name, part]) => [name, expect.stringContaining(part)])),
    );
    const broken = new Set(told.errors.map(({ app }) => app.slice(app.lastIndexOf('/') + 1)));
    expect([...broken].toSorted()).toEqual(Object.keys(errors).toSorted());
    expect(valuesOf(told, feature)).toEqual(values);
  });

  test('the page names each of them, and no other', async () => {
    const page = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'rendering.md'), 'utf8');
    const tables = [...page.matchAll(/^\| feature \|.*\n\|---.*\n((?:\|.*\n)+)/gm)].map(([, rows = '']) => rows);
    const names = tables.flatMap((rows) => [...rows.matchAll(/^\| (.*?) \| /gm)].map(([, name]) => name));
    expect(names).toEqual(FEATURES.map(({ name }) => name));
  });

  test('each has a name of its own', () => {
    expect(new Set(FEATURES.map(({ name }) => name)).size).toBe(FEATURES.length);
  });
});

import { expect, test } from '@jest/globals';
import { aRun } from '../../test/builders/run.ts';
import { anAnswer, anEngine } from '../../test/fakes/engine.ts';
import { aTree } from '../../test/fakes/source-tree.ts';
import type { JsonObject } from '../model/json.ts';
import { objectAt, textAt } from '../model/json.ts';
import type { EngineRequest } from '../ports/engine.ts';
import { viewSide } from './side.ts';

const OWN = 'https://github.com/acme/clusters';

function anApplication(level: number): JsonObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: `level-${level}`, namespace: 'argocd' },
    spec: { source: { repoURL: OWN, path: `level-${level}` }, destination: { name: 'production' } },
  };
}

const given = (manifest: JsonObject, path: string) =>
  anAnswer({ objects: [{ manifest, origin: { path }, volatile: [] }] });

/** Each app brings the next one, without end or up to a depth. */
function anEndlessEngine(depth: number) {
  return anEngine({
    'yaml.parse': () => Promise.resolve(given(anApplication(0), 'root.yaml')),
    'argocd.source': ({ input }: EngineRequest) => {
      const level = Number(textAt(objectAt(input, 'source'), 'path').split('-')[1]);
      return Promise.resolve(level >= depth ? anAnswer() : given(anApplication(level + 1), `level-${level}/next.yaml`));
    },
  });
}

async function appsTo(depth: number) {
  const tree = aTree({ 'root.yaml': 'apiVersion: argoproj.io/v1alpha1' });
  const { apps } = await viewSide(tree, aRun({ engine: anEndlessEngine(depth) }));
  return [...apps.values()];
}

test('apps that come out of apps are found level by level', async () => {
  const apps = await appsTo(4);
  expect(apps.map(({ app }) => app.name)).toEqual(['level-0', 'level-1', 'level-2', 'level-3', 'level-4']);
  expect(apps.every(({ failure }) => failure === undefined)).toBe(true);
});

test('apps without end are an error of the last one, not a shorter answer', async () => {
  const apps = await appsTo(1_000_000);
  expect(apps.length).toBeLessThan(20);
  expect(apps.at(-1)?.failure).toMatchObject({
    code: 'limit',
    reason: expect.stringContaining('nested deeper than 10'),
  });
});

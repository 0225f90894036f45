import { describe, expect, test } from '@jest/globals';
import { aDefinition, aDiscoverContext, aPolicy } from '../../test/builders/discover.ts';
import { HERE } from '../model/content.ts';
import type { JsonObject } from '../model/json.ts';
import { applicationSet, isProject } from './application-set.ts';
import type { DiscoverContext } from './convention.ts';

const SPEC = { generators: [{ list: { elements: [] } }], template: {} };

function aSet(metadata: JsonObject = { name: 'shops', namespace: 'argocd' }): JsonObject {
  return { apiVersion: 'argoproj.io/v1alpha1', kind: 'ApplicationSet', metadata, spec: SPEC };
}

function aProject(name: string): JsonObject {
  return { apiVersion: 'argoproj.io/v1alpha1', kind: 'AppProject', metadata: { name } };
}

function inputOf(given: Partial<DiscoverContext> = {}): JsonObject {
  const { source } = applicationSet.toApp(aDefinition(aSet()), aDiscoverContext({}, given));
  return source.type === 'set' ? source.input : {};
}

test('a set is an app of no cluster, generated from the files of the side that is judged', () => {
  expect(applicationSet.toApp(aDefinition(aSet()), aDiscoverContext())).toMatchObject({
    id: 'ApplicationSet:/argocd/shops',
    path: '',
    source: { type: 'set', content: HERE },
  });
});

test('without a namespace it is where Argo CD runs', () => {
  const policy = aPolicy('argocd: { namespace: gitops }');
  const { id } = applicationSet.toApp(aDefinition(aSet({ name: 'shops' })), aDiscoverContext({}, { policy }));
  expect(id).toBe('ApplicationSet:/gitops/shops');
});

describe('what the engine is told', () => {
  test('the set as it is written, and the defaults of Argo CD', () => {
    expect(inputOf()).toEqual({
      applicationSet: aSet(),
      here: { urls: ['https://github.com/acme/clusters'] },
      clusters: [
        { name: 'in-cluster', server: 'https://kubernetes.default.svc', project: '', labels: {}, annotations: {} },
      ],
      samples: {},
      newGitFileGlobbing: false,
      applicationNamespace: 'argocd',
      projects: [],
    });
  });

  test('what policy says of them', () => {
    const policy = aPolicy(`
argocd:
  newGitFileGlobbing: true
  namespace: gitops
  generators: { scmProvider: [{ repository: web }], plugin: { mine: [{ a: 1 }] } }
`);
    expect(inputOf({ policy })).toMatchObject({
      samples: { scmProvider: [{ repository: 'web' }], plugin: { mine: [{ a: 1 }] } },
      newGitFileGlobbing: true,
      applicationNamespace: 'gitops',
    });
  });

  test('no sample where none is declared: that is another answer than an empty list', () => {
    expect(inputOf({ policy: aPolicy('argocd: { generators: { pullRequest: [] } }') })).toMatchObject({
      samples: { pullRequest: [] },
    });
    expect(Object.keys(inputOf()['samples'] as JsonObject)).toEqual([]);
  });

  test('the declared clusters with their facts, and that of Argo CD where none is it', () => {
    const more = 'labels: { env: production }, annotations: { a: b }, project: shop';
    const policy = aPolicy(`clusters: { production: { server: "https://prod.example", ${more} }, staging: {} }`);
    expect(inputOf({ policy })['clusters']).toEqual([
      {
        name: 'production',
        server: 'https://prod.example',
        project: 'shop',
        labels: { env: 'production' },
        annotations: { a: 'b' },
      },
      { name: 'staging', server: 'https://staging', project: '', labels: {}, annotations: {} },
      { name: 'in-cluster', server: 'https://kubernetes.default.svc', project: '', labels: {}, annotations: {} },
    ]);
  });

  test('no second cluster of Argo CD where one is declared to be it', () => {
    const policy = aPolicy('clusters: { production: { server: "https://kubernetes.default.svc" } }');
    expect(inputOf({ policy })['clusters']).toMatchObject([{ name: 'production' }]);
  });

  test('the projects of this side, each once', () => {
    const objects = [aProject('a'), aSet(), aProject('b'), aProject('a')];
    const definitions = objects.map((object) => aDefinition(object));
    expect(inputOf({ definitions })['projects']).toEqual([aProject('a'), aProject('b')]);
  });
});

test('a patch of a set, and a set of another group, are no apps', () => {
  expect(applicationSet.defines(aSet())).toBe(true);
  expect(applicationSet.defines({ ...aSet(), spec: { template: {} } })).toBe(false);
  expect(applicationSet.defines({ ...aSet(), apiVersion: 'acme.io/v1' })).toBe(false);
  expect(applicationSet.defines({ ...aSet(), kind: 'Application' })).toBe(false);
});

test('projects are those of Argo CD', () => {
  expect(isProject(aProject('a'))).toBe(true);
  expect(isProject({ ...aProject('a'), apiVersion: 'acme.io/v1' })).toBe(false);
  expect(isProject(aSet())).toBe(false);
});

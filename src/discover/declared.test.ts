import { expect, test } from '@jest/globals';
import { aDiscoverContext, aPolicy } from '../../test/builders/discover.ts';
import { HERE } from '../model/content.ts';
import { declaredDefinitions, THIS_REPOSITORY } from './declared.ts';
import { CONVENTIONS } from './index.ts';

const APP = 'name: shop, namespace: argocd, cluster: production, path: apps/shop';

/** The apps that stand for declarations. */
function apps(declarations: string) {
  const policy = aPolicy(`apps: [${declarations}]`);
  const context = aDiscoverContext({}, { policy, ownUrls: [THIS_REPOSITORY] });
  return declaredDefinitions(policy).flatMap((definition) =>
    CONVENTIONS.filter((one) => one.defines(definition.object)).map((one) => one.toApp(definition, context)),
  );
}

test('nothing is declared by default', () => {
  expect(declaredDefinitions(aPolicy(''))).toEqual([]);
});

test('a declared Application is an app of this repository in its cluster, with its options', () => {
  const more = 'targetNamespace: web, options: { kustomize: { namePrefix: a- } }';
  expect(apps(`{ kind: Application, ${APP}, ${more} }`)).toMatchObject([
    {
      id: 'Application:production/argocd/shop',
      path: 'apps/shop',
      definedIn: { file: '' },
      source: {
        type: 'argocd',
        content: HERE,
        input: { source: { path: 'apps/shop', kustomize: { namePrefix: 'a-' } }, destination: { namespace: 'web' } },
      },
    },
  ]);
});

test('a declared Kustomization of Flux is an app of this repository in its cluster, with its options', () => {
  const declaration = `{ kind: Kustomization, ${APP.replace('argocd', 'flux-system')}, targetNamespace: web, options: { prune: true } }`;
  expect(apps(declaration)).toMatchObject([
    {
      id: 'Kustomization:production/flux-system/shop',
      path: 'apps/shop',
      source: {
        type: 'flux',
        content: HERE,
        input: { kustomization: { spec: { path: 'apps/shop', prune: true, targetNamespace: 'web' } } },
      },
    },
  ]);
});

test.each<readonly [kind: string, options: string]>([
  ['Application', 'repoURL: "https://evil.example/x", path: other'],
  ['Kustomization', 'path: other, sourceRef: { kind: GitRepository, name: other }'],
])('options of an %s lead nowhere else', (kind, options) => {
  expect(apps(`{ kind: ${kind}, ${APP}, options: { ${options} } }`)).toMatchObject([
    { path: 'apps/shop', source: { content: HERE } },
  ]);
});

test('each has an id of its own', () => {
  const ids = apps(`{ kind: Application, ${APP} }, { kind: Application, ${APP.replace('production', 'staging')} }`);
  expect(ids.map(({ id }) => id)).toEqual(['Application:production/argocd/shop', 'Application:staging/argocd/shop']);
});

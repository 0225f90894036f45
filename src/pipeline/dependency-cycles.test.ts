import { expect, test } from '@jest/globals';
import { aPair, aRendered, anApp } from '../../test/builders/rendered.ts';
import { HERE } from '../model/content.ts';
import { type App, appId } from '../model/app.ts';
import { dependencyCycles } from './dependency-cycles.ts';
import type { Rendered } from './render-app.ts';
import type { SideView } from './side.ts';

function aKustomization(name: string, dependsOn: readonly string[], cluster = 'production'): App {
  const identity = { kind: 'Kustomization', name, namespace: 'flux-system', cluster } as const;
  const spec = { dependsOn: dependsOn.map((on) => ({ name: on })) };
  const definition = { metadata: { namespace: 'flux-system', name }, spec };
  const source = { type: 'flux', path: name, input: {}, content: HERE } as const;
  return { ...anApp(), id: appId(identity), ...identity, definition, source };
}

function cyclesOf(...apps: readonly App[]): readonly string[] {
  const rendered = apps.map((app): Rendered => ({ ...aRendered(), app }));
  const view = { apps: new Map(rendered.map((one) => [one.app.id, one])) } as unknown as SideView;
  const none = { apps: new Map() } as unknown as SideView;
  const pairs = rendered.map((merged) => ({ ...aPair({ merged }), id: merged.app.id }));
  return dependencyCycles(pairs, { base: none, merged: view }).map(({ message }) => message);
}

test.each<readonly [name: string, apps: readonly App[], messages: readonly string[]]>([
  ['a chain is none', [aKustomization('a', ['b']), aKustomization('b', ['c']), aKustomization('c', [])], []],
  [
    'two that wait for one another',
    [aKustomization('a', ['b']), aKustomization('b', ['a'])],
    [
      'it depends on itself: flux-system/a -> flux-system/b -> flux-system/a',
      'it depends on itself: flux-system/b -> flux-system/a -> flux-system/b',
    ],
  ],
  ['itself', [aKustomization('a', ['a'])], ['it depends on itself: flux-system/a -> flux-system/a']],
  [
    'who waits for a ring is not in it, and the search ends',
    [aKustomization('x', ['a']), aKustomization('a', ['a'])],
    ['it depends on itself: flux-system/a -> flux-system/a'],
  ],
  ['of another cluster', [aKustomization('a', ['b']), aKustomization('b', ['a'], 'staging')], []],
  ['what is not there', [aKustomization('a', ['missing'])], []],
])('%s', (_, apps, messages) => {
  expect(cyclesOf(...apps)).toEqual(messages);
});

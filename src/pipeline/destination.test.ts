import { expect, test } from '@jest/globals';
import { aManifest } from '../../test/builders/manifest.ts';
import { aPair, aRendered, anApp } from '../../test/builders/rendered.ts';
import { movedDestinations } from './destination.ts';
import type { Rendered } from './render-app.ts';

const loose = [aManifest({ metadata: { namespace: '' } })];
const placed = [aManifest({ metadata: { namespace: 'own' } })];

function sentTo(namespace: string, manifests = loose): Rendered {
  const definition = { spec: { destination: { name: 'production', namespace } } };
  return { ...aRendered(manifests), app: anApp({ definition }) };
}

test.each<readonly [name: string, base: Rendered | undefined, merged: Rendered, count: number]>([
  ['to another namespace', sentTo('shop'), sentTo('kube-system'), 1],
  ['to where it was', sentTo('shop'), sentTo('shop'), 0],
  ['with objects that say where they are', sentTo('shop', placed), sentTo('kube-system', placed), 0],
  ['for the first time', undefined, sentTo('kube-system'), 0],
])('an app that is sent %s', (_, base, merged, count) => {
  const found = movedDestinations([aPair({ merged, ...(base === undefined ? {} : { base }) })]);
  expect(found).toHaveLength(count);
  expect(found.map(({ message }) => message)).toEqual(
    count === 0 ? [] : ['its objects without a namespace (1) go to kube-system instead of shop'],
  );
});

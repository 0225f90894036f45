import { describe, expect, test } from '@jest/globals';
import { aDefinition, aDiscoverContext, aPolicy } from '../../test/builders/discover.ts';
import { aFluxObject } from '../../test/builders/flux.ts';
import type { JsonObject } from '../model/json.ts';
import { DEFAULT_POLICY } from '../config/policy.ts';
import { valuesFor } from './flux-values.ts';

const HOME = 'clusters/production';

function values(reference: JsonObject, objects: readonly JsonObject[], policy = DEFAULT_POLICY) {
  const objectsOf = (cluster: string) => (cluster === HOME ? objects : []);
  const definition = aDefinition(aFluxObject('Kustomization', 'apps', {}), `${HOME}/apps.yaml`);
  return valuesFor([reference], 'shop', definition, aDiscoverContext({}, { objectsOf, policy }));
}

function an(kind: string, rest: JsonObject, metadata: JsonObject = {}): JsonObject {
  return { apiVersion: 'v1', kind, metadata: { name: 'v', namespace: 'shop', ...metadata }, ...rest };
}

const CONFIG = { kind: 'ConfigMap', name: 'v' };
const SECRET = { kind: 'Secret', name: 'v' };
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('what an app of the cluster brings', () => {
  test.each<
    readonly [name: string, reference: JsonObject, object: JsonObject, data: JsonObject, unknown: readonly string[]]
  >([
    ['a ConfigMap', CONFIG, an('ConfigMap', { data: { a: 'x', n: 1 } }), { a: 'x' }, []],
    [
      'a Secret as it is, its texts first',
      SECRET,
      an('Secret', { data: { a: base64('ü'), b: base64('old') }, stringData: { b: 'new' } }),
      { a: 'ü', b: 'new' },
      [],
    ],
    [
      'a Secret of SOPS: its keys',
      SECRET,
      an('Secret', { data: { b: 'ENC' }, stringData: { a: 'ENC' }, sops: { mac: '' } }),
      {},
      ['a', 'b'],
    ],
    [
      'a SealedSecret: its keys',
      SECRET,
      an('SealedSecret', { spec: { encryptedData: { b: '', a: '' } } }),
      {},
      ['a', 'b'],
    ],
    [
      'a SealedSecret with a template: those of both',
      SECRET,
      an('SealedSecret', { spec: { encryptedData: { b: '' }, template: { data: { a: '' } } } }),
      {},
      ['a', 'b'],
    ],
    [
      'an ExternalSecret of its own name: its keys',
      SECRET,
      an('ExternalSecret', { spec: { data: [{ secretKey: 'a' }, { secretKey: 'b' }] } }),
      {},
      ['a', 'b'],
    ],
    [
      'an ExternalSecret that makes it under another name',
      SECRET,
      an('ExternalSecret', { spec: { target: { name: 'v' }, data: [{ secretKey: 'a' }] } }, { name: 'other' }),
      {},
      ['a'],
    ],
  ])('%s', (_, ...[reference, object, data, unknown]) => {
    expect(values(reference, [object])).toEqual([{ ...reference, optional: false, data, unknown }]);
  });

  test.each<readonly [name: string, object: JsonObject]>([
    ['of another name', an('ConfigMap', { data: {} }, { name: 'w' })],
    ['of another namespace', an('ConfigMap', { data: {} }, { namespace: 'other' })],
    ['of another kind', an('Secret', { data: {} })],
    ['from which a Secret is made', an('SealedSecret', { spec: {} })],
  ])('is no ConfigMap of the name where it is one %s', (_, object) => {
    expect(values(CONFIG, [object])).toEqual({
      reason:
        'it takes values from ConfigMap shop/v, which no app of this repository brings; declare it under flux.values in .presync.yaml',
    });
  });

  test('an ExternalSecret with another target is not the Secret of its own name', () => {
    const object = an('ExternalSecret', { spec: { target: { name: 'w' }, data: [] } });
    expect(values(SECRET, [object])).toHaveProperty('reason');
  });

  test('an ExternalSecret that takes all that it finds keeps its keys to the cluster', () => {
    const object = an('ExternalSecret', { spec: { dataFrom: [{ extract: { key: 'x' } }] } });
    expect(values(SECRET, [object])).toEqual({
      reason:
        'it takes values from Secret shop/v, whose keys are known only in the cluster; declare it under flux.values in .presync.yaml',
    });
    expect(values({ ...SECRET, optional: true }, [object])).toHaveProperty('reason');
  });

  test('an ExternalSecret with a template makes keys of its own', () => {
    const spec = { target: { template: { data: { b: '{{ .a }}' } } }, data: [{ secretKey: 'a' }] };
    expect(values(SECRET, [an('ExternalSecret', { spec })])).toHaveProperty('reason');
  });

  test('one whose keys are known does not stand for one whose keys are not', () => {
    const open = an('ExternalSecret', { spec: { dataFrom: [{ extract: { key: 'x' } }] } });
    expect(values(SECRET, [an('Secret', { stringData: { a: 'x' } }), open])).toEqual({
      reason: expect.stringContaining('whose keys are known only in the cluster'),
    });
  });

  test('several that are alike are one, those that differ are not chosen from', () => {
    const one = an('ConfigMap', { data: { a: 'x' } });
    expect(values(CONFIG, [one, one])).toMatchObject([{ data: { a: 'x' } }]);
    expect(values(CONFIG, [one, an('ConfigMap', { data: { a: 'y' } })])).toEqual({
      reason:
        'it takes values from ConfigMap shop/v, which several apps bring in different ways; declare it under flux.values in .presync.yaml',
    });
  });

  test('in another cluster is nothing to this one', () => {
    const elsewhere = aDiscoverContext({}, { objectsOf: (cluster) => (cluster === HOME ? [] : [an('ConfigMap', {})]) });
    const definition = aDefinition(aFluxObject('Kustomization', 'apps', {}), `${HOME}/apps.yaml`);
    expect(valuesFor([CONFIG], 'shop', definition, elsewhere)).toHaveProperty('reason');
  });
});

test('what an app may bring that was not looked at is not taken for absent', () => {
  const definition = aDefinition(aFluxObject('Kustomization', 'apps', {}), `${HOME}/apps.yaml`);
  const unseenIn = (cluster: string) =>
    cluster === HOME ? ['Kustomization:p/flux-system/base of https://git.example/base@v1'] : [];
  const found = (objects: readonly JsonObject[]) =>
    valuesFor(
      [{ ...CONFIG, optional: true }],
      'shop',
      definition,
      aDiscoverContext({}, { unseenIn, objectsOf: () => objects }),
    );
  expect(found([])).toEqual({
    reason:
      'it takes values from ConfigMap shop/v, which Kustomization:p/flux-system/base of https://git.example/base@v1 may bring, and that was not looked at; declare it under flux.values in .presync.yaml',
  });
  expect(found([an('ConfigMap', { data: { a: 'b' } })])).toMatchObject([{ data: { a: 'b' } }]);
});

test('what is optional and nowhere is absent', () => {
  expect(values({ ...CONFIG, optional: true }, [])).toEqual([{ ...CONFIG, optional: true, data: null, unknown: [] }]);
});

function declared(more: string) {
  return aPolicy(
    `flux: { values: [{ kind: ConfigMap, namespace: shop, name: v, data: { a: b }, unknown: [c]${more} }] }`,
  );
}

describe('what policy declares', () => {
  test('wins over what an app brings', () => {
    const object = an('ConfigMap', { data: { a: 'x' } });
    const told = [{ ...CONFIG, optional: false, data: { a: 'b' }, unknown: ['c'] }];
    expect(values(CONFIG, [object], declared(''))).toEqual(told);
    expect(values(CONFIG, [object], declared(`, cluster: ${HOME}`))).toEqual(told);
  });

  test('for another cluster is nothing to this one', () => {
    expect(values(CONFIG, [], declared(', cluster: clusters/staging'))).toHaveProperty('reason');
  });

  test('under another kind is another object', () => {
    expect(values(SECRET, [], declared(''))).toHaveProperty('reason');
  });
});

test('the first that cannot be known is said, of all that are needed', () => {
  const context = aDiscoverContext({}, { objectsOf: () => [an('ConfigMap', { data: {} })] });
  const definition = aDefinition(aFluxObject('Kustomization', 'apps', {}));
  const references = [CONFIG, { kind: 'Secret', name: 'gone' }, { kind: 'Secret', name: 'too' }];
  expect(valuesFor(references, 'shop', definition, context)).toEqual({
    reason: expect.stringContaining('Secret shop/gone'),
  });
  expect(valuesFor([], 'shop', definition, context)).toEqual([]);
});

import { expect, test } from '@jest/globals';
import type { JsonValue } from './json.ts';
import { holdsSecret } from './secret-object.ts';

const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' } };

test.each<[string, JsonValue, boolean]>([
  ['a Secret with data', { ...secret, data: { a: 'eA==' } }, true],
  ['a Secret with stringData', { ...secret, stringData: { a: 'x' } }, true],
  ['a Secret without a version', { kind: 'Secret', data: { a: 'eA==' } }, true],
  ['a Secret whose data is no object', { ...secret, data: 'x' }, true],
  ['a Secret without content', secret, false],
  ['a Secret whose data is null', { ...secret, data: null }, false],
  ['a Secret in a List', { kind: 'List', items: [{ ...secret, data: {} }] }, true],
  ['a Secret in a List in a List', { items: [{ items: [{ ...secret, stringData: { a: 'x' } }] }] }, true],
  ['a Secret in an answer of the engine', { answer: { objects: [{ manifest: { ...secret, data: {} } }] } }, true],
  ['a file of SOPS', { kind: 'ConfigMap', data: { a: 'ENC[…]' }, sops: { mac: 'ENC[…]' } }, true],
  [
    'the copy of an earlier object',
    { ...secret, metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' } } },
    true,
  ],
  ['a ConfigMap', { kind: 'ConfigMap', data: { a: 'x' } }, false],
  ['a SealedSecret', { kind: 'SealedSecret', spec: { encryptedData: { a: 'x' } } }, false],
  ['a text', 'kind: Secret', false],
  ['nothing', null, false],
])('%s', (_, value, expected) => {
  expect(holdsSecret(value)).toBe(expected);
});

import { expect, test } from '@jest/globals';
import { aWorkflow } from '../../../test/builders/believed.ts';
import { differenceOf } from './identity.ts';

const OWN = { root: 'TrustRoot own in production', isScoped: true } as const;

test.each<[string, Parameters<typeof aWorkflow>[0], Parameters<typeof aWorkflow>[0], string | undefined]>([
  ['a root that is trusted speaks for its identities', {}, { root: 'trust/own.json' }, undefined],
  ['one that another tool brings does not', {}, OWN, 'another root (TrustRoot own in production)'],
  ['it does for those that it spoke for before', OWN, OWN, undefined],
  [
    'and not for those of another one',
    { ...OWN, root: 'TrustRoot a' },
    OWN,
    'another root (TrustRoot own in production)',
  ],
  ['a root that is trusted takes over from it', OWN, {}, undefined],
])('%s', (_, before, now, difference) => {
  expect(differenceOf(aWorkflow(before), aWorkflow(now))).toBe(difference);
});

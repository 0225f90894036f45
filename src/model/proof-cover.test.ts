import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { anImageRule } from '../../test/builders/believed.ts';
import type { ImageRule, ProofRule } from './policy.ts';
import { looserProof, provesAsMuch } from './proof-cover.ts';
import { isProven, leavesOf, someOf } from './proof-rule.ts';

function key(name: string, more: object = {}): ProofRule {
  return { kind: 'proof', signer: { kind: 'key', key: name }, ...more };
}

const [A, B, C] = [key('a'), key('b'), key('c')];

describe('a proof covers another one', () => {
  test.each<[string, ProofRule, ProofRule, boolean]>([
    ['itself', A, A, true],
    ['another key', B, A, false],
    ['one of several that would do', A, someOf([A, B], 1), true],
    ['a choice with one more', someOf([A, B, C], 1), someOf([A, B], 1), false],
    ['a choice with one less', someOf([A, B], 1), someOf([A, B, C], 1), true],
    ['all of several', someOf([A, B], 2), A, true],
    ['fewer of several', someOf([A, B], 1), someOf([A, B], 2), false],
    ['the same number of the same', someOf([A, B, C], 2), someOf([A, B, C], 2), true],
    ['a number of others', someOf([A, B, C], 2), someOf([A, B], 2), false],
    ['nobody', { kind: 'some', count: 1, of: [] }, A, true],
    ['more than there are', { kind: 'some', count: 3, of: [A] }, { kind: 'some', count: 3, of: [A, B] }, true],
    ['somebody, where nobody could', A, { kind: 'some', count: 1, of: [] }, false],
    ['somebody, where none are asked for', A, { kind: 'some', count: 0, of: [] }, false],
    ['a narrower format', key('a', { formats: ['sigstore-bundle'] }), A, true],
    ['a wider format', A, key('a', { formats: ['sigstore-bundle'] }), false],
    ['another repository', key('a', { at: 'a.io/b' }), A, false],
    ['another predicate', key('a', { predicateType: 'x' }), key('a', { predicateType: 'y' }), false],
    ['a signature, where an attestation is asked for', A, key('a', { predicateType: 'y' }), false],
  ])('%s', (_, after, before, expected) => {
    expect(provesAsMuch(after, before)).toBe(expected);
  });

  test('never where something satisfies it that did not satisfy the other', () => {
    const { tree } = fc.letrec<{ tree: ProofRule }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 2 },
        fc.constantFrom(A, B, C),
        fc.record({
          kind: fc.constant('some' as const),
          count: fc.integer({ min: 0, max: 3 }),
          of: fc.array(tie('tree'), { maxLength: 3 }),
        }),
      ),
    }));
    fc.assert(
      fc.property(tree, tree, fc.subarray(['a', 'b', 'c']), (after, before, made) => {
        const holds = (rule: ProofRule) =>
          isProven(rule, ({ signer }) => signer.kind === 'key' && made.includes(signer.key));
        fc.pre(provesAsMuch(after, before) && holds(after));
        expect(holds(before)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

function signed(count: number, ...names: readonly string[]): ImageRule {
  return anImageRule({ signature: { anyOf: names.map((name) => ({ kind: 'key', key: name })), count } });
}

function proof(rule: ProofRule): ImageRule {
  return anImageRule({ proof: rule });
}

describe('a rule asks for less than another one', () => {
  test.each<[string, Parameters<typeof looserProof>, boolean]>([
    ['a signature in place of a choice', [proof(someOf([A, B], 1)), signed(1, 'a')], false],
    ['a choice in place of a signature', [signed(1, 'a'), proof(someOf([A, B], 1))], true],
    ['two signers in place of one', [proof(A), signed(2, 'a', 'b')], false],
    ['a proof in place of two different signers', [signed(2, 'a', 'b'), proof(someOf([A, B], 2))], true],
    ['nothing in place of a proof', [proof(A), anImageRule()], true],
  ])('%s: %#', (_, rules, expected) => {
    expect(looserProof(...rules).length > 0).toBe(expected);
  });

  test('has its leaves in a row', () => {
    expect(leavesOf(someOf([someOf([A, B], 2), C], 1))).toEqual([A, B, C]);
  });
});

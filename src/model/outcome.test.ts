import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { aFinding } from '../../test/builders/verdict.ts';
import { conclude, type Outcome, outcomeOf } from './outcome.ts';

const blocking = aFinding({ status: 'new', blocking: true });
const outcome = fc.constantFrom<Outcome>(
  { status: 'passed' },
  { status: 'skipped', reason: 'unaffected' },
  { status: 'errored', reason: 'no render' },
  { status: 'failed', findings: [blocking] },
);
const has = (outcomes: readonly Outcome[], status: Outcome['status']) => outcomes.some((one) => one.status === status);

describe('the conclusion', () => {
  test('nothing at all is not a pass', () => {
    expect(conclude([])).toBe('errored');
  });

  test('any failed outcome fails; else any errored one is errored; order and number do not matter', () => {
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1 }), (outcomes) => {
        const conclusion = conclude(outcomes);
        expect(conclusion === 'failed').toBe(has(outcomes, 'failed'));
        expect(conclusion === 'errored').toBe(!has(outcomes, 'failed') && has(outcomes, 'errored'));
        expect(conclude(outcomes.toReversed())).toBe(conclusion);
        expect(conclude([...outcomes, ...outcomes])).toBe(conclusion);
      }),
    );
  });

  test('one more outcome never makes a bad conclusion good', () => {
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1 }), outcome, (outcomes, more) => {
        expect(conclude([...outcomes, more]) === 'passed' && conclude(outcomes) !== 'passed').toBe(false);
      }),
    );
  });
});

test.each([
  ['nothing', [], 'passed'],
  ['something new that blocks', [blocking], 'failed'],
  ['something new that does not', [aFinding({ status: 'new', blocking: false })], 'passed'],
  ['something that was there', [aFinding({ status: 'existing', blocking: true })], 'passed'],
  ['something that is gone', [aFinding({ status: 'fixed', blocking: true })], 'passed'],
] as const)('the outcome of %s', (_, findings, status) => {
  expect(outcomeOf(findings).status).toBe(status);
});

import { describe, expect, test } from '@jest/globals';
import { DEFAULT_POLICY } from '../config/policy.ts';
import type { RemoteWant } from '../model/remote-want.ts';
import { credentialRule, ofBase } from './credential-rule.ts';
import { noRemotes } from './remotes.ts';

function following(credentials: readonly string[], isFromFork = false, hasLeave = false) {
  const rule = credentialRule({ isFromFork, hasLeave });
  rule.follow({ ...DEFAULT_POLICY, registries: { credentials } });
  return rule;
}

describe('credentials may be used', () => {
  test('for nothing before the policy is known, and for nothing that it does not list', () => {
    expect(credentialRule({ isFromFork: false }).mayUse('ghcr.io/acme/shop')).toMatch(/does not list it/);
    expect(following([]).mayUse('ghcr.io/acme/shop')).toMatch(/add ghcr\.io\/acme\/shop to registries\.credentials/);
  });

  test.each([
    ['ghcr.io/acme/**', 'ghcr.io/acme/shop', true],
    ['ghcr.io/acme/**', 'ghcr.io/acme/team/shop', true],
    ['ghcr.io/acme/*', 'ghcr.io/acme/team/shop', false],
    ['ghcr.io/acme/**', 'ghcr.io/acme-evil/shop', false],
    ['ghcr.io/acme/**', 'ghcr.io.evil/acme/shop', false],
    ['ghcr.io/acme/**', 'evil/ghcr.io/acme/shop', false],
  ])('%s: %s is %s', (pattern, repository, isAllowed) => {
    expect(following([pattern]).mayUse(repository) === true).toBe(isAllowed);
  });
});

function oci(url: string): RemoteWant {
  return { kind: 'oci', url, reference: '1', content: 'chart' };
}

describe('in a change from a fork', () => {
  const signal = new AbortController().signal;

  test('only for what the base refers to, whatever the policy lists', async () => {
    const rule = following(['ghcr.io/**'], true);
    const remotes = ofBase(noRemotes('there is no network'), rule);
    for (const want of [oci('oci://GHCR.io/acme/web/'), oci('oci://%%'), { kind: 'http', url: 'https://x/y' } as const])
      await expect(remotes.bring(want, signal)).rejects.toThrow('there is no network');
    expect(rule.mayUse('ghcr.io/acme/web')).toBe(true);
    expect(rule.mayUse('ghcr.io/acme/other')).toMatch(/from a fork brings it in/);
  });

  test('and not for what the policy does not list, though the base refers to it', () => {
    const rule = following(['ghcr.io/acme/**'], true);
    rule.standsInBase('quay.io/acme/web');
    expect(rule.mayUse('quay.io/acme/web')).toMatch(/does not list it/);
  });

  test('by leave also for what it brings in, still by the policy, and what was used by it is told', () => {
    const rule = following(['ghcr.io/acme/**'], true, true);
    rule.standsInBase('ghcr.io/acme/web');
    const all = ['ghcr.io/acme/web', 'ghcr.io/acme/new', 'quay.io/acme/new'];
    expect(all.map((repository) => rule.mayUse(repository) === true)).toEqual([true, true, false]);
    expect(rule.usedByLeave()).toEqual([]);
    for (const repository of ['ghcr.io/acme/web', 'ghcr.io/acme/new']) rule.used(repository);
    expect(rule.usedByLeave()).toEqual(['ghcr.io/acme/new']);
  });

  test('a branch of this repository uses none by leave', () => {
    const rule = following(['ghcr.io/acme/**']);
    rule.used('ghcr.io/acme/new');
    expect(rule.usedByLeave()).toEqual([]);
  });

  test('without a rule nothing is told', () => {
    const remotes = noRemotes('there is no network');
    expect(ofBase(remotes, undefined)).toBe(remotes);
  });
});

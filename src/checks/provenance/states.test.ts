import { describe, expect, test } from '@jest/globals';
import { DEFAULT_POLICY } from '../../config/policy.ts';
import type { Artifact } from '../../model/artifact.ts';
import type { Finding } from '../../model/finding.ts';
import { parseImageRef } from '../../model/image-ref.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { ImageRule } from '../../model/policy.ts';
import type { ImageEvidence, Rejected } from '../../model/provenance.ts';
import { judge } from '../../pipeline/judge.ts';
import {
  aKeySigner,
  anImageRule,
  aProvenance,
  aSignature,
  aSignerRule,
  aWorkflow,
} from '../../../test/builders/believed.ts';
import { aWorld, SHOP } from '../../../test/builders/manifest.ts';
import { aDeployment, aDigest, anImage, whatIsKnown } from '../../../test/builders/provenance.ts';
import type { CheckInput, Provenance } from '../check.ts';
import { provenance, questionsOf } from './index.ts';

const WEB = 'ghcr.io/acme/web:1';
const NEXT = 'ghcr.io/acme/web:2';

const NO_ACCESS: ImageEvidence = { status: 'no-access', reason: 'ghcr.io answers 403' };
const DOWN: ImageEvidence = { status: 'unreachable', reason: 'ghcr.io did not answer' };
const GONE: ImageEvidence = { status: 'not-found', reason: 'ghcr.io answers 404' };
const TOO_MUCH: ImageEvidence = { status: 'invalid', reason: '10,000 signatures lie beside it' };

async function judged(
  base: readonly Manifest[],
  merged: readonly Manifest[],
  known: Provenance | undefined,
  whole?: CheckInput['whole'],
) {
  const input = { base: aWorld('base', base), merged: aWorld('merged', merged), policy: DEFAULT_POLICY, whole };
  const context = { policy: DEFAULT_POLICY, now: new Date('2026-11-24T12:00:00Z'), clusterOf: () => 'production' };
  return judge(provenance, { ...input, provenance: known }, context, new AbortController().signal);
}

function shown({ rule, status, blocking }: Finding): string {
  return `${rule.slice('provenance/'.length)} ${status}${blocking && status === 'new' ? ' blocking' : ''}`;
}

test('an image that nobody may read is no old debt where a policy that is evaluated keeps out what it refuses', async () => {
  const outcomes = [false, true].map(async (isWanted) => {
    const known = whatIsKnown(
      { [WEB]: NO_ACCESS, [NEXT]: NO_ACCESS },
      { imagePolicies: { of: () => [], wants: () => isWanted, unread: [] } },
    );
    return (await judged(web(WEB), web(NEXT), known)).outcome.status;
  });
  expect(await Promise.all(outcomes)).toEqual(['passed', 'errored']);
});

const web = (image: string) => [aDeployment({ web: image })];
const SIGNED_BY_ACME = anImageRule({ signature: { anyOf: [aSignerRule()], count: 1 } });
const signed = anImage('1', aSignature());

describe('what policy requires', () => {
  const built = { builder: 'https://github.com/acme/**', source: 'acme/*', allowsSelfHosted: false };
  test.each<[string, ImageRule, ImageEvidence, readonly string[]]>([
    ['a signature that is there', SIGNED_BY_ACME, signed, []],
    ['a signature that is not', SIGNED_BY_ACME, anImage('1'), ['signature new blocking']],
    [
      'a signature of somebody else',
      SIGNED_BY_ACME,
      anImage('1', aSignature(aKeySigner())),
      ['signature new blocking'],
    ],
    ['a signature, where it is advice', { ...SIGNED_BY_ACME, mode: 'advise' }, anImage('1'), ['signature new']],
    ['a signature in another cluster', { ...SIGNED_BY_ACME, cluster: 'staging' }, anImage('1'), []],
    [
      'a signature in this cluster',
      { ...SIGNED_BY_ACME, cluster: 'production' },
      anImage('1'),
      ['signature new blocking'],
    ],
    ['a signature of other images', { ...SIGNED_BY_ACME, match: 'quay.io/**' }, anImage('1'), []],
    ['provenance that is there', anImageRule({ provenance: built }), anImage('1', aProvenance()), []],
    ['provenance that is not', anImageRule({ provenance: built }), signed, ['provenance new blocking']],
    [
      'a young signature',
      anImageRule({ signature: { anyOf: [aSignerRule()], count: 1 }, maxAgeDays: 10 }),
      signed,
      ['too-old new blocking'],
    ],
    [
      'each platform',
      anImageRule({ signature: { anyOf: [aSignerRule()], count: 1 }, platforms: 'all-platforms' }),
      { ...signed, isIndex: true, platforms: [{ digest: aDigest('7'), name: 'linux/amd64' }] },
      ['platforms new blocking'],
    ],
    ['nothing of who signed', anImageRule({ digest: true }), anImage('1'), []],
  ])('%s', async (_, rule, evidence, expected) => {
    const { findings } = await judged([], web(WEB), whatIsKnown({ [WEB]: evidence }, { rules: [rule] }));
    expect(findings.map(shown)).toEqual(expected);
  });

  test('must hold by every entry that matches', async () => {
    const rules = [SIGNED_BY_ACME, anImageRule({ signature: { anyOf: [{ kind: 'key', key: 'k.pub' }], count: 1 } })];
    const { findings, outcome } = await judged([], web(WEB), whatIsKnown({ [WEB]: signed }, { rules }));
    expect([findings.map(shown), outcome.status]).toEqual([['signature new blocking'], 'failed']);
    expect(findings[0]?.message).toContain('k.pub');
  });

  test('of what stood there before is debt, and of the next image is new', async () => {
    const known = whatIsKnown({ [WEB]: anImage('1'), [NEXT]: anImage('2') }, { rules: [SIGNED_BY_ACME] });
    expect((await judged(web(WEB), web(WEB), known)).findings.map(shown)).toEqual(['signature existing']);
    expect((await judged(web(WEB), web(NEXT), known)).findings.map(shown)).toEqual(['signature new blocking']);
    expect((await judged(web(WEB), [], known)).findings.map(shown)).toEqual(['signature fixed']);
  });
});

describe('what cannot be read', () => {
  const ACCESS = 'give presync credentials that can read it (docs/settings.md)';
  test.each<[string, Readonly<Record<string, ImageEvidence>>, readonly string[], string]>([
    ['is gone from the registry', { [WEB]: signed, [NEXT]: GONE }, ['not-found new blocking'], ''],
    ['has no answer', { [WEB]: signed, [NEXT]: DOWN }, [], 'ghcr.io did not answer'],
    ['is too much', { [WEB]: signed, [NEXT]: TOO_MUCH }, [], '10,000 signatures'],
    ['is private now', { [WEB]: signed, [NEXT]: NO_ACCESS }, [], ACCESS],
    ['is private as it was', { [WEB]: NO_ACCESS, [NEXT]: NO_ACCESS }, ['no-access existing'], ''],
    ['was private', { [WEB]: NO_ACCESS, [NEXT]: signed }, ['no-access fixed'], 'no access (ghcr.io answers 403)'],
    ['had no answer', { [WEB]: DOWN, [NEXT]: signed }, [], 'ghcr.io did not answer'],
    ['was too much', { [WEB]: TOO_MUCH, [NEXT]: signed }, [], '10,000 signatures'],
    ['had been there', { [WEB]: GONE, [NEXT]: anImage('2') }, ['not-compared new', 'not-found fixed'], ''],
    ['was never asked for', { [NEXT]: signed }, [], 'nobody asked for it'],
    ['is not asked for', { [WEB]: signed }, [], 'was not looked up'],
  ])('%s', async (_, known, expected, unknown) => {
    const { findings, unknowns, outcome } = await judged(web(WEB), web(NEXT), whatIsKnown(known));
    expect(findings.map(shown).toSorted()).toEqual(expected);
    expect(unknowns.join()).toContain(unknown);
    expect(unknowns).toHaveLength(unknown === '' ? 0 : 1);
    const whole = unknown === '' ? 'passed' : 'errored';
    expect(outcome.status).toBe(expected.some((one) => one.endsWith('blocking')) ? 'failed' : whole);
  });

  test('stands as it did, and errs nothing', async () => {
    for (const evidence of [DOWN, TOO_MUCH, NO_ACCESS, GONE]) {
      const known = whatIsKnown({ [WEB]: evidence }, { rules: [SIGNED_BY_ACME] });
      const { unknowns, findings, outcome } = await judged(web(WEB), web(WEB), known);
      expect([unknowns, findings.filter(({ status }) => status === 'new'), outcome.status]).toEqual([[], [], 'passed']);
    }
  });

  test('is unknown where a rule wants to know who signed it', async () => {
    const known = whatIsKnown({ [WEB]: NO_ACCESS, [NEXT]: NO_ACCESS }, { rules: [SIGNED_BY_ACME] });
    expect((await judged(web(WEB), web(NEXT), known)).unknowns.join()).toContain(ACCESS);
  });

  test('is unknown where nothing of its repository ran', async () => {
    const known = whatIsKnown({ [NEXT]: NO_ACCESS });
    expect((await judged([], web(NEXT), known)).outcome.status).toBe('errored');
    const whole = { merged: aWorld('merged', []), builtIn: [], notCounted: [] };
    const elsewhere = { ...aDeployment({ web: WEB }), app: 'Application:production/argocd/other' };
    expect((await judged([], web(NEXT), known, { ...whole, base: aWorld('base', [elsewhere]) })).outcome.status).toBe(
      'passed',
    );
    const tool = { ...aDeployment({ web: 'ghcr.io/acme/tool:1' }), app: 'Application:production/argocd/other' };
    expect((await judged([], web(NEXT), known, { ...whole, base: aWorld('base', [tool]) })).outcome.status).toBe(
      'errored',
    );
  });

  test('before does not matter where policy names who must stand behind what comes', async () => {
    for (const evidence of [DOWN, TOO_MUCH, NO_ACCESS, GONE]) {
      const known = whatIsKnown({ [WEB]: evidence, [NEXT]: signed }, { rules: [SIGNED_BY_ACME] });
      const { unknowns, findings } = await judged(web(WEB), web(NEXT), known);
      expect([unknowns, findings.filter(({ status }) => status === 'new')]).toEqual([[], []]);
    }
  });

  test('is said with its place, and each image once', async () => {
    const { unknowns } = await judged([], [aDeployment({ web: NEXT, more: NEXT })], whatIsKnown({ [NEXT]: DOWN }));
    expect(unknowns).toEqual([
      'ghcr.io/acme/web:2 could not be read: ghcr.io did not answer; run the check again when it can be (container "web" of Deployment shop/web and 1 more)',
    ]);
  });

  test('is said beside what failed', async () => {
    const known = whatIsKnown({ [WEB]: signed, [NEXT]: anImage('2'), 'quay.io/a/b:1': DOWN });
    const merged = [aDeployment({ web: NEXT, other: 'quay.io/a/b:1' })];
    const { outcome, unknowns } = await judged(web(WEB), merged, known);
    expect([outcome.status, unknowns.length]).toEqual(['failed', 1]);
  });
});

describe('what proves nothing', () => {
  const FOREIGN: Rejected = {
    format: 'cosign-signature',
    place: 'tag sha256-….sig, layer 1',
    digest: aDigest('9'),
    fault: 'mismatch',
    reason: 'it is a signature of another image',
  };
  const withForeign = (evidence: typeof signed): ImageEvidence => ({ ...evidence, rejected: [FOREIGN] });

  test('is a remark where nothing else lies there', async () => {
    const { findings } = await judged([], web(WEB), whatIsKnown({ [WEB]: withForeign(anImage('1')) }));
    expect(findings.map(shown)).toEqual(['rejected new']);
    expect(findings[0]?.message).toContain('it is a signature of another image');
  });

  test('is none beside a good signature', async () => {
    expect((await judged([], web(WEB), whatIsKnown({ [WEB]: withForeign(signed) }))).findings).toEqual([]);
  });

  test('is no signature, and is named where one is lost', async () => {
    const known = whatIsKnown({ [WEB]: signed, [NEXT]: withForeign(anImage('2')) });
    const { findings } = await judged(web(WEB), web(NEXT), known);
    const lost = findings.find(({ rule }) => rule === 'provenance/signature-lost');
    expect([lost?.blocking, lost?.message]).toEqual([
      true,
      expect.stringContaining('layer 1 proves nothing: it is a signature'),
    ]);
  });
});

describe('a tag that has moved since this head was judged first', () => {
  const moved = { [WEB]: { was: aDigest('1'), is: aDigest('2') }, [NEXT]: { was: aDigest('1'), is: aDigest('2') } };

  test('blocks where the change brings it', async () => {
    const { findings } = await judged([], web(WEB), whatIsKnown({ [WEB]: signed }, { moved }));
    expect(findings.map(shown)).toEqual(['tag-moved new blocking']);
    expect(findings[0]?.fix).toContain(`ghcr.io/acme/web:1@${aDigest('1')}`);
  });

  test('is no new thing where it stood before', async () => {
    const { findings } = await judged(web(WEB), web(WEB), whatIsKnown({ [WEB]: signed }, { moved }));
    expect(findings.map(shown)).toEqual(['tag-moved existing']);
  });
});

/** The chart that the app `shop` is rendered from on one side. */
function chart(side: Artifact['side'], name: string): Artifact {
  return { side, app: SHOP, cluster: 'production', content: 'chart', ref: parseImageRef(name) };
}

describe('charts and artifacts', () => {
  const [ONE, TWO] = [`ghcr.io/acme/charts/web:1@${aDigest('1')}`, `ghcr.io/acme/charts/web:2@${aDigest('2')}`];
  const OTHER = `quay.io/evil/thing:2@${aDigest('3')}`;
  const evidence = { [ONE]: signed, [TWO]: anImage('2'), [OTHER]: anImage('3') };

  test.each<[string, string, readonly string[]]>([
    ['the same', ONE, []],
    ['the next version, unsigned', TWO, ['signature-lost new blocking']],
    ['another chart in its place, unsigned', OTHER, ['signature-lost new blocking']],
  ])('from a signed chart to %s', async (_, next, expected) => {
    const artifacts = [chart('base', ONE), chart('merged', next)];
    const { findings } = await judged([], [], whatIsKnown(evidence, { artifacts }));
    expect(findings.map(shown)).toEqual(expected);
    for (const { object, message } of findings)
      expect([object, message]).toEqual([null, expect.stringMatching(/ is not signed; before, the chart ran /)]);
  });

  test('are judged by policy', async () => {
    const known = whatIsKnown(evidence, { artifacts: [chart('merged', TWO)], rules: [SIGNED_BY_ACME] });
    expect((await judged([], [], known)).findings.map(shown)).toEqual(['signature new blocking']);
  });
});

/** Each image that is asked for: repository, tag, platforms, home. */
function asked(base: readonly Manifest[], merged: readonly Manifest[], rules: readonly ImageRule[] = []) {
  const questions = questionsOf({
    base: aWorld('base', base),
    merged: aWorld('merged', merged),
    policy: DEFAULT_POLICY,
    provenance: whatIsKnown({}, { rules }),
  });
  return questions.map(({ ref, platforms, repository }) => [ref.repository, ref.tag, platforms, repository]);
}

describe('what is asked', () => {
  test('is what changes, and what it follows', () => {
    expect(
      asked(
        [aDeployment({ web: WEB, tool: 'ghcr.io/acme/tool:1' })],
        [aDeployment({ web: NEXT, tool: 'ghcr.io/acme/tool:1' })],
      ),
    ).toEqual([
      ['ghcr.io/acme/web', '2', false, undefined],
      ['ghcr.io/acme/web', '1', false, undefined],
    ]);
  });

  test('is nothing where no image changes and no rule wants to know', () => {
    expect(asked(web(WEB), web(WEB), [anImageRule({ digest: true })])).toEqual([]);
  });

  test('is what stands, where a rule wants to know', () => {
    const rule = anImageRule({
      signature: { anyOf: [aSignerRule({ repository: 'acme/shop' })], count: 1 },
      platforms: 'any-of',
    });
    expect(asked(web(WEB), web(WEB), [rule])).toEqual([['ghcr.io/acme/web', '1', true, 'acme/shop']]);
  });
});

test('without anything known the check is not one of those that run', () => {
  const input = { base: aWorld('base', []), merged: aWorld('merged', web(WEB)), policy: DEFAULT_POLICY };
  expect(provenance.isAsked?.(input)).toBe(false);
  expect(provenance.isAsked?.({ ...input, provenance: whatIsKnown({}) })).toBe(true);
});

test('a change without images has nothing to look at', async () => {
  expect((await judged([], [], whatIsKnown({}))).outcome.status).toBe('skipped');
});

test('a signer with text that hides itself cannot hide', async () => {
  const hostile = aSignature(
    aWorkflow({ subject: 'evil\u202E`@everyone`\n# approved' }, { sourceRepositoryUri: undefined }),
  );
  const known = whatIsKnown({ [WEB]: signed, [NEXT]: anImage('2', hostile) });
  const [finding] = (await judged(web(WEB), web(NEXT), known)).findings;
  expect(finding?.message).not.toMatch(/[\u202E\n`]/);
});

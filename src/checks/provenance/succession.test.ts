import { describe, expect, test } from '@jest/globals';
import { DEFAULT_POLICY } from '../../config/policy.ts';
import type { Finding } from '../../model/finding.ts';
import type { Manifest } from '../../model/manifest.ts';
import { judge } from '../../pipeline/judge.ts';
import { aKeySigner, aProvenance, aSignature, aWorkflow } from '../../../test/builders/believed.ts';
import { aWorld } from '../../../test/builders/manifest.ts';
import { aDeployment, anImage, whatIsKnown } from '../../../test/builders/provenance.ts';
import { provenance, questionsOf } from './index.ts';
import { placesOf } from './place.ts';
import { successions } from './succession.ts';

const [SIGNED, UNSIGNED, OLD_DEBT] = ['ghcr.io/acme/web:1', 'ghcr.io/acme/web:2', 'ghcr.io/acme/web:0'];
const [SIDECAR, OTHER_SIDECAR] = ['quay.io/tools/proxy:1', 'quay.io/tools/proxy:2'];
const [BY_KEY, ATTESTED_BY_KEY] = ['quay.io/acme/api:1', 'ghcr.io/acme/web:3'];
const DOWN = 'ghcr.io/acme/down:1';

const KNOWN = whatIsKnown({
  [SIGNED]: anImage('1', aSignature(aWorkflow())),
  [UNSIGNED]: anImage('2'),
  'ghcr.io:443/acme/web:2': anImage('2'),
  [OLD_DEBT]: anImage('3'),
  [SIDECAR]: anImage('4'),
  [OTHER_SIDECAR]: anImage('5'),
  [BY_KEY]: anImage('6', aSignature(aKeySigner())),
  [ATTESTED_BY_KEY]: anImage('7', aProvenance({}, aKeySigner())),
  [DOWN]: { status: 'unreachable', reason: 'down' },
  'ghcr.io/acme/down:2': anImage('8'),
});

async function judged(
  base: readonly Manifest[],
  merged: readonly Manifest[],
  elsewhere: readonly Manifest[] = [],
  known = KNOWN,
) {
  const input = { base: aWorld('base', base), merged: aWorld('merged', merged), policy: DEFAULT_POLICY };
  const context = { policy: DEFAULT_POLICY, now: known.now, clusterOf: () => 'production' };
  return judge(provenance, { ...input, provenance: { ...known, elsewhere } }, context, new AbortController().signal);
}

function shown({ rule, pointer, blocking }: Finding): string {
  return `${rule.slice('provenance/'.length)} ${pointer.replace(/^.*containers/, '')}${blocking ? ' blocking' : ''}`;
}

function named(name: string, containers: Readonly<Record<string, string>>): Manifest {
  return aDeployment(containers, { metadata: { name } });
}

/** Images in a list without names. */
function numbered(...images: readonly string[]): Manifest {
  return aDeployment({}, { spec: { template: { spec: { containers: images.map((image) => ({ image })) } } } });
}

describe('an unsigned image does not come in', () => {
  test.each<[string, readonly Manifest[], readonly Manifest[], readonly string[]]>([
    [
      'through the place of one that never was signed',
      [aDeployment({ web: SIGNED, side: SIDECAR })],
      [aDeployment({ web: SIGNED, side: UNSIGNED })],
      ['repository-changed /1/image', 'signature-lost /1/image blocking'],
    ],
    [
      'by changing places with a neighbour',
      [aDeployment({ web: SIGNED, side: SIDECAR })],
      [aDeployment({ web: OTHER_SIDECAR, side: SIGNED })],
      ['repository-changed /1/image', 'signature-lost /0/image blocking'],
    ],
    [
      'under another name, from a repository that the app runs elsewhere',
      [named('web', { web: SIGNED }), named('side', { side: SIDECAR })],
      [named('web-2', { web: OTHER_SIDECAR }), named('side', { side: SIDECAR })],
      ['signature-lost /0/image blocking'],
    ],
    [
      'under another name, beside an unsigned one of its repository that stays',
      [named('web', { web: SIGNED }), named('old', { old: OLD_DEBT })],
      [named('web-2', { web: UNSIGNED }), named('old', { old: OLD_DEBT })],
      ['signature-lost /0/image blocking'],
    ],
    [
      'as the only image of an object, under another name of container and image',
      [aDeployment({ web: SIGNED })],
      [aDeployment({ it: SIDECAR })],
      ['signature-lost /0/image blocking'],
    ],
    [
      'by another name of its registry',
      [aDeployment({ web: SIGNED })],
      [aDeployment({ web: SIGNED, more: 'ghcr.io:443/acme/web:2' })],
      ['signature-lost /1/image blocking'],
    ],
    [
      'behind a remark about the place that it takes',
      [aDeployment({ api: BY_KEY, web: SIGNED })],
      [aDeployment({ api: ATTESTED_BY_KEY, web: SIGNED })],
      ['repository-changed /0/image', 'signature-lost /0/image', 'signature-lost /0/image blocking'],
    ],
  ])('%s', async (_, base, merged, expected) => {
    const { findings } = await judged(base, merged);
    const fresh = findings.filter(({ status }) => status === 'new');
    expect(fresh.map(shown).toSorted()).toEqual(expected);
  });
});

test('what ran at another place is not said of this one', async () => {
  const base = [aDeployment({ web: SIGNED, side: SIDECAR })];
  const beside = await judged(base, [aDeployment({ web: SIGNED, side: UNSIGNED })]);
  const lost = beside.findings.find(({ rule }) => rule === 'provenance/signature-lost');
  expect(lost?.message).toMatch(/web:2 is not signed; before, its app ran ghcr\.io\/acme\/web:1, signed by /);
  const inPlace = await judged(base, [aDeployment({ web: UNSIGNED, side: SIDECAR })]);
  expect(inPlace.findings[0]?.message).toMatch(
    /^ghcr\.io\/acme\/web:2 is not signed; before, container "web" ran ghcr\.io\/acme\/web:1, signed by /,
  );
});

test('a loss that two lines of a place say is said once', async () => {
  const base = [aDeployment({ api: BY_KEY, web: SIGNED })];
  const { findings } = await judged(base, [aDeployment({ api: UNSIGNED, web: SIGNED })]);
  expect(findings.map(shown)).toEqual(['signature-lost /0/image blocking']);
});

test('what ran of its repository elsewhere and cannot be read leaves nothing green', async () => {
  const base = [aDeployment({ web: DOWN, side: SIDECAR })];
  const { outcome } = await judged(base, [aDeployment({ web: DOWN, side: 'ghcr.io/acme/down:2' })]);
  expect(outcome).toMatchObject({ status: 'errored' });
});

describe('nothing is lost', () => {
  test.each<[string, readonly Manifest[], readonly Manifest[]]>([
    [
      'where containers are in another order',
      [aDeployment({ web: SIGNED, side: SIDECAR })],
      [aDeployment({ side: SIDECAR, web: SIGNED })],
    ],
    ['where a list without names is in another order', [numbered(SIGNED, SIDECAR)], [numbered(OTHER_SIDECAR, SIGNED)]],
    [
      'where an object has another name and all its images are as before',
      [named('web', { web: SIGNED, side: SIDECAR })],
      [named('web-2', { web: SIGNED, side: OTHER_SIDECAR })],
    ],
    [
      'where one of several makes place for something new',
      [aDeployment({ web: SIGNED, api: BY_KEY })],
      [aDeployment({ web: SIGNED, cache: SIDECAR })],
    ],
  ])('%s', async (_, base, merged) => {
    const { findings, outcome } = await judged(base, merged);
    expect([findings.map(shown), outcome.status]).toEqual([[], 'passed']);
  });
});

const places = (manifests: readonly Manifest[]) =>
  placesOf(aWorld('base', manifests), { artifacts: [], imageFields: [] });

describe('what an app did not run follows what the base runs of its repository elsewhere', () => {
  const [STORE, DEV] = ['Application:production/argocd/store', 'Application:dev/argocd/shop'];
  const inStore = (images: Readonly<Record<string, string>>): Manifest => ({
    ...named('store', images),
    app: STORE,
  });
  const inDev = (images: Readonly<Record<string, string>>): Manifest => ({
    ...named('web', images),
    app: DEV,
    cluster: 'dev',
  });
  const NEW_APP = [named('new', { web: UNSIGNED })];
  test.each<[string, readonly Manifest[], readonly Manifest[], readonly string[]]>([
    ['in the cluster', [inStore({ web: SIGNED })], NEW_APP, ['signature-lost /0/image blocking']],
    ['in another cluster', [inDev({ web: SIGNED })], NEW_APP, ['signature-lost /0/image blocking']],
    [
      'in the cluster before others',
      [inDev({ web: OLD_DEBT }), inStore({ web: SIGNED })],
      NEW_APP,
      ['signature-lost /0/image blocking'],
    ],
    [
      'by another name of the registry',
      [inStore({ web: SIGNED })],
      [named('new', { web: 'ghcr.io:443/acme/web:2' })],
      ['signature-lost /0/image blocking'],
    ],
    ['and nothing is lost where some of that is unsigned', [inStore({ web: SIGNED, old: OLD_DEBT })], NEW_APP, []],
    ['and not what it runs of others', [inStore({ api: BY_KEY })], NEW_APP, []],
    [
      'whatever cannot be read of it, as long as something can',
      [inStore({ web: SIGNED, old: 'ghcr.io/acme/web:gone' })],
      NEW_APP,
      ['signature-lost /0/image blocking'],
    ],
  ])('%s', async (_, elsewhere, merged, expected) => {
    const { findings } = await judged([], merged, elsewhere);
    expect(findings.map(shown)).toEqual(expected);
  });

  test('and not where its app runs the repository itself', async () => {
    const base = [aDeployment({ web: OLD_DEBT })];
    const { findings } = await judged(base, [aDeployment({ web: UNSIGNED })], [inStore({ web: SIGNED })]);
    expect(findings).toEqual([]);
  });

  test('also where it takes the place of something else', async () => {
    const merged = [aDeployment({ web: UNSIGNED })];
    const { findings } = await judged([aDeployment({ web: SIDECAR })], merged, [inStore({ web: SIGNED })]);
    expect(findings.filter(({ blocking }) => blocking).map(shown)).toEqual(['signature-lost /0/image blocking']);
  });

  test('whatever their age: an older build in a new app is no step back', async () => {
    const [old, young] = ['2026-09-01T00:00:00Z', '2026-10-01T00:00:00Z'].map((signedAt, index) =>
      anImage(`${index + 1}`, aSignature(aWorkflow(), { signedAt })),
    );
    const known = whatIsKnown({
      'ghcr.io/acme/web:8': old ?? anImage('1'),
      'ghcr.io/acme/web:9': young ?? anImage('2'),
    });
    const merged = [named('new', { web: 'ghcr.io/acme/web:8' })];
    const { findings } = await judged([], merged, [inStore({ web: 'ghcr.io/acme/web:9' })], known);
    expect(findings).toEqual([]);
  });

  test('and says who runs it, and in which cluster', async () => {
    const { findings } = await judged([], NEW_APP, [inDev({ web: SIGNED })]);
    expect(findings[0]?.message).toMatch(
      /web:2 is not signed; before, Deployment shop\/web in dev ran ghcr\.io\/acme\/web:1, signed by /,
    );
  });

  test('and is errored where nothing of it can be read', async () => {
    const { outcome } = await judged([], [named('new', { web: 'ghcr.io/acme/down:2' })], [inStore({ web: DOWN })]);
    expect(outcome).toMatchObject({ status: 'errored', reason: expect.stringContaining('which ran elsewhere before') });
  });

  test('and not where it stands unchanged', () => {
    const [standing, other] = [places(NEW_APP), places([inStore({ web: SIGNED })])];
    expect(successions(standing, standing, other)).toMatchObject([{ isStanding: true, before: [], elsewhere: [] }]);
  });

  test('and is asked for once an image, and not without end', () => {
    const tags = Array.from({ length: 30 }, (_, index) => `ghcr.io/acme/web:${index + 100}`);
    const elsewhere = tags.flatMap((tag) => [inStore({ web: tag }), inDev({ web: tag })]);
    const input = { base: aWorld('base', []), merged: aWorld('merged', NEW_APP), policy: DEFAULT_POLICY };
    expect(questionsOf({ ...input, provenance: { ...KNOWN, elsewhere } })).toHaveLength(21);
  });
});

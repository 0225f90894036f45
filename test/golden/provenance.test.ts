import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { engineOf } from '../../src/adapters/engine/engine-pool.ts';
import { toolRunner } from '../../src/adapters/process/tool-runner.ts';
import { engineBinary } from '../../src/commands/engine-binary.ts';
import type { LockEntry } from '../../src/model/lock.ts';
import type { RemoteWant } from '../../src/model/remote-want.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import { remotesOf } from '../../src/pipeline/remotes.ts';
import { validate } from '../../src/pipeline/validate.ts';
import type { Engine } from '../../src/ports/engine.ts';
import type { TrustedRoots } from '../../src/ports/trusted-roots.ts';
import { aKeySigner, aSignature, aWorkflow, RELEASE } from '../builders/believed.ts';
import {
  applicationText,
  chartFiles,
  configTemplate,
  type Files,
  OWN_URL,
  withoutFolder,
} from '../builders/manifests.ts';
import { aDigest, anImage } from '../builders/provenance.ts';
import { aClock } from '../fakes/clock.ts';
import { FakeEvidence, NO_ROOTS } from '../fakes/image-evidence.ts';
import { MovingRemote } from '../fakes/moving-remote.ts';
import { aRepository } from '../fakes/repository.ts';

const never = new AbortController().signal;

let engine: Engine;
beforeAll(() => {
  engine = engineOf({ runner: toolRunner(), binary: engineBinary(), processes: 1 });
});
afterAll(() => engine.close());

interface Given {
  readonly evidence: FakeEvidence;
  readonly roots?: TrustedRoots;
  readonly known?: readonly LockEntry[];
  readonly remote?: MovingRemote;
}

async function verdictOn(
  base: Files,
  head: Files,
  { evidence, roots = NO_ROOTS, known = [], remote = new MovingRemote() }: Given,
): Promise<Verdict> {
  const repository = aRepository([
    { name: 'main', files: base },
    { name: 'change', files: head, parents: ['main'] },
  ]);
  const [from, to] = [await repository.resolve('main'), await repository.resolve('change')];
  const input = { base: from, head: to, baseBranch: 'main', repositoryUrls: [OWN_URL] };
  const images = { evidence, roots, known };
  const clock = aClock('2026-11-24T12:00:00Z');
  return validate(input, { repository, engine, clock, remotes: remotesOf(remote, known), images }, never);
}

/** What provenance says: outcome, new findings with their lines. */
function said({ checks, findings }: Verdict) {
  const own = findings.filter(({ rule, status }) => rule.startsWith('provenance/') && status === 'new');
  return {
    outcome: checks.find(({ id }) => id === 'provenance')?.outcome,
    findings: own.map(({ rule, blocking, location }) =>
      [rule, blocking ? 'blocking' : 'advice', location && `${location.file}:${location.line}`].join(' '),
    ),
  };
}

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: ghcr.io/acme/web
        - name: proxy
          image: quay.io/acme/proxy:1
`;

function kustomization(tag: string): string {
  return `resources:\n  - deployment.yaml\nnamespace: shop\nimages:\n  - name: ghcr.io/acme/web\n    newTag: "${tag}"\n`;
}

function shop(tag: string, more: Files = {}): Files {
  return {
    'apps.yaml': applicationText('shop', { path: 'apps/shop' }),
    'apps/shop/deployment.yaml': DEPLOYMENT,
    'apps/shop/kustomization.yaml': kustomization(tag),
    ...more,
  };
}

const signed = () =>
  new FakeEvidence()
    .put('ghcr.io/acme/web:1', anImage('1', aSignature()))
    .put('ghcr.io/acme/web:2', anImage('2'))
    .put('ghcr.io/acme/web:3', anImage('3', aSignature()))
    .put('ghcr.io/acme/web:4', anImage('4', aSignature(aKeySigner())));

describe('without any policy', () => {
  test('a lost signature blocks, on the line that a person wrote', async () => {
    const verdict = await verdictOn(shop('1'), shop('2'), { evidence: signed() });
    expect(said(verdict)).toEqual({
      outcome: 'failed',
      findings: ['provenance/signature-lost blocking apps/shop/kustomization.yaml:6'],
    });
    expect(verdict.conclusion).toBe('failed');
  });

  test('a new image of the same signer passes, and the verdict says who', async () => {
    const { conclusion, images, lock, ...rest } = await verdictOn(shop('1'), shop('3'), { evidence: signed() });
    expect([conclusion, said({ conclusion, images, lock, ...rest })]).toEqual([
      'passed',
      { outcome: 'passed', findings: [] },
    ]);
    expect(images).toEqual([
      {
        ref: 'ghcr.io/acme/web:3',
        digest: aDigest('3'),
        status: 'verified',
        signer: expect.stringContaining('github.com/acme/shop .github/workflows/release.yml'),

        apps: ['Application:production/argocd/shop'],
      },
      {
        ref: 'quay.io/acme/proxy:1',
        digest: null,
        status: 'not-required',
        signer: null,
        apps: ['Application:production/argocd/shop'],
      },
    ]);
    expect(lock).toEqual([
      { kind: 'image', ref: 'ghcr.io/acme/web:1', resolved: aDigest('1'), digest: aDigest('1') },
      { kind: 'image', ref: 'ghcr.io/acme/web:3', resolved: aDigest('3'), digest: aDigest('3') },
    ]);
  });

  test('another signer blocks', async () => {
    const verdict = await verdictOn(shop('1'), shop('4'), { evidence: signed() });
    expect(said(verdict).findings).toEqual(['provenance/signer-changed blocking apps/shop/kustomization.yaml:6']);
  });

  test('of several hunks it is the one that brings it', async () => {
    const labelled = DEPLOYMENT.replace('{name: web}', '{name: web, labels: {image: ghcr.io/acme/web}}');
    const head = shop('2', { 'apps/shop/deployment.yaml': labelled });
    const verdict = await verdictOn(shop('1'), head, { evidence: signed() });
    expect(said(verdict).findings).toEqual(['provenance/signature-lost blocking apps/shop/kustomization.yaml:6']);
  });

  test('an image that cannot be read is never green', async () => {
    const evidence = signed().put('ghcr.io/acme/web:5', { status: 'unreachable', reason: 'ghcr.io did not answer' });
    const verdict = await verdictOn(shop('1'), shop('5'), { evidence });
    expect([verdict.conclusion, said(verdict)]).toEqual(['errored', { outcome: 'errored', findings: [] }]);
    expect(verdict.checks.find(({ id }) => id === 'provenance')?.reason).toContain('ghcr.io/acme/web:5');
  });

  test('what could not be read is said beside what failed', async () => {
    const proxy = DEPLOYMENT.replace('proxy:1', 'proxy:2');
    const evidence = signed().put('quay.io/acme/proxy:1', anImage('8')).put('quay.io/acme/proxy:2', {
      status: 'unreachable',
      reason: 'quay.io did not answer',
    });
    const verdict = await verdictOn(shop('1'), shop('2', { 'apps/shop/deployment.yaml': proxy }), { evidence });
    const check = verdict.checks.find(({ id }) => id === 'provenance');
    expect(check?.outcome).toBe('failed');
    expect(check?.reason).toMatch(/^1 new blocking finding; .*quay.io did not answer/);
  });

  test('a change that touches no image asks for none', async () => {
    const evidence = signed();
    const more = {
      'apps/shop/kustomization.yaml': `${kustomization('1')}commonAnnotations: {a: b}\n`,
    };
    const verdict = await verdictOn(shop('1'), shop('1', more), { evidence });
    expect([evidence.names, said(verdict), verdict.lock]).toEqual([[], { outcome: 'passed', findings: [] }, []]);
  });
});

describe('tried again', () => {
  test('the same commit is judged by the same digest, and a tag that has moved since blocks', async () => {
    const first = await verdictOn(shop('1'), shop('3'), { evidence: signed() });
    const moved = signed().put('ghcr.io/acme/web:3', anImage('9'));
    const again = await verdictOn(shop('1'), shop('3'), { evidence: moved, known: first.lock });
    expect(said(again).findings).toEqual(['provenance/tag-moved blocking apps/shop/kustomization.yaml:6']);
    expect(again.images.find(({ ref }) => ref === 'ghcr.io/acme/web:3')).toMatchObject({
      digest: aDigest('3'),
      status: 'mismatch',
    });
    expect(again.lock).toEqual(first.lock);
    const fresh = await verdictOn(shop('1'), shop('3'), { evidence: moved });
    expect(said(fresh).findings).toEqual(['provenance/signature-lost blocking apps/shop/kustomization.yaml:6']);
  });

  test('nothing moved, nothing else', async () => {
    const first = await verdictOn(shop('1'), shop('3'), { evidence: signed() });
    const again = await verdictOn(shop('1'), shop('3'), { evidence: signed(), known: first.lock });
    expect({ ...again, timings: {} }).toEqual({ ...first, timings: {} });
  });
});

/** `acme/**` signed from this repository, and no more. */
function policyFor(repository: string): string {
  return `version: 1\nimages:\n  - match: ghcr.io/acme/**\n    require:\n      signature: { keyless: { issuer: "https://token.actions.githubusercontent.com", repository: ${repository} } }\n  - match: quay.io/**\n    require: {}\n`;
}

describe('with a policy of the base', () => {
  test('what it asks for blocks where it is missing, and what stood before is debt', async () => {
    const rules = { '.presync.yaml': policyFor('acme/*') };
    const verdict = await verdictOn(shop('2', rules), shop('4', rules), { evidence: signed() });
    expect(said(verdict).findings).toEqual(['provenance/signature blocking apps/shop/kustomization.yaml:6']);
    const standing = await verdictOn(
      shop('2', rules),
      shop('2', {
        ...rules,
        'apps/shop/deployment.yaml': DEPLOYMENT.replace('{name: web}', '{name: web, labels: {a: b}}'),
      }),
      { evidence: signed() },
    );
    expect([standing.conclusion, said(standing).findings]).toEqual(['passed', []]);
    expect(standing.findings.map(({ rule, status }) => `${rule} ${status}`)).toContain('provenance/signature existing');
    expect(standing.images.find(({ ref }) => ref === 'ghcr.io/acme/web:2')).toMatchObject({ status: 'unsigned' });
  });

  test('a pull request that names its own signer is judged by the base', async () => {
    const verdict = await verdictOn(
      shop('1', { '.presync.yaml': policyFor('acme/*') }),
      shop('4', { '.presync.yaml': policyFor('"**"') }),
      { evidence: signed() },
    );
    expect(said(verdict).findings).toEqual([
      'provenance/signature blocking apps/shop/kustomization.yaml:6',
      'provenance/signer-changed blocking apps/shop/kustomization.yaml:6',
    ]);
  });
});

async function rulesBetween(base: Files, merged: Files): Promise<readonly (string | undefined)[]> {
  return said(await verdictOn(base, merged, { evidence: signed() })).findings.map((text) => text.split(' ')[0]);
}

describe('what other tools ask of images', () => {
  const guard = `apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata: {name: signed}
spec:
  images: [{glob: "ghcr.io/acme/**"}]
  authorities: [{keyless: {identities: [{issuer: "https://token.actions.githubusercontent.com", subject: "${RELEASE}"}]}}]
`;
  const namespace =
    'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {policy.sigstore.dev/include: "true"}}\n';
  const guards = {
    'guards.yaml': applicationText('guards', { path: 'guards' }),
    'guards/guard.yaml': guard,
    'guards/namespace.yaml': namespace,
  };

  const made = (include: string) => ({
    ...guards,
    'guards/namespace.yaml': namespace.replace('shop', 'other'),
    'apps.yaml': applicationText('shop', { path: 'apps/shop' }).replace(
      '"spec": {',
      `"spec": {"syncPolicy": {"syncOptions": ["CreateNamespace=true"], "managedNamespaceMetadata": {"labels": {"policy.sigstore.dev/include": "${include}"}}},`,
    ),
  });

  test('is asked before the merge', async () => {
    const verdict = await verdictOn(shop('2', guards), shop('4', guards), { evidence: signed() });
    expect(said(verdict).findings).toEqual(['provenance/signature blocking apps/shop/kustomization.yaml:6']);
    expect(verdict.findings.find(({ rule }) => rule === 'provenance/signature')?.message).toContain(
      'ClusterImagePolicy signed',
    );
  });

  test('is asked of an object without a namespace, in that which its app goes to', async () => {
    const plain = { ...guards, 'apps/shop/kustomization.yaml': kustomization('2').replace('namespace: shop\n', '') };
    const elsewhere = applicationText('shop', {
      path: 'apps/shop',
    }).replace('"namespace": "shop"', '"namespace": "other"');
    const asked = await verdictOn(shop('3', guards), shop('2', plain), { evidence: signed() });
    expect(said(asked).findings).toContain('provenance/signature blocking apps/shop/kustomization.yaml:2');
    const other = { ...plain, 'apps.yaml': elsewhere };
    const free = await verdictOn(shop('3', guards), shop('2', other), { evidence: signed() });
    expect(said(free).findings.filter((text) => text.startsWith('provenance/signature '))).toEqual([]);
  });

  test('is asked in a namespace that Argo CD makes with the label', async () => {
    expect(await rulesBetween(shop('2', made('true')), shop('4', made('true')))).toEqual(['provenance/signature']);
    expect(await rulesBetween(shop('2', made('false')), shop('4', made('true')))).toEqual(['provenance/signature']);
    expect(await rulesBetween(shop('2', made('false')), shop('4', made('false')))).toEqual([]);
    const lost = 'provenance/guard-removed';
    expect(await rulesBetween(shop('1', made('true')), shop('1', made('false')))).toEqual([lost]);
    expect(await rulesBetween(shop('2', made('true')), shop('4', made('false')))).toContain('provenance/signature');
  });

  test('is not taken away', async () => {
    const without = { ...guards, 'guards/guard.yaml': '# nothing\n' };
    const verdict = await verdictOn(shop('1', guards), shop('1', without), { evidence: signed() });
    expect(said(verdict)).toMatchObject({
      outcome: 'failed',
      findings: [expect.stringMatching(/^provenance\/guard-removed blocking guards\/guard.yaml/)],
    });
  });
});

test('what every reader should know of the roots is said where an image was judged by them', async () => {
  const roots: TrustedRoots = {
    ...NO_ROOTS,
    current: () =>
      Promise.resolve({ roots: [], warnings: [{ root: 'public-good', sentence: 'It grows old.' }], isDue: false }),
  };
  expect((await verdictOn(shop('1'), shop('3'), { evidence: signed(), roots })).notes).toEqual(['It grows old.']);
  expect((await verdictOn(shop('1'), shop('1', { 'a.md': '' }), { evidence: signed(), roots })).notes).not.toContain(
    'It grows old.',
  );
});

/** A HelmRelease of a chart with one template. */
function release(text: string): Files {
  return {
    'flux.yaml': `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: flux-system}
spec:
  interval: 1m
  targetNamespace: shop
  chart: {spec: {chart: ./charts/web, sourceRef: {kind: GitRepository, name: flux-system}}}
`,
    'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
    'charts/web/templates/pod.yaml': text,
  };
}

test('every form of an object is judged: an image that may be another at the next render', async () => {
  const template = `apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: web, image: "ghcr.io/acme/web:{{ if .Release.IsInstall }}1{{ else }}2{{ end }}"}]}
`;
  const plain = template.replace(/\{\{ if.*?end \}\}/, '1');
  const verdict = await verdictOn(release(plain), release(template), { evidence: signed() });
  expect(said(verdict)).toMatchObject({
    outcome: 'failed',
    findings: [expect.stringMatching(/^provenance\/signature-lost blocking charts\/web\/templates\/pod.yaml/)],
  });
});

function want(version: string): RemoteWant {
  return {
    kind: 'oci',
    url: 'oci://ghcr.io/acme/charts/web',
    reference: version,
    content: 'chart',
  };
}

/** An Application of the chart. */
function app(version: string): Files {
  return {
    'apps.yaml': applicationText('web', { repoURL: 'ghcr.io/acme/charts', chart: 'web', targetRevision: version }),
  };
}

/** Two versions of it. */
function charts(): MovingRemote {
  const remote = new MovingRemote();
  for (const [version, digit] of [
    ['1.0.0', '5'],
    ['2.0.0', '6'],
  ] as const)
    remote.put(
      want(version),
      aDigest(digit),
      withoutFolder(chartFiles('web', { 'config.yaml': configTemplate('web', 'a: b') }), 'web'),
    );
  return remote;
}

describe('a chart of a registry', () => {
  test('is an image, judged by the digest that was rendered', async () => {
    const evidence = new FakeEvidence()
      .put('ghcr.io/acme/charts/web:1.0.0', anImage('5', aSignature(aWorkflow())))
      .put('ghcr.io/acme/charts/web:2.0.0', anImage('6'));
    const verdict = await verdictOn(app('1.0.0'), app('2.0.0'), { evidence, remote: charts() });
    expect(said(verdict)).toEqual({
      outcome: 'failed',
      findings: ['provenance/signature-lost blocking apps.yaml:12'],
    });
    expect(evidence.names).toEqual([
      `ghcr.io/acme/charts/web:1.0.0@${aDigest('5')}`,
      `ghcr.io/acme/charts/web:2.0.0@${aDigest('6')}`,
    ]);
    expect(verdict.images).toMatchObject([
      { ref: `ghcr.io/acme/charts/web:2.0.0@${aDigest('6')}`, status: 'unsigned' },
    ]);
  });
});

const tagged = (tag: string, label: string): Files => ({
  'apps.yaml': applicationText('shop', { path: 'chart' }),
  'chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 0.1.0\n',
  'chart/values.yaml': `repository: ghcr.io/acme/web\ntag: "${tag}" # the release\nfull: ghcr.io/acme/web:${tag}\nlabel: ${tag}\n`,
  'chart/templates/web.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {version: "{{ .Values.${label} }}"}}
spec:
  template:
    spec:
      containers:
        - {name: web, image: "{{ .Values.repository }}:{{ .Values.tag }}"}
        - {name: full, image: "{{ .Values.full }}"}
`,
});

async function pins(label: string) {
  const verdict = await verdictOn(tagged('1', label), tagged('2', label), { evidence: signed() });
  const found = verdict.findings.filter(({ rule, status }) => rule === 'images/digest' && status === 'new');
  return found.map(({ location, suggestion }) => [location?.line, suggestion]);
}

describe('the pinned line of a chart', () => {
  const whole = [3, `full: ghcr.io/acme/web:2@${aDigest('2')}`];

  test('is offered where images alone change by it, each on its own line', async () => {
    expect(await pins('label')).toEqual([[2, `tag: "2@${aDigest('2')}" # the release`], whole]);
  });

  test('is not offered for a tag that is a label too', async () => {
    expect(await pins('tag')).toEqual([[2, undefined], whole]);
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { applicationText, deploymentText, type Files } from '../builders/manifests.ts';
import { signedImage } from '../builders/signed-image.ts';
import { pushImage } from '../standin/registry/images.ts';
import { aRegistry, type RegistryStandIn } from '../standin/registry/registry.ts';
import { aWorkflow, GITHUB_ISSUER } from '../standin/sigstore/identity.ts';
import { aSigningKey } from '../standin/sigstore/keys.ts';
import { signingWorld } from '../standin/sigstore/world.ts';
import { checkProgram, TIMEOUT_MS } from './check-program.ts';

const opened: { folder?: string; registry?: RegistryStandIn } = {};
const signing = signingWorld();
const key = aSigningKey();
const otherKey = aSigningKey();

beforeAll(async () => {
  const [folder, registry] = [await mkdtemp(join(tmpdir(), 'presync-ivp-')), await aRegistry()];
  await writeFile(join(folder, 'root.json'), signing.trustedRoot.json);
  const image = (tag: string, by: NonNullable<Parameters<typeof signedImage>[2]>, as: 'sig' | 'bundle' | 'att') =>
    signedImage(registry, signing, { repository: 'ghcr.io/acme/web', tag, content: tag, as: [as], ...by });
  image('signed', { by: workflow('acme/web') }, 'bundle');
  image('again', { by: workflow('acme/web') }, 'sig');
  image('stranger', { by: workflow('evil/web') }, 'sig');
  image('key', { by: { key } }, 'sig');
  image('other-key', { by: { key: otherKey } }, 'sig');
  // The statement names its repository as the registry does; the certificate must not contradict it.
  image('attested', { by: workflow('ghcr.io/acme/web') }, 'att');
  pushImage(registry, 'ghcr.io/acme/web', { tag: 'bare', content: 'bare' });
  pushImage(registry, 'ghcr.io/acme/web', { tag: 'bare2', content: 'bare2' });
  Object.assign(opened, { folder, registry });
});

afterAll(async () => {
  await opened.registry?.close();
  if (opened.folder !== undefined) await rm(opened.folder, { recursive: true });
});

function workflow(repository: string) {
  return { identity: aWorkflow({ repository }) };
}

/** The program itself on a real repository: each finding of the family that is not fixed, and the conclusion. */
async function found(base: Files, head: Files): Promise<readonly string[]> {
  const { conclusion, findings } = await checkProgram({ ...opened, names: ['ghcr.io'] }, base, head);
  const own = findings.filter(({ rule, status }) => rule.startsWith('provenance/') && status !== 'fixed');
  const lines = own
    .filter(({ rule }) =>
      ['provenance/signature', 'provenance/guard-unread', 'provenance/guard-removed'].includes(rule),
    )
    .map(({ rule, status, blocking, message }) => `${status}${blocking ? ' blocks' : ''} ${rule}: ${message}`);
  return [conclusion, ...lines.toSorted()];
}

const APP = { 'apps.yaml': applicationText('shop', { path: 'apps/shop' }) };

function shop(tag: string, more: Files = {}): Files {
  return { ...APP, 'apps/shop/web.yaml': deploymentText('web', `ghcr.io/acme/web:${tag}`), ...more };
}

interface PolicyWish {
  readonly attestors?: string;
  readonly validation?: string;
  readonly more?: string;
}

const KEYLESS = `cosign: {keyless: {identities: [{issuer: "${GITHUB_ISSUER}", subjectRegExp: "^https://github.com/(ghcr.io/)?acme/web/"}]}}`;
const SIGNED = 'images.containers.all(image, verifyImageSignatures(image, [attestors.who]) > 0)';

function guard({ attestors = KEYLESS, validation = SIGNED, more = '' }: PolicyWish = {}): Files {
  return {
    'apps/shop/guard.yaml': `apiVersion: policies.kyverno.io/v1
kind: ImageValidatingPolicy
metadata: {name: signed}
spec:
  matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [pods]}]}
  matchImageReferences: [{glob: "ghcr.io/acme/*"}]
  attestors: [{name: who, ${attestors}}]
  attestations: [{name: slsa, intoto: {type: "https://slsa.dev/provenance/v0.2"}}]
  validations: [{expression: "${validation}", message: "not signed by us"}]
${more}`,
  };
}

const rollout = {
  'apps/shop/more.yaml': deploymentText('more', 'ghcr.io/acme/web:bare')
    .replace('apps/v1', 'argoproj.io/v1alpha1')
    .replace('Deployment', 'Rollout'),
};

function workflowOf(tag: string): Files {
  const spec = { templates: [{ name: 'a', container: { image: `ghcr.io/acme/web:${tag}` } }] };
  const object = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Workflow', metadata: { name: 'steps' }, spec };
  return { 'apps/shop/steps.yaml': JSON.stringify(object) };
}

const POD_ALONE = {
  validation: `object.kind != 'Pod' || ${SIGNED}`,
  more: '  validationConfigurations: {required: false}',
};
const broken = {
  'apps/shop/broken.yaml':
    'apiVersion: policies.kyverno.io/v1\nkind: ImageValidatingPolicy\nmetadata: {name: broken}\nspec: {matchConditions: a}\n',
};
const BROKEN =
  'provenance/guard-unread: ImageValidatingPolicy broken is not applied before the merge: it cannot be read: json: cannot unmarshal string into Go struct field kyvernoSpec.matchConditions of type []v1.MatchCondition';
const pem = JSON.stringify(key.pem);
const DENIED = 'provenance/signature: ImageValidatingPolicy signed denies Deployment web: not signed by us';
const ATTESTED =
  "images.containers.all(image, verifyAttestationSignatures(image, attestations.slsa, [attestors.who]) > 0 && extractPayload(image, attestations.slsa).predicate.builder.id.startsWith('BUILDER'))";
const attested = (builder: string) => guard({ validation: ATTESTED.replace('BUILDER', builder) });

test.each<[string, Files, Files, readonly string[]]>([
  ['a signed image', shop('signed', guard()), shop('again', guard()), ['passed']],
  ['an unsigned image', shop('bare', guard()), shop('bare2', guard()), ['failed', `new blocks ${DENIED}`]],
  ['an image of a stranger', shop('bare', guard()), shop('stranger', guard()), ['failed', `new blocks ${DENIED}`]],
  [
    'what stands',
    shop('bare', guard()),
    shop('bare', { ...guard(), 'apps/shop/x.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n' }),
    ['passed', `existing blocks ${DENIED}`],
  ],
  [
    'an unsigned image in pods of a kind that the policy does not name',
    shop('signed', guard()),
    shop('signed', { ...guard(), ...rollout }),
    ['failed', `new blocks ${DENIED.replace('Deployment web', 'Rollout more')}`],
  ],
  [
    'an unsigned image in a field of its own',
    shop('signed', guard()),
    shop('signed', { ...guard(), ...workflowOf('bare') }),
    ['failed', `new blocks ${DENIED.replace('Deployment web', 'Workflow steps')}`],
  ],
  [
    'an unsigned image in pods of what the policy lets in itself',
    shop('signed', guard(POD_ALONE)),
    shop('bare', guard(POD_ALONE)),
    ['failed', `new blocks ${DENIED}`],
  ],
  [
    'a broken policy beside another',
    shop('signed', { ...guard(), ...broken }),
    shop('stranger', { ...guard(), ...broken }),
    ['failed', `existing ${BROKEN}`, `new blocks ${DENIED}`],
  ],
  [
    'a policy that only reports',
    shop('bare', guard({ more: '  validationActions: [Audit]' })),
    shop('bare2', guard({ more: '  validationActions: [Audit]' })),
    ['passed', 'new provenance/signature: ImageValidatingPolicy signed reports Deployment web: not signed by us'],
  ],
  [
    'the key of a policy',
    shop('bare', guard({ attestors: `cosign: {key: {data: ${pem}}}` })),
    shop('key', guard({ attestors: `cosign: {key: {data: ${pem}}}` })),
    ['passed'],
  ],
  [
    'another key',
    shop('bare', guard({ attestors: `cosign: {key: {data: ${pem}}}` })),
    shop('other-key', guard({ attestors: `cosign: {key: {data: ${pem}}}` })),
    ['failed', `new blocks ${DENIED}`],
  ],
  [
    'a key that a service holds',
    shop('bare', guard({ attestors: 'cosign: {key: {kms: "awskms:///alias/x"}}' })),
    shop('key', guard({ attestors: 'cosign: {key: {kms: "awskms:///alias/x"}}' })),
    [
      'passed',
      'new provenance/guard-unread: ImageValidatingPolicy signed is not applied to Deployment web before the merge: attestor who: its key is held by a key service',
    ],
  ],
  [
    'the content of an attestation',
    shop('bare', attested('https://github.com/')),
    shop('attested', attested('https://github.com/')),
    ['passed'],
  ],
  [
    'the wrong content of an attestation',
    shop('bare', attested('https://elsewhere/')),
    shop('attested', attested('https://elsewhere/')),
    ['failed', `new blocks ${DENIED}`],
  ],
  [
    'a policy that is taken away',
    shop('bare', guard()),
    shop('bare'),
    [
      'failed',
      `existing blocks ${DENIED}`,
      'new blocks provenance/guard-removed: ImageValidatingPolicy signed is taken away; what it asks of images would not be asked any more',
    ],
  ],
  [
    'a policy that only reports from now on, and an image that it would deny',
    shop('signed', guard()),
    shop('bare', guard({ more: '  validationActions: [Audit]' })),
    [
      'failed',
      'new blocks provenance/guard-removed: ImageValidatingPolicy signed asks for less; it would only report what it denies today',
      `new blocks ${DENIED}`,
    ],
  ],
])(
  '%s',
  async (_, base, head, expected) => {
    expect(await found(base, head)).toEqual(expected);
  },
  TIMEOUT_MS,
);

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { applicationText, deploymentText, type Files } from '../builders/manifests.ts';
import { signedImage } from '../builders/signed-image.ts';
import { pushImage } from '../standin/registry/images.ts';
import { aRegistry, type RegistryStandIn } from '../standin/registry/registry.ts';
import { aWorkflow, GITHUB_ISSUER } from '../standin/sigstore/identity.ts';
import { signingWorld } from '../standin/sigstore/world.ts';
import { checkProgram, TIMEOUT_MS } from './check-program.ts';

const opened: { folder?: string; registry?: RegistryStandIn } = {};
const signing = signingWorld();

beforeAll(async () => {
  const [folder, registry] = [await mkdtemp(join(tmpdir(), 'presync-detours-')), await aRegistry()];
  await writeFile(join(folder, 'root.json'), signing.trustedRoot.json);
  for (const tag of ['1', '2']) {
    const by = { identity: aWorkflow({ repository: 'acme/web', ref: `refs/tags/${tag}` }) };
    signedImage(registry, signing, { repository: 'ghcr.io/acme/web', by, tag, content: tag });
  }
  pushImage(registry, 'ghcr.io/acme/web', { tag: 'evil', content: 'evil' });
  pushImage(registry, 'ghcr.io/acme/tool', { tag: '1', content: 'tool' });
  Object.assign(opened, { folder, registry });
});

afterAll(async () => {
  await opened.registry?.close();
  if (opened.folder !== undefined) await rm(opened.folder, { recursive: true });
});

/** The program itself on a real repository; what blocks, or the conclusion where nothing does. */
async function blocking(base: Files, head: Files): Promise<readonly string[]> {
  const { conclusion, findings } = await checkProgram({ ...opened, names: ['ghcr.io', 'ghcr.io:443'] }, base, head);
  const rules = findings.filter(({ status, blocking: blocks }) => status === 'new' && blocks).map(({ rule }) => rule);
  return rules.length > 0 ? rules.toSorted() : [conclusion];
}

const APP = { 'apps.yaml': applicationText('shop', { path: 'apps/shop' }) };
function shop(web: string, tool: string, more: Files = {}): Files {
  const own = { 'apps/shop/web.yaml': deploymentText('web', web), 'apps/shop/tool.yaml': deploymentText('tool', tool) };
  return { ...APP, ...own, ...more };
}

const POLICY = {
  '.presync.yaml': `version: 1
images:
  - match: ghcr.io/acme/web
    require: { signature: { keyless: { issuer: "${GITHUB_ISSUER}", repository: acme/web } } }
  - { match: "**", require: {} }
`,
};
const GUARD = {
  'apps/shop/guard.yaml': `apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata: {name: signed}
spec:
  images: [{glob: "ghcr.io/acme/**"}]
  authorities: [{keyless: {identities: [{issuer: "${GITHUB_ISSUER}", subjectRegExp: "^https://github.com/acme/.*$"}]}, signatureFormat: bundle}]
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {policy.sigstore.dev/include: "true"}}
`,
};
const [WEB, TOOL, EVIL] = ['ghcr.io/acme/web:1', 'ghcr.io/acme/tool:1', 'ghcr.io/acme/web:evil'];
const OVERLAY = {
  'base/web.yaml': deploymentText('web', 'web'),
  'base/kustomization.yaml': 'resources: [web.yaml]\n',
  'overlay/kustomization.yaml': 'resources: [../base]\nimages: [{name: web, newName: ghcr.io/acme/web, newTag: "1"}]\n',
};
const plainly = (images: Readonly<Record<string, string>>): Files =>
  Object.fromEntries(
    Object.entries(images).map(([path, image]) => [path, deploymentText(path.replace(/\W/g, '-'), image)]),
  );
const UNREAD = {
  'policies/guard.yaml': GUARD['apps/shop/guard.yaml'],
  '.presync.yaml': 'version: 1\nclusters: { production: { paths: [policies/**] } }\n',
};
const JOINING = {
  'apps/shop/namespace.yaml':
    'apiVersion: v1\nkind: Namespace\nmetadata: {name: new, labels: {policy.sigstore.dev/include: "true"}}\n',
  'apps/shop/new.yaml': deploymentText('new', TOOL).replace('"name": "new"', '"namespace": "new",\n  "name": "new"'),
};
const more = (image: string) => ({ 'apps/shop/more.yaml': deploymentText('more', image) });

test.each<[string, Files, Files, readonly string[]]>([
  ['a release by the same workflow', shop(WEB, TOOL), shop('ghcr.io/acme/web:2', TOOL), ['passed']],
  [
    'an unsigned image in the place of a tool that nobody signed',
    shop(WEB, TOOL),
    shop(WEB, EVIL),
    ['provenance/signature-lost'],
  ],
  [
    'an image by another name of its registry',
    shop(TOOL, TOOL, POLICY),
    shop(TOOL, TOOL, { ...POLICY, ...more('ghcr.io:443/acme/web:evil') }),
    ['provenance/signature'],
  ],
  [
    'an object without a namespace where the cluster asks for signatures',
    shop(WEB, TOOL, GUARD),
    shop(WEB, TOOL, { ...GUARD, ...more(TOOL) }),
    ['provenance/signature'],
  ],
  [
    'an unsigned image that a policy refuses which no app reads, in the cluster that is declared',
    shop(WEB, TOOL, UNREAD),
    shop(WEB, TOOL, { ...UNREAD, ...more(TOOL) }),
    ['provenance/signature'],
  ],
  [
    'the same where no cluster is declared',
    shop(WEB, TOOL, { 'policies/guard.yaml': GUARD['apps/shop/guard.yaml'] }),
    shop(WEB, TOOL, { 'policies/guard.yaml': GUARD['apps/shop/guard.yaml'], ...more(TOOL) }),
    ['passed'],
  ],
  [
    'an unsigned image in a namespace that joins with the change',
    shop(WEB, TOOL, GUARD),
    shop(WEB, TOOL, { ...GUARD, ...JOINING }),
    ['provenance/signature'],
  ],
  [
    'an unsigned image in a new app',
    shop(WEB, TOOL),
    { ...shop(WEB, TOOL), 'other/b.yaml': deploymentText('b', EVIL) },
    ['provenance/signature-lost'],
  ],
  [
    'an unsigned image in another folder than the one that no app reads',
    plainly({ 'plain/a.yaml': WEB }),
    plainly({ 'plain/a.yaml': WEB, 'other/b.yaml': EVIL }),
    ['provenance/signature-lost'],
  ],
  [
    'an unsigned image in a new file of that folder',
    plainly({ 'plain/a.yaml': WEB }),
    plainly({ 'plain/a.yaml': WEB, 'plain/b.yaml': EVIL }),
    ['provenance/signature-lost'],
  ],
  [
    'an unsigned image beside what a kustomization alone names',
    OVERLAY,
    { ...OVERLAY, ...plainly({ 'other/b.yaml': EVIL }) },
    ['provenance/signature-lost'],
  ],
  [
    'a signed image in a new folder',
    plainly({ 'plain/a.yaml': WEB }),
    plainly({ 'plain/a.yaml': WEB, 'other/b.yaml': 'ghcr.io/acme/web:2' }),
    ['passed'],
  ],
  [
    'an unsigned image where a folder that is not deployed runs a signed one',
    { ...plainly({ 'plain/a.yaml': WEB }), '.presync.yaml': 'version: 1\nignore: [plain/**]\n' },
    { ...plainly({ 'plain/a.yaml': WEB, 'other/b.yaml': EVIL }), '.presync.yaml': 'version: 1\nignore: [plain/**]\n' },
    ['passed'],
  ],
  [
    'an unsigned image where others of its repository are unsigned',
    plainly({ 'plain/a.yaml': WEB, 'plain/old.yaml': EVIL }),
    plainly({ 'plain/a.yaml': WEB, 'plain/old.yaml': EVIL, 'other/b.yaml': EVIL }),
    ['passed'],
  ],
])(
  '%s',
  async (_, base, head, expected) => {
    expect(await blocking(base, head)).toEqual(expected);
  },
  TIMEOUT_MS,
);

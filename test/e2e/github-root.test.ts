import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ociRegistry } from '../../src/adapters/registry/registry.ts';
import { toolRunner } from '../../src/adapters/process/tool-runner.ts';
import { githubInstance } from '../../src/adapters/sigstore/instance.ts';
import { canonicalJson } from '../../src/model/json.ts';
import type { VerifiedImage } from '../../src/model/verify-report.ts';
import { verifyImages } from '../../src/pipeline/verify-images.ts';
import { openImages, type Images } from '../../workers/images.ts';
import { aCache } from '../builders/cache.ts';
import { signedImage } from '../builders/signed-image.ts';
import { aTufRepository } from '../builders/tuf-repository.ts';
import { aClock } from '../fakes/clock.ts';
import { loopbackHttp } from '../standin/loopback-http.ts';
import { pushImage } from '../standin/registry/images.ts';
import { aRegistry, type RegistryStandIn } from '../standin/registry/registry.ts';
import { aServer, type LoopbackServer } from '../standin/server.ts';
import { aWorkflow } from '../standin/sigstore/identity.ts';
import { signingWorld } from '../standin/sigstore/world.ts';

/** Attestations of a private repository, under an instance that is GitHub's but for its keys: an image, a registry, a TUF mirror. */
const TIMEOUT_MS = 120_000;
const { organization } = githubInstance();
const signing = signingWorld({ name: 'github', style: 'github', organization });
const signal = new AbortController().signal;
const clock = aClock('2026-11-01T00:00:00Z');
const KEYLESS = 'issuer: "https://token.actions.githubusercontent.com", repository: acme/shop';

interface World {
  readonly folder: string;
  readonly registry: RegistryStandIn;
  readonly mirror: LoopbackServer;
  readonly images: Images;
  readonly pin: { readonly version: number; readonly sha256: string };
}
const opened: { world?: World } = {};

beforeEach(async () => {
  const repository = aTufRepository(signing.trustedRoot.json);
  const mirror = await aServer((request, response) => {
    const file = repository.files.get(request.url ?? '');
    response.writeHead(file === undefined ? 404 : 200).end(file ?? '');
  });
  const { signed } = JSON.parse(repository.root) as { signed: object };
  const pin = { version: 1, sha256: createHash('sha256').update(canonicalJson(signed)).digest('hex') };
  const folder = await mkdtemp(join(tmpdir(), 'presync-github-root-'));
  opened.world = { folder, registry: await aRegistry(), mirror, pin, images: await imagesOn(mirror, folder, pin) };
});

afterEach(async () => {
  const { folder, registry, mirror, images } = theWorld();
  await Promise.all([registry.close(), mirror.close(), images.close()]);
  await rm(folder, { recursive: true });
});

function imagesOn({ origin }: LoopbackServer, folder: string, pin: World['pin']): Promise<Images> {
  const githubUrl = 'https://api.github.com';
  const instances = [{ ...githubInstance(), mirror: origin, pin }];
  return openImages({ runner: toolRunner(), clock, build: 'test', folder, githubUrl, rootFiles: [], instances });
}

function theWorld(): World {
  if (opened.world === undefined) throw new Error('the world was not made');
  return opened.world;
}

async function verified(name: string, policy: string): Promise<VerifiedImage | undefined> {
  const { registry: standIn, images } = theWorld();
  const http = loopbackHttp();
  const known = { http, plainHosts: [standIn.origin], credentials: new Map(), realms: new Map() };
  const elsewhere = { http, registry: ociRegistry(known) };
  const ports = images.of({ elsewhere, rule: { mayUse: () => true }, cache: aCache({ clock }), token: undefined });
  const policyText = { file: 'policy.yaml', text: `version: 1\n${policy}\n` };
  const asked = { images: [`${standIn.host}/${name}`], policyText };
  return (await verifyImages(asked, { ...ports, clock }, signal)).images[0];
}

function requiring(root = ''): string {
  const signer = `{ keyless: { ${KEYLESS} ${root} } }`;
  const builder = '"https://github.com/acme/shop/.github/workflows/*@**"';
  return `images: [{ match: "**", require: { provenance: { builder: ${builder}, source: acme/shop, signer: ${signer} } } }]`;
}

test(
  'an image whose provenance is under it is verified, by a root that is fetched for it and kept',
  async () => {
    const { registry, mirror, folder } = theWorld();
    signedImage(registry, signing, { tag: '1', as: ['github-provenance'] });
    expect(await verified('acme/shop:1', requiring())).toMatchObject({
      status: 'verified',
      rules: [{ unmet: [] }],
    });
    expect(mirror.seen[0]?.path).toBe('/1.root.json');
    expect(await readdir(folder)).toEqual(['github.json']);
    const asked = mirror.seen.length;
    expect(await verified('acme/shop:1', requiring(', root: github'))).toMatchObject({ status: 'verified' });
    expect(mirror.seen).toHaveLength(asked);
    expect(await verified('acme/shop:1', requiring(', root: public-good'))).not.toMatchObject({ status: 'verified' });
  },
  TIMEOUT_MS,
);

test(
  'without network it could not be checked, which is neither verified nor unsigned',
  async () => {
    const { registry, mirror } = theWorld();
    signedImage(registry, signing, { tag: '1', as: ['github-provenance'] });
    await mirror.close();
    const image = await verified('acme/shop:1', requiring());
    expect(image).toMatchObject({ status: 'errored', rules: [] });
    expect(image?.summary).toContain(
      `the trusted root of GitHub's own instance of Sigstore is not here; let presync reach ${mirror.origin} once`,
    );
    expect(image?.summary).toContain('did not answer');
  },
  TIMEOUT_MS,
);

test(
  'without network the root that was fetched before is good enough',
  async () => {
    const { registry, mirror } = theWorld();
    signedImage(registry, signing, { tag: '1', as: ['github-provenance'] });
    await verified('acme/shop:1', requiring());
    await mirror.close();
    expect(await verified('acme/shop:1', requiring())).toMatchObject({ status: 'verified' });
  },
  TIMEOUT_MS,
);

test(
  'a mirror that serves another root is not believed',
  async () => {
    const { registry, mirror, images, folder } = theWorld();
    signedImage(registry, signing, { tag: '1', as: ['github-provenance'] });
    await images.close();
    opened.world = { ...theWorld(), images: await imagesOn(mirror, folder, { version: 1, sha256: '0'.repeat(64) }) };
    const image = await verified('acme/shop:1', requiring());
    expect(image).toMatchObject({ status: 'errored' });
    expect(image?.summary).toContain('is not the root that presync knows');
  },
  TIMEOUT_MS,
);

test(
  'where policy does not trust it, it counts for nothing, and its mirror is not asked',
  async () => {
    const { registry, mirror } = theWorld();
    signedImage(registry, signing, { tag: '1', as: ['github-provenance'] });
    const image = await verified('acme/shop:1', 'trust: { github: false }');
    expect(image).toMatchObject({ status: 'unverifiable', found: [{ outcome: 'rejected' }] });
    expect(mirror.seen).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  'images of others do not ask for it, and one who only says that he is GitHub is refused by it',
  async () => {
    const { registry, mirror } = theWorld();
    pushImage(registry, 'acme/bare', { tag: '1' });
    const stranger = signingWorld({ name: 'stranger', style: 'github' });
    signedImage(registry, stranger, { repository: 'acme/strange', tag: '1', as: ['github-provenance'] });
    expect(await verified('acme/bare:1', '')).toMatchObject({ status: 'unsigned' });
    expect(await verified('acme/strange:1', '')).toMatchObject({ status: 'unverifiable' });
    expect(mirror.seen).toEqual([]);
    const forger = signingWorld({ name: 'forger', style: 'github', organization });
    signedImage(registry, forger, { repository: 'acme/forged', tag: '1', as: ['github-provenance'] });
    const forged = await verified('acme/forged:1', requiring());
    expect(forged).toMatchObject({ status: 'unverifiable', found: [{ outcome: 'rejected' }] });
    expect(mirror.seen.length).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

test(
  'it vouches for no other issuer',
  async () => {
    const { registry } = theWorld();
    const by = { identity: aWorkflow({ repository: 'acme/shop', issuer: 'https://gitlab.com' }) };
    signedImage(registry, signing, { tag: '1', as: ['github-provenance'], by });
    expect(await verified('acme/shop:1', '')).toMatchObject({
      status: 'unverifiable',
      found: [{ what: 'github does not vouch for identities of https://gitlab.com' }],
    });
  },
  TIMEOUT_MS,
);

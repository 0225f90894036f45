import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { aCache } from '../../test/builders/cache.ts';
import { signedImage } from '../../test/builders/signed-image.ts';
import { aClock, type FakeClock } from '../../test/fakes/clock.ts';
import { aVerifier, believing, type FakeVerifier } from '../../test/fakes/signature-verifier.ts';
import { FakeTimer } from '../../test/fakes/timer.ts';
import { loopbackHttp } from '../../test/standin/loopback-http.ts';
import { addToFallback, attach, attachLayer, attachReferrer, fallbackTag } from '../../test/standin/registry/attach.ts';
import { digestOf, EMPTY, jsonDocument, OCI_INDEX, OCI_MANIFEST } from '../../test/standin/registry/document.ts';
import {
  answersWith,
  changesAfter,
  drips,
  endlessReferrers,
  isDown,
  sends,
} from '../../test/standin/registry/faults.ts';
import { pushImage, pushIndex } from '../../test/standin/registry/images.ts';
import { aRegistry, type RegistryStandIn } from '../../test/standin/registry/registry.ts';
import { signingWorld } from '../../test/standin/sigstore/world.ts';
import { ociRegistry } from '../adapters/registry/registry.ts';
import { parseImageRef } from '../model/image-ref.ts';
import type { ImageEvidence, Trust } from '../model/provenance.ts';
import { type AttestationApi, AttestationApiError } from '../ports/attestation-api.ts';
import type { EvidenceWant, ImageEvidenceSource } from '../ports/image-evidence.ts';
import { type EvidenceOptions, imageEvidence } from './evidence.ts';
import { LIMITS } from './limits.ts';

const TRUST: Trust = { roots: [], keys: [], authorities: [] };
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const SIMPLE = 'application/vnd.dev.cosign.simplesigning.v1+json';
const signal = new AbortController().signal;
const world = signingWorld();
const cleanUp: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of cleanUp.splice(0)) await close();
});

interface Scene {
  readonly standIn: RegistryStandIn;
  readonly source: ImageEvidenceSource;
  readonly timer: FakeTimer;
  readonly read: (reference: string, want?: Partial<EvidenceWant>) => Promise<ImageEvidence>;
  /** Another process, another run: the same registry and whatever else is given. */
  readonly again: (options?: Partial<EvidenceOptions>) => Scene;
}

async function aScene(options: Partial<EvidenceOptions> = {}): Promise<Scene> {
  const standIn = await aRegistry();
  cleanUp.push(() => standIn.close());
  return sceneOn(standIn, options);
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function now(): Date {
  return new Date('2026-03-02T00:00:00Z');
}

function minutes(count: number): number {
  return count * 60_000;
}

function sceneOn(standIn: RegistryStandIn, options: Partial<EvidenceOptions>): Scene {
  const timer = new FakeTimer();
  const http = loopbackHttp();
  const registry = ociRegistry({ http, plainHosts: [standIn.origin], credentials: new Map(), realms: new Map() });
  const source = imageEvidence({ registry, verifier: aVerifier(), timer, hash, now, build: 'test', ...options });
  return {
    standIn,
    source,
    timer,
    read: (reference, want = {}) =>
      source.read({ ref: parseImageRef(`${standIn.host}/${reference}`), platforms: false, ...want }, TRUST, signal),
    again: (more = {}) => sceneOn(standIn, { ...options, ...more }),
  };
}

type Read = Extract<ImageEvidence, { readonly status: 'read' }>;

function readOf(evidence: ImageEvidence): Read {
  if (evidence.status === 'read') return evidence;
  throw new Error(`${evidence.status}: ${evidence.reason}`);
}

function firstOf<Item>([first]: readonly Item[]): Item {
  if (first === undefined) throw new Error('there is none');
  return first;
}

const placeOf = ({ believed }: Read) => believed.map(({ format, place }) => `${format}: ${place}`);

describe('what lies beside an image', () => {
  test.each(['api', 'tag'] as const)(
    'is found in all its places, where referrers are known by %s',
    async (referrers) => {
      const { standIn, read } = await aScene();
      standIn.referrers = referrers;
      const as = ['sig', 'sig', 'att', 'bundle', 'github-provenance'] as const;
      const { digest } = signedImage(standIn, world, { tag: '1.0', as });
      const found = readOf(await read('acme/shop:1.0'));
      expect(found).toMatchObject({ digest, isIndex: false, platforms: [], rejected: [], notes: [] });
      const short = `sha256-${digest.slice(7, 19)}…`;
      expect(placeOf(found).toSorted()).toEqual([
        `cosign-attestation: tag ${short}.att`,
        `cosign-signature: tag ${short}.sig, layer 1`,
        `cosign-signature: tag ${short}.sig, layer 2`,
        expect.stringMatching(/^sigstore-bundle: referrer sha256:[0-9a-f]{12}$/),
        expect.stringMatching(/^sigstore-bundle: referrer sha256:[0-9a-f]{12}$/),
      ]);
    },
  );

  test('comes to the verifier as it lies there: content, annotations, digest, and what it may speak of', async () => {
    const verifier = aVerifier();
    const { standIn, read } = await aScene({ verifier });
    const { digest, attached } = signedImage(standIn, world, { as: ['sig'] });
    await read(`acme/shop@${digest}`);
    expect(verifier.prepared()).toBe(1);
    const { subjects, attachment } = firstOf(verifier.asked);
    const { content, annotations } = firstOf(attached);
    expect(subjects).toEqual([digest]);
    expect(attachment).toMatchObject({ format: 'cosign-signature', beside: digest, digest: digestOf(content) });
    expect(Buffer.from(attachment.content)).toEqual(Buffer.from(content));
    expect(attachment.annotations).toEqual(annotations);
  });

  test('pages of referrers are read to their end', async () => {
    const { standIn, read } = await aScene();
    standIn.pageSize = 2;
    signedImage(standIn, world, { tag: '1', as: Array.from({ length: 5 }, () => 'bundle' as const) });
    expect(readOf(await read('acme/shop:1')).believed).toHaveLength(5);
  });

  test('nothing is nothing, and no error', async () => {
    const { standIn, read } = await aScene();
    const { digest } = pushImage(standIn, 'acme/shop', { tag: '1' });
    expect(await read('acme/shop:1')).toEqual({
      status: 'read',
      digest,
      isIndex: false,
      platforms: [],
      believed: [],
      rejected: [],
      notes: [],
    });
  });

  test('the signature of cosign as a referrer, and an attestation there, are read like those under tags', async () => {
    const { standIn, read } = await aScene();
    const image = signedImage(standIn, world, { tag: '1', as: [] });
    const at = { registry: standIn, repository: 'acme/shop', digest: image.digest };
    attachReferrer(at, { mediaType: SIMPLE, content: Buffer.from('{}') });
    attachReferrer(at, { mediaType: 'application/vnd.dsse.envelope.v1+json', content: Buffer.from('{"a":1}') });
    const places = placeOf(readOf(await read('acme/shop:1'))).toSorted();
    expect(places).toEqual([
      expect.stringMatching(/^cosign-attestation: referrer/),
      expect.stringMatching(/^cosign-signature: referrer/),
    ]);
  });

  test('the same bundle by the list and under the tag is one', async () => {
    const { standIn, read } = await aScene();
    const image = signedImage(standIn, world, { tag: '1', as: ['bundle'] });
    const at = { registry: standIn, repository: 'acme/shop', digest: image.digest };
    attachReferrer(at, firstOf(image.attached), { annotations: { another: 'manifest' } });
    expect(readOf(await read('acme/shop:1')).believed).toHaveLength(1);
  });
});

describe('P-B8: what a descriptor says is not believed', () => {
  const LIES = {
    mediaType: OCI_MANIFEST,
    artifactType: EMPTY,
    annotations: { 'dev.sigstore.bundle.predicateType': 'x' },
  };

  test('a fallback list that calls everything something else gives the same', async () => {
    const { standIn, read } = await aScene();
    standIn.referrers = 'tag';
    const image = signedImage(standIn, world, { tag: '1', as: [] });
    const at = { registry: standIn, repository: 'acme/shop', digest: image.digest };
    attachReferrer(at, { mediaType: BUNDLE, content: Buffer.from('{}') }, { described: LIES });
    expect(readOf(await read('acme/shop:1')).believed).toHaveLength(1);
  });

  test('a manifest that is called a bundle and holds something else is read as what it holds', async () => {
    const { standIn, read } = await aScene();
    const image = signedImage(standIn, world, { tag: '1', as: [] });
    const at = { registry: standIn, repository: 'acme/shop', digest: image.digest };
    attachReferrer(at, { mediaType: SIMPLE, content: Buffer.from('{}') }, { artifactType: BUNDLE });
    expect(firstOf(placeOf(readOf(await read('acme/shop:1'))))).toMatch(/^cosign-signature: /);
  });

  test('one that refers to another image is told, and proves nothing', async () => {
    const verifier = aVerifier();
    const { standIn, read } = await aScene({ verifier });
    standIn.referrers = 'tag';
    const other = pushImage(standIn, 'acme/shop', { content: 'other' });
    const image = pushImage(standIn, 'acme/shop', { tag: '1' });
    const at = { registry: standIn, repository: 'acme/shop', digest: image.digest };
    attachReferrer(at, { mediaType: BUNDLE, content: Buffer.from('{}') }, { subject: other.digest });
    const { believed, rejected } = readOf(await read('acme/shop:1'));
    expect(believed).toEqual([]);
    expect(verifier.asked).toEqual([]);
    expect(rejected).toMatchObject([{ fault: 'mismatch', reason: expect.stringContaining(other.digest) }]);
  });
});

describe('what is no evidence', () => {
  test.each([
    ['P-B7: an attestation without a signature', 'application/vnd.in-toto+json', /without a signature/],
    ['a signature of Notation', 'application/vnd.cncf.notary.signature', /Notation, which presync cannot verify yet/],
    ['an SBOM', 'application/spdx+json', /an SBOM without a signature/],
    ['anything', 'application/x-anything', /"application\/x-anything", which presync does not read/],
  ])('%s is named, and not shown to the verifier', async (...[, mediaType, note]) => {
    const verifier = aVerifier();
    const { standIn, read } = await aScene({ verifier });
    const image = pushImage(standIn, 'acme/shop', { tag: '1' });
    const at = { registry: standIn, repository: 'acme/shop', digest: image.digest };
    attachReferrer(at, { mediaType, content: Buffer.from('{}') });
    const { believed, notes } = readOf(await read('acme/shop:1'));
    expect(believed).toEqual([]);
    expect([verifier.asked, verifier.prepared()]).toEqual([[], 0]);
    expect(notes).toEqual([expect.stringMatching(note)]);
  });

  test('P-B7: the type of a signed one on a manifest that holds an unsigned one changes nothing', async () => {
    const verifier = aVerifier();
    const { standIn, read } = await aScene({ verifier });
    const image = pushImage(standIn, 'acme/shop', { tag: '1' });
    const at = { registry: standIn, repository: 'acme/shop', digest: image.digest };
    const unsigned = { mediaType: 'application/vnd.in-toto+json', content: Buffer.from('{}') };
    attachReferrer(at, unsigned, { artifactType: 'application/vnd.dsse.envelope.v1+json' });
    expect(readOf(await read('acme/shop:1')).notes).toEqual([expect.stringMatching(/without a signature/)]);
    expect(verifier.asked).toEqual([]);
  });

  test("cosign's tag for SBOMs is named", async () => {
    const { standIn, read } = await aScene();
    const { digest } = pushImage(standIn, 'acme/shop', { tag: '1' });
    standIn.push('acme/shop', `${fallbackTag(digest)}.sbom`, [{ mediaType: 'text/spdx', bytes: Buffer.from('x') }]);
    expect(readOf(await read('acme/shop:1')).notes).toEqual([expect.stringMatching(/\.sbom: an SBOM without/)]);
  });

  test('and not asked for where something lies there that can be verified', async () => {
    const { standIn, read } = await aScene();
    signedImage(standIn, world, { tag: '1', as: ['sig'] });
    expect(readOf(await read('acme/shop:1')).believed).toHaveLength(1);
    expect(standIn.seen.map(({ path }) => path).filter((path) => path.endsWith('.sbom'))).toEqual([]);
  });

  test('more than a reader wants is counted', async () => {
    const { standIn, read } = await aScene();
    const { digest } = pushImage(standIn, 'acme/shop', { tag: '1' });
    const at = { registry: standIn, repository: 'acme/shop', digest };
    for (let one = 0; one < 23; one += 1)
      attachReferrer(at, { mediaType: 'application/x', content: Buffer.from(`${one}`) });
    const { notes } = readOf(await read('acme/shop:1'));
    expect([notes.length, notes.at(-1)]).toEqual([21, 'and 3 more']);
  });
});

describe('the tag in place of the list', () => {
  test('a registry that takes it for the digest answers with the image itself, which is no list', async () => {
    const { standIn, read } = await aScene();
    standIn.referrers = 'tag';
    const index = pushIndex(standIn, 'acme/shop', { tag: '1' });
    standIn.pushBytes('acme/shop', fallbackTag(index.digest), { bytes: index.bytes, type: OCI_INDEX });
    expect(readOf(await read('acme/shop:1'))).toMatchObject({ believed: [], rejected: [], notes: [] });
  });

  test('is read, too, where the list of the registry is empty', async () => {
    const { standIn, read } = await aScene();
    standIn.referrers = 'tag';
    signedImage(standIn, world, { tag: '1', as: ['bundle'] });
    standIn.misbehave = sends(jsonDocument(OCI_INDEX, { manifests: [] }).bytes, OCI_INDEX, '/referrers/');
    expect(readOf(await read('acme/shop:1')).believed).toHaveLength(1);
  });

  test('with something else under it is told, and the rest is read', async () => {
    const { standIn, read } = await aScene();
    standIn.referrers = 'tag';
    const { digest } = signedImage(standIn, world, { tag: '1', as: ['sig'] });
    standIn.push('acme/shop', fallbackTag(digest), []);
    const { believed, rejected } = readOf(await read('acme/shop:1'));
    expect(believed).toHaveLength(1);
    expect(rejected).toMatchObject([{ fault: 'malformed', reason: 'it is no list of what refers to the image' }]);
  });
});

describe('P-E3: something broken among the good', () => {
  test.each<[string, (standIn: RegistryStandIn, digest: string) => unknown, RegExp]>([
    [
      'a manifest that is none',
      (standIn, digest) => {
        const stored = {
          bytes: Buffer.from(`{"schemaVersion":2,"subject":{"digest":"${digest}"}}`),
          type: OCI_MANIFEST,
        };
        standIn.pushBytes('acme/shop', digestOf(stored.bytes), stored);
      },
      /the manifest of .* is not used/,
    ],
    [
      'a bundle of two layers',
      (standIn, digest) => {
        const layer = { mediaType: BUNDLE, bytes: Buffer.from('{}') };
        const subject = { mediaType: OCI_MANIFEST, digest, size: 1 };
        standIn.push('acme/shop', 'x', [layer, layer], { artifactType: BUNDLE, subject });
      },
      /a bundle has one layer, and this has 2/,
    ],
    [
      'one whose content is not there',
      (standIn, digest) => {
        attachReferrer(
          { registry: standIn, repository: 'acme/shop', digest },
          { mediaType: BUNDLE, content: Buffer.from('gone') },
        );
        standIn.misbehave = answersWith(404, digestOf(Buffer.from('gone')));
      },
      /is not there/,
    ],
    [
      'one whose content is other bytes (P-D2)',
      (standIn, digest) => {
        const content = Buffer.from('good');
        attachReferrer({ registry: standIn, repository: 'acme/shop', digest }, { mediaType: BUNDLE, content });
        standIn.misbehave = sends(Buffer.from('evil'), 'application/octet-stream', digestOf(content));
      },
      /came with other bytes/,
    ],
  ])('%s is told, and the good one counts', async (...[, breaking, reason]) => {
    const { standIn, read } = await aScene();
    const { digest } = signedImage(standIn, world, { tag: '1', as: ['bundle'] });
    breaking(standIn, digest);
    const { believed, rejected } = readOf(await read('acme/shop:1'));
    expect(believed).toHaveLength(1);
    expect(rejected).toMatchObject([{ fault: 'malformed', reason: expect.stringMatching(reason) }]);
  });

  test('one that is listed and not there is told', async () => {
    const { standIn, read } = await aScene();
    standIn.referrers = 'tag';
    const { digest } = pushImage(standIn, 'acme/shop', { tag: '1' });
    const gone = { mediaType: OCI_MANIFEST, digest: `sha256:${'0'.repeat(64)}`, size: 1 };
    addToFallback({ registry: standIn, repository: 'acme/shop', digest }, gone);
    expect(readOf(await read('acme/shop:1')).rejected).toMatchObject([
      { reason: 'it is listed as referring to the image, and is not there' },
    ]);
  });

  test.each([
    ['the list of referrers', '/referrers/'],
    ['one referrer', 'the referrer'],
    ['the tag of signatures', '.sig'],
    ['the tag of attestations', '.att'],
    ['a blob', '/blobs/'],
  ])('a 500 of %s is unreachable, whatever else was good', async (_name, part) => {
    const { standIn, read } = await aScene();
    const { digest } = signedImage(standIn, world, { tag: '1', as: ['bundle', 'sig', 'att'] });
    const at = { registry: standIn, repository: 'acme/shop', digest };
    const referrer = attachReferrer(at, { mediaType: BUNDLE, content: Buffer.from('{}') });
    standIn.misbehave = answersWith(500, part === 'the referrer' ? referrer : part);
    expect(await read('acme/shop:1')).toMatchObject({ status: 'unreachable', digest });
  });
});

describe('P-E1, P-E2: more than presync reads is an error of the whole image', () => {
  test('10,000 signatures', async () => {
    const { standIn, read } = await aScene();
    const { digest } = pushImage(standIn, 'acme/shop', { tag: '1' });
    const layer = { mediaType: SIMPLE, digest: standIn.keep(Buffer.from('{}')), size: 2 };
    const config = { mediaType: EMPTY, digest: standIn.keep(Buffer.from('{}')), size: 2 };
    for (const count of [10_000, LIMITS.attachments + 1]) {
      const layers = Array.from({ length: count }, () => layer);
      standIn.pushBytes('acme/shop', `${fallbackTag(digest)}.sig`, jsonDocument(OCI_MANIFEST, { config, layers }));
      const { status, ...rest } = await read('acme/shop:1');
      // A manifest of 10,000 layers is none at all.
      expect(count === 10_000 ? JSON.stringify(rest) : status).toMatch(/malformed|invalid/);
    }
  });

  test('referrers without an end', async () => {
    const { standIn, read } = await aScene();
    const { digest } = pushImage(standIn, 'acme/shop', { tag: '1' });
    standIn.misbehave = endlessReferrers();
    expect(await read('acme/shop:1')).toMatchObject({
      status: 'invalid',
      digest,
      reason: expect.stringMatching(/20 pages/),
    });
  });

  test('more referrers than are read one by one', async () => {
    const { standIn, read } = await aScene();
    const { digest } = signedImage(standIn, world, { tag: '1', as: ['sig'] });
    const at = { registry: standIn, repository: 'acme/shop', digest };
    for (let one = 0; one <= LIMITS.referrers; one += 1)
      attachReferrer(at, { mediaType: 'application/x', content: Buffer.from(`${one}`) });
    expect(await read('acme/shop:1')).toMatchObject({
      status: 'invalid',
      reason: expect.stringMatching(/more than 250/),
    });
  });

  test.each([
    ['an attestation of 5 GB', [5e9], /of 5000000000 bytes \(tag/],
    ['one that is a byte too large', [LIMITS.attachmentBytes + 1], /of 33554433 bytes \(tag/],
    ['too much together', Array.from({ length: 5 }, () => LIMITS.attachmentBytes), /of 167772160 bytes together/],
  ])('%s is not asked for', async (_name, sizes, sentence) => {
    const { standIn, read } = await aScene();
    const { digest } = pushImage(standIn, 'acme/shop', { tag: '1' });
    const config = { mediaType: EMPTY, digest: standIn.keep(Buffer.from('{}')), size: 2 };
    const layers = sizes.map((size) => ({ mediaType: SIMPLE, digest: `sha256:${'a'.repeat(64)}`, size }));
    standIn.pushBytes('acme/shop', `${fallbackTag(digest)}.sig`, jsonDocument(OCI_MANIFEST, { config, layers }));
    expect(await read('acme/shop:1')).toMatchObject({ status: 'invalid', reason: expect.stringMatching(sentence) });
    expect(standIn.seen.filter(({ path }) => path.includes('/blobs/'))).toEqual([]);
  });

  test('a drip of bytes ends with the time of the image', async () => {
    const { standIn, source, timer } = await aScene();
    signedImage(standIn, world, { tag: '1', as: ['sig'] });
    standIn.misbehave = drips('.sig');
    const ref = parseImageRef(`${standIn.host}/acme/shop:1`);
    const reading = source.read({ ref, platforms: false }, TRUST, signal);
    while (!standIn.seen.some(({ path }) => path.endsWith('.sig')))
      await new Promise((resolve) => setImmediate(resolve));
    await timer.pass(LIMITS.imageMs);
    expect(await reading).toMatchObject({ status: 'unreachable', reason: expect.stringMatching(/within 120 s/) });
  });
});

describe('the image itself', () => {
  test.each([
    ['down', isDown(), 'unreachable'],
    ['busy', answersWith(429), 'unreachable'],
    ['closed', answersWith(401), 'no-access'],
    ['closed to us', answersWith(403), 'no-access'],
    ['without it', answersWith(404), 'not-found'],
    ['giving something else', sends(Buffer.from('<html>'), 'text/html'), 'unreachable'],
    ['giving something else again', sends(Buffer.from('<html>'), 'text/plain'), 'invalid'],
  ])('a registry that is %s', async (_name, misbehave, status) => {
    const { standIn, read } = await aScene();
    signedImage(standIn, world, { tag: '1' });
    standIn.misbehave = misbehave;
    expect(await read('acme/shop:1')).toMatchObject({ status, reason: expect.stringMatching(/127\.0\.0\.1/) });
  });

  test.each([
    [403, 'the list of referrers'],
    [401, 'the list of referrers'],
  ])('a %i for %s of an image that is given is not "no access"', async (status) => {
    const { standIn, read } = await aScene();
    const { digest } = signedImage(standIn, world, { tag: '1' });
    standIn.misbehave = answersWith(status, '/referrers/');
    expect(await read('acme/shop:1')).toMatchObject({ status: 'unreachable', digest });
  });

  test('P-D1: a tag that means something else at the second look is asked for once', async () => {
    const { standIn, read } = await aScene();
    const { digest } = signedImage(standIn, world, { tag: '1' });
    const evil = pushImage(standIn, 'acme/shop', { content: 'evil' });
    standIn.misbehave = changesAfter(1, '/manifests/1', sends(evil.bytes, OCI_MANIFEST));
    const found = readOf(await read('acme/shop:1'));
    expect(found.digest).toBe(digest);
    expect(standIn.seen.filter(({ path }) => path.endsWith('/manifests/1'))).toHaveLength(1);
  });

  test('with a digest the tag is not asked', async () => {
    const { standIn, read } = await aScene();
    const { digest } = signedImage(standIn, world, { tag: '1' });
    pushImage(standIn, 'acme/shop', { tag: '1', content: 'newer' });
    expect(readOf(await read(`acme/shop:1@${digest}`))).toMatchObject({ digest, believed: [{ subject: digest }] });
  });

  test('without a tag it is latest', async () => {
    const { standIn, read } = await aScene();
    const { digest } = signedImage(standIn, world, { tag: 'latest' });
    expect(readOf(await read('acme/shop')).digest).toBe(digest);
  });

  test('an abort is thrown, and nothing else is', async () => {
    const { standIn, source } = await aScene();
    const ref = parseImageRef(`${standIn.host}/acme/shop`);
    const reason = new Error('superseded');
    const aborted = source.read({ ref, platforms: false }, TRUST, AbortSignal.abort(reason));
    await expect(aborted).rejects.toBe(reason);
    const broken = imageEvidence({
      verifier: aVerifier(),
      timer: new FakeTimer(),
      hash,
      now,
      build: '',
      registry: {
        manifest: () => Promise.reject(new TypeError('x is undefined')),
        blob: () => Promise.reject(new TypeError()),
        tags: () => Promise.resolve([]),
        referrers: () => Promise.resolve([]),
      },
    });
    expect(await broken.read({ ref, platforms: false }, TRUST, signal)).toMatchObject({ status: 'invalid' });
  });
});

describe('P-D4: an index', () => {
  test('says what it offers to run, without what BuildKit adds', async () => {
    const { standIn, read } = await aScene();
    const platforms = ['linux/amd64', 'linux/arm64/v8'];
    const index = pushIndex(standIn, 'acme/shop', { tag: '1', platforms, hasBuildkitAttestations: true });
    const found = readOf(await read('acme/shop:1'));
    expect(found.isIndex).toBe(true);
    expect(found.platforms).toEqual(index.platforms.map(({ digest, name }) => ({ digest, name })));
    expect(found.notes).toEqual([expect.stringMatching(/^2 manifests for unknown\/unknown/)]);
  });

  test('an entry without a platform may be run anywhere, so it is one', async () => {
    const { standIn, read } = await aScene();
    const { descriptor } = pushImage(standIn, 'acme/shop');
    const index = jsonDocument(OCI_INDEX, { manifests: [descriptor] });
    standIn.pushBytes('acme/shop', '1', index);
    expect(readOf(await read('acme/shop:1')).platforms).toEqual([{ digest: descriptor.digest, name: 'any' }]);
  });

  test('is asked as it was named; with platforms each of them, too', async () => {
    const verifier = aVerifier();
    const { standIn, read } = await aScene({ verifier });
    const index = signedImage(standIn, world, { tag: '1', platforms: ['linux/amd64', 'linux/arm64'], as: ['sig'] });
    const { platforms } = readOf(await read('acme/shop:1'));
    const [amd64 = { digest: '' }, arm64 = { digest: '' }] = platforms;
    attachLayer({ registry: standIn, repository: 'acme/shop', digest: arm64.digest }, firstOf(index.attached), 'sig');
    expect(readOf(await read('acme/shop:1')).believed.map(({ subject }) => subject)).toEqual([index.digest]);
    const both = readOf(await read('acme/shop:1', { platforms: true }));
    expect(both.believed.map(({ subject }) => subject)).toEqual([index.digest, arm64.digest]);
    expect(verifier.asked.at(-1)?.subjects).toEqual([index.digest, amd64.digest, arm64.digest]);
  });

  test('the bytes of all that a bundle lies beside go to the verifier', async () => {
    const verifier = aVerifier();
    const { standIn, read } = await aScene({ verifier });
    const index = pushIndex(standIn, 'acme/shop', { tag: '1' });
    const [amd64] = index.platforms;
    const at = { registry: standIn, repository: 'acme/shop', digest: amd64?.digest ?? '' };
    attachReferrer(at, { mediaType: BUNDLE, content: Buffer.from('{}') });
    await read('acme/shop:1', { platforms: true });
    const artifacts = firstOf(verifier.asked).artifacts ?? [];
    expect(artifacts.map((bytes) => digestOf(bytes))).toEqual([index.digest, amd64?.digest]);
  });

  test('with more platforms than there are machines is an error where each is asked', async () => {
    const { standIn, read } = await aScene();
    const platforms = Array.from({ length: LIMITS.platforms + 1 }, (_, at) => `linux/arch${at}`);
    pushIndex(standIn, 'acme/shop', { tag: '1', platforms });
    expect(await read('acme/shop:1', { platforms: true })).toMatchObject({ status: 'invalid' });
    expect(await read('acme/shop:1')).toMatchObject({ status: 'read' });
  });
});

describe('P-G1: the verifier', () => {
  test.each([
    ['throws', () => Promise.reject(new TypeError('x'))],
    [
      'throws at once',
      () => {
        throw new SyntaxError('y');
      },
    ],
  ])('that %s believes nothing, and the others are verified', async (_name, fail) => {
    const verifier = aVerifier((want) =>
      want.attachment.format === 'cosign-signature' ? fail() : believing(want.attachment),
    );
    const { standIn, read } = await aScene({ verifier });
    signedImage(standIn, world, { tag: '1', as: ['sig', 'bundle'] });
    const { believed, rejected } = readOf(await read('acme/shop:1'));
    expect(believed.map(({ format }) => format)).toEqual(['sigstore-bundle']);
    expect(rejected).toMatchObject([{ format: 'cosign-signature', fault: 'invalid' }]);
  });

  test.each([
    ['another attachment', { digest: `sha256:${'1'.repeat(64)}` }],
    ['another image', { subject: `sha256:${'2'.repeat(64)}` }],
  ])('P-D6: whose answer is about %s is not believed', async (_name, other) => {
    const verifier = aVerifier(({ attachment }) => believing(attachment, other));
    const { standIn, read } = await aScene({ verifier });
    signedImage(standIn, world, { tag: '1' });
    const { believed, rejected } = readOf(await read('acme/shop:1'));
    expect([believed.length, rejected[0]?.fault]).toEqual([0, 'invalid']);
  });

  test('what it refuses is told', async () => {
    const verifier = aVerifier(({ attachment: { format, place, digest } }) => ({
      format,
      place,
      digest,
      fault: 'mismatch',
      reason: 'it speaks of another image',
    }));
    const { standIn, read } = await aScene({ verifier });
    signedImage(standIn, world, { tag: '1' });
    expect(readOf(await read('acme/shop:1'))).toMatchObject({ believed: [], rejected: [{ fault: 'mismatch' }] });
  });
});

const OWN = 'sha256:'.padEnd(71, '9');

function anApi(of: AttestationApi['of']): AttestationApi & { readonly asked: (readonly [string, string])[] } {
  const asked: (readonly [string, string])[] = [];
  return {
    asked,
    of: (repository, digest, inner) => {
      asked.push([repository, digest]);
      return of(repository, digest, inner);
    },
  };
}

describe('attestations that GitHub keeps', () => {
  const held = { bundles: [{ content: Buffer.from('{}'), digest: OWN }], unread: 2 };

  test('are verified like all others, and what cannot be read is said', async () => {
    const api = anApi(() => Promise.resolve(held));
    const { standIn, read } = await aScene({ api });
    const { digest } = signedImage(standIn, world, { tag: '1', as: ['sig'] });
    const found = readOf(await read('acme/shop:1', { repository: 'acme/shop' }));
    expect(api.asked).toEqual([['acme/shop', digest]]);
    expect(placeOf(found)).toContain('sigstore-bundle: attestation 1 that GitHub keeps for acme/shop');
    expect(found.notes).toEqual([expect.stringMatching(/^2 attestations/)]);
    // The stand-in for a verifier believes what it is given, or not: either way it says where that was found.
    const elsewhere = [...found.believed, ...found.rejected].filter(({ isElsewhere }) => isElsewhere === true);
    expect(elsewhere.map(({ digest: own }) => own)).toEqual([OWN]);
  });

  test('are looked for where the image says that it comes from, and nowhere where it says nothing', async () => {
    const api = anApi(() => Promise.resolve(undefined));
    const { standIn, read } = await aScene({ api });
    pushImage(standIn, 'acme/shop', { tag: 'silent' });
    const source = 'org.opencontainers.image.source';
    for (const [tag, url] of [
      ['a', 'https://github.com/acme/shop.git'],
      ['b', 'https://github.com/acme/shop/tree/main'],
      ['c', 'https://github.com.evil.example/acme/shop'],
      ['d', 'https://github.com/acme/../../user'],
    ] as const)
      standIn.push('acme/shop', tag, [], { annotations: { [source]: url } });
    for (const tag of ['silent', 'a', 'b', 'c', 'd']) await read(`acme/shop:${tag}`);
    expect(api.asked.map(([repository]) => repository)).toEqual(['acme/shop', 'acme/shop']);
  });

  test.each([
    ['UNREACHABLE', 'unreachable'],
    ['DENIED', 'unreachable'],
    ['INVALID', 'invalid'],
  ] as const)('that could not be asked for (%s) are not "none"', async (code, status) => {
    const api = anApi(() => Promise.reject(new AttestationApiError(code, 'api.github.com did not answer')));
    const { standIn, read } = await aScene({ api });
    signedImage(standIn, world, { tag: '1' });
    expect(await read('acme/shop:1', { repository: 'acme/shop' })).toMatchObject({ status });
  });

  test('more than anybody needs is an error', async () => {
    const many = Array.from({ length: LIMITS.attachments + 1 }, () => ({ content: Buffer.from('{}'), digest: OWN }));
    const { standIn, read } = await aScene({ api: anApi(() => Promise.resolve({ bundles: many, unread: 0 })) });
    pushImage(standIn, 'acme/shop', { tag: '1' });
    expect(await read('acme/shop:1', { repository: 'acme/shop' })).toMatchObject({ status: 'invalid' });
  });
});

interface KeptScene extends Scene {
  readonly clock: FakeClock;
  readonly verifier: FakeVerifier;
  readonly requests: () => number;
}

async function keptScene(options: Partial<EvidenceOptions> = {}): Promise<KeptScene> {
  const clock = aClock('2026-03-02T00:00:00Z');
  const verifier = aVerifier();
  const scene = await aScene({ cache: aCache(), now: () => clock.now(), verifier, ...options });
  return { ...scene, clock, verifier, requests: () => scene.standIn.seen.length };
}

/** An image of the scene whose signature lies under its digest in another repository. */
function signedElsewhere(standIn: RegistryStandIn): { readonly digest: string; readonly place: string } {
  const { digest, attached } = signedImage(standIn, world, { as: ['sig'] });
  const bare = pushImage(standIn, 'acme/bare', { content: 'bare' });
  for (const made of attached) attach({ registry: standIn, repository: 'acme/signatures', digest: bare.digest }, made);
  expect(digest).not.toBe(bare.digest);
  return { digest: bare.digest, place: `${standIn.host}/acme/signatures` };
}

describe('what lies in another repository', () => {
  test('is found where rules name it, and never taken for what lies beside the image', async () => {
    const { standIn, read } = await aScene();
    const { digest, place } = signedElsewhere(standIn);
    const found = readOf(await read(`acme/bare@${digest}`, { places: [place] }));
    expect(found).toMatchObject({ believed: [], rejected: [], elsewhere: [{ format: 'cosign-signature', at: place }] });
    expect(readOf(await read(`acme/bare@${digest}`))).not.toHaveProperty('elsewhere');
  });

  test('is nothing where nothing lies there', async () => {
    const { standIn, read } = await aScene();
    const { digest } = signedElsewhere(standIn);
    const places = [`${standIn.host}/acme/nowhere`];
    expect(readOf(await read(`acme/bare@${digest}`, { places }))).toMatchObject({ elsewhere: [] });
  });

  test('that cannot be asked makes no shorter answer', async () => {
    const { standIn, read } = await aScene();
    const { digest, place } = signedElsewhere(standIn);
    standIn.misbehave = (_, response, path) => {
      if (!path.includes('/acme/signatures/')) return false;
      response.writeHead(403).end();
      return true;
    };
    expect(await read(`acme/bare@${digest}`, { places: [place] })).toMatchObject({ status: 'unreachable', digest });
  });

  test('is kept under its own name', async () => {
    const { standIn, read, requests } = await keptScene();
    const { digest } = signedImage(standIn, world);
    await read(`acme/shop@${digest}`);
    const before = requests();
    await read(`acme/shop@${digest}`, { places: [`${standIn.host}/acme/signatures`] });
    expect(requests()).toBeGreaterThan(before);
  });
});

describe('what is kept', () => {
  test('an image named by its digest is not asked for again for ten minutes', async () => {
    const { standIn, read, clock, requests } = await keptScene();
    const { digest } = signedImage(standIn, world);
    const first = await read(`acme/shop@${digest}`);
    const before = requests();
    clock.advance(minutes(9));
    expect(await read(`acme/shop@${digest}`)).toEqual({ ...first, isKept: true });
    expect(requests()).toBe(before);
    clock.advance(minutes(1));
    await read(`acme/shop@${digest}`);
    expect(requests()).toBeGreaterThan(before);
  });

  test('what was seen without statements is no answer to whoever wants them', async () => {
    const { standIn, read, requests } = await keptScene();
    const { digest } = signedImage(standIn, world);
    const bare = await read(`acme/shop@${digest}`);
    const before = requests();
    const predicates = ['https://sigstore.dev/cosign/sign/v1'];
    expect(await read(`acme/shop@${digest}`, { predicates })).not.toHaveProperty('isKept');
    expect(requests()).toBeGreaterThan(before);
    expect(await read(`acme/shop@${digest}`)).toEqual({ ...bare, isKept: true });
  });

  test('a tag is always asked, and what it means is looked up by its digest', async () => {
    const { standIn, read, requests } = await keptScene();
    signedImage(standIn, world, { tag: '1' });
    const first = readOf(await read('acme/shop:1'));
    const before = requests();
    expect(await read('acme/shop:1')).toEqual({ ...first, isKept: true });
    expect(requests()).toBe(before + 1);
    const other = pushImage(standIn, 'acme/shop', { tag: '1', content: 'evil' });
    expect(readOf(await read('acme/shop:1'))).toMatchObject({ digest: other.digest, believed: [] });
  });

  test('while the same lies there nothing is verified again, for a day', async () => {
    const { standIn, read, clock, verifier } = await keptScene();
    const { digest } = signedImage(standIn, world);
    const first = await read(`acme/shop@${digest}`);
    clock.advance(minutes(30));
    expect(await read(`acme/shop@${digest}`)).toEqual(first);
    expect(verifier.asked).toHaveLength(1);
    clock.advance(minutes(24 * 60 - 30));
    await read(`acme/shop@${digest}`);
    expect(verifier.asked).toHaveLength(2);
  });

  test('a signature that vanished is noticed after ten minutes, and one that came as well', async () => {
    const { standIn, read, clock } = await keptScene();
    const { digest, attached } = signedImage(standIn, world, { as: ['sig'] });
    await read(`acme/shop@${digest}`);
    standIn.misbehave = answersWith(404, '.sig');
    clock.advance(minutes(10));
    expect(readOf(await read(`acme/shop@${digest}`)).believed).toEqual([]);
    standIn.misbehave = undefined;
    expect(readOf(await read(`acme/shop@${digest}`)).believed).toHaveLength(1);
    attachLayer(
      { registry: standIn, repository: 'acme/shop', digest },
      { ...firstOf(attached), content: Buffer.from('2') },
      'sig',
    );
    expect(readOf(await read(`acme/shop@${digest}`)).believed).toHaveLength(1);
    expect(readOf(await read(`acme/shop@${digest}`, { isAfresh: true })).believed).toHaveLength(2);
  });

  test('nothing is, where nothing was believed, something failed, or could not be read', async () => {
    const failing = aVerifier(({ attachment }) => {
      if (attachment.format === 'cosign-signature') throw new Error('no time');
      return believing(attachment);
    });
    for (const [as, fault] of [
      [[], undefined],
      [['bundle', 'sig'], undefined],
      [['bundle'], answersWith(500, '.att')],
    ] as const) {
      const { standIn, read, requests } = await keptScene({ verifier: failing });
      const { digest } = signedImage(standIn, world, { as });
      standIn.misbehave = fault;
      await read(`acme/shop@${digest}`);
      const before = requests();
      await read(`acme/shop@${digest}`);
      expect(requests()).toBeGreaterThan(before);
    }
  });

  test.each<[string, Partial<EvidenceOptions>, Partial<EvidenceWant>, Trust]>([
    ['another trust', {}, {}, { ...TRUST, keys: [{ name: 'k', pem: '', needsLog: false }] }],
    ['each platform', {}, { platforms: true }, TRUST],
    ['another build', { build: 'next' }, {}, TRUST],
    ['whoever may use credentials', { mayUseCredentials: () => true }, {}, TRUST],
    ['attestations of GitHub', { api: anApi(() => Promise.resolve(undefined)) }, {}, TRUST],
  ])('is nothing for %s', async (...[, options, want, trust]) => {
    const { standIn, read, again, requests } = await keptScene();
    const { digest } = signedImage(standIn, world);
    await read(`acme/shop@${digest}`);
    const before = requests();
    const ref = parseImageRef(`${standIn.host}/acme/shop@${digest}`);
    await again(options).source.read({ ref, platforms: false, ...want }, trust, signal);
    expect(requests()).toBeGreaterThan(before);
  });

  test('P-D6: many images at once never swap', async () => {
    const { standIn, read } = await keptScene();
    const images = Array.from({ length: 40 }, (_, at) =>
      signedImage(standIn, world, { content: `${at}`, as: ['sig'] }),
    );
    const found = await Promise.all(images.map(({ digest }) => read(`acme/shop@${digest}`)));
    const again = await Promise.all(images.map(({ digest }) => read(`acme/shop@${digest}`)));
    expect(again).toEqual(found.map((one) => ({ ...one, isKept: true })));
    expect(found.map((one) => readOf(one).believed[0]?.subject)).toEqual(images.map(({ digest }) => digest));
  });
});

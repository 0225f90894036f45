import { afterEach, describe, expect, test } from '@jest/globals';
import { ociRegistry, type RegistryOptions } from '../../src/adapters/registry/registry.ts';
import { parseImageRef } from '../../src/model/image-ref.ts';
import type { ContentCache } from '../../src/ports/content-cache.ts';
import type { ImageRegistry } from '../../src/ports/image-registry.ts';
import { FakeHttp } from '../fakes/http.ts';
import { loopbackHttp } from '../standin/loopback-http.ts';
import { aRegistry, digestOf, OCI_INDEX, OCI_MANIFEST, type RegistryStandIn } from '../standin/registry/registry.ts';
import { aServer, type LoopbackServer } from '../standin/server.ts';

const SECRET = { username: 'reader', password: 'canary-0123' };
const BASIC = `Basic ${Buffer.from('reader:canary-0123').toString('base64')}`;
const LAYER = { mediaType: 'application/octet-stream', bytes: Buffer.from('layer') };
const signal = new AbortController().signal;
const cleanUp: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of cleanUp.splice(0)) await close();
});

async function started<Server extends { close(): Promise<void> }>(starting: Promise<Server>): Promise<Server> {
  const server = await starting;
  cleanUp.push(() => server.close());
  return server;
}

interface Scene {
  readonly standIn: RegistryStandIn;
  readonly client: ImageRegistry;
  readonly shop: { readonly registry: string; readonly repository: string };
}

async function aScene(options: (host: string) => Partial<RegistryOptions> = () => ({})): Promise<Scene> {
  const standIn = await started(aRegistry());
  const client = clientOf([standIn], options(standIn.host));
  return { standIn, client, shop: parseImageRef(`${standIn.host}/team/shop`) };
}

function clientOf(servers: readonly LoopbackServer[], options: Partial<RegistryOptions> = {}): ImageRegistry {
  const plainHosts = servers.map(({ origin }) => origin);
  const nothing = { credentials: new Map(), realms: new Map(), mayUseCredentials: () => true as const };
  return ociRegistry({ http: loopbackHttp(), plainHosts, ...nothing, ...options });
}

const sha = (character: string) => `sha256:${character.repeat(64)}`;
const DESCRIBED = { mediaType: 'application/octet-stream', digest: sha('a'), size: 1 };

describe('what a registry has', () => {
  test('a manifest by tag and by digest, a blob, and tags over several pages', async () => {
    const { standIn, client, shop } = await aScene();
    const digest = standIn.push(shop.repository.split('/').slice(1).join('/'), '1.0.0', [LAYER]);
    for (const tag of ['1.1.0', '1.2.0', 'latest', 'v2']) standIn.push('team/shop', tag, [LAYER]);
    standIn.pageSize = 2;
    const manifest = await client.manifest(shop, '1.0.0', signal);
    expect(manifest).toMatchObject({ kind: 'manifest', digest, mediaType: OCI_MANIFEST, layers: [{ size: 5 }] });
    expect(await client.manifest(shop, digest, signal)).toEqual(manifest);
    const [layer] = manifest.kind === 'manifest' ? manifest.layers : [];
    expect(Buffer.from(await client.blob(shop, layer ?? DESCRIBED, signal)).toString()).toBe('layer');
    expect(await client.tags(shop, signal)).toEqual(['1.0.0', '1.1.0', '1.2.0', 'latest', 'v2']);
    expect(standIn.seen.filter(({ path }) => path.includes('/tags/'))).toHaveLength(3);
  });

  test('what is not there is not found, and a dead registry is unreachable', async () => {
    const { standIn, client, shop } = await aScene();
    await expect(client.manifest(shop, 'v9', signal)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(client.tags(shop, signal)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    standIn.misbehave = (_, response) => Boolean(response.writeHead(503).end());
    await expect(client.manifest(shop, 'v9', signal)).rejects.toMatchObject({ code: 'UNREACHABLE', retryable: true });
    standIn.misbehave = (_, response) => Boolean(response.destroy());
    await expect(client.manifest(shop, 'v9', signal)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});

describe('P-D2: bytes that are not what was asked for', () => {
  const other = Buffer.from('{"schemaVersion":2}');

  test('a manifest asked for by digest', async () => {
    const { standIn, client, shop } = await aScene();
    const digest = standIn.push('team/shop', 'v1', [LAYER]);
    standIn.push('team/shop', 'v2', [LAYER, LAYER]);
    const evil = standIn.pushBytes('team/shop', 'v3', {
      bytes: Buffer.from('{"schemaVersion":2,"layers":[]}'),
      type: OCI_MANIFEST,
    });
    standIn.misbehave = (_, response, path) =>
      path.endsWith(digest) && Boolean(response.writeHead(302, { location: `/v2/team/shop/manifests/${evil}` }).end());
    await expect(client.manifest(shop, digest, signal)).rejects.toThrow(/came with other bytes than sha256:/);
  });

  test('a manifest whose Docker-Content-Digest is of other bytes, or of no known kind', async () => {
    const { standIn, client, shop } = await aScene();
    const bytes = Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config: DESCRIBED, layers: [] }),
    );
    const headers = { 'content-type': OCI_MANIFEST };
    const saying = (said: string) => {
      standIn.misbehave = (_, response) =>
        Boolean(response.writeHead(200, { ...headers, 'docker-content-digest': said }).end(bytes));
      return client.manifest(shop, 'v1', signal);
    };
    expect((await saying(digestOf(bytes))).digest).toBe(digestOf(bytes));
    await expect(saying(digestOf(other))).rejects.toMatchObject({ code: 'INVALID' });
    await expect(saying('md5:d41d8cd98f00b204e9800998ecf8427e')).rejects.toMatchObject({ code: 'INVALID' });
  });

  test.each([
    ['other bytes of the same size', 'LAYER', 'INVALID'],
    ['fewer bytes', 'lay', 'INVALID'],
    ['more bytes', 'layer and more', 'INVALID'],
    ['bytes without an end', 'x'.repeat(1_000_000), 'TOO_LARGE'],
  ])('a blob with %s', async (_name, text, code) => {
    const { standIn, client, shop } = await aScene();
    standIn.misbehave = (_, response) => Boolean(response.writeHead(200).end(text));
    const wanted = { digest: digestOf(LAYER.bytes), size: LAYER.bytes.length };
    await expect(client.blob(shop, wanted, signal)).rejects.toMatchObject({ code });
  });

  test('a blob that says it is larger than what presync reads is not asked for', async () => {
    const { standIn, client, shop } = await aScene();
    await expect(client.blob(shop, { digest: sha('a'), size: 1e12 }, signal)).rejects.toMatchObject({
      code: 'TOO_LARGE',
    });
    await expect(client.blob(shop, { digest: '../../x', size: 1 }, signal)).rejects.toMatchObject({ code: 'INVALID' });
    expect(standIn.seen).toEqual([]);
  });
});

const MANIFEST = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: DESCRIBED, layers: [DESCRIBED] };
const INDEX = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [DESCRIBED] };
const DOCKER = 'application/vnd.docker.distribution.manifest.v2+json';

describe('P-D3: documents that could be read in two ways', () => {
  test.each<[string, string, string, RegExp]>([
    ['both manifests and layers', OCI_MANIFEST, JSON.stringify({ ...MANIFEST, manifests: [] }), /has no "manifests"/],
    ['an index with layers', OCI_INDEX, JSON.stringify({ ...INDEX, layers: [] }), /has no "layers"/],
    ['an index with a config', OCI_INDEX, JSON.stringify({ ...INDEX, config: DESCRIBED }), /has no "config"/],
    ['schema 1 and 2 at once', OCI_MANIFEST, JSON.stringify({ ...MANIFEST, fsLayers: [] }), /has no "fsLayers"/],
    ['a key twice', OCI_MANIFEST, JSON.stringify(MANIFEST).replace('{', '{"layers":[],'), /has a key twice/],
    [
      'a key twice, once escaped',
      OCI_MANIFEST,
      JSON.stringify(MANIFEST).replace('{', '{"l\\u0061yers":[],'),
      /has a key twice/,
    ],
    [
      'a key twice, deep inside',
      OCI_MANIFEST,
      JSON.stringify(MANIFEST).replace('"size"', '"size":2,"size"'),
      /has a key twice/,
    ],
    ['a field in another case', OCI_MANIFEST, JSON.stringify({ ...MANIFEST, Layers: [] }), /"Layers" is no field/],
    [
      'an index that came as a manifest',
      OCI_MANIFEST,
      JSON.stringify(INDEX),
      /it came as .*manifest.*calls itself .*index/,
    ],
    [
      'no type of its own, and fields of another',
      OCI_MANIFEST,
      JSON.stringify({ ...INDEX, mediaType: undefined }),
      /has no "manifests"/,
    ],
    [
      'a Docker type without its name',
      DOCKER,
      JSON.stringify({ ...MANIFEST, mediaType: undefined }),
      /calls itself ""/,
    ],
    ['a type that nobody asked for', 'text/plain', JSON.stringify(MANIFEST), /"text\/plain" is no media type/],
    [
      'no digest in a descriptor',
      OCI_MANIFEST,
      JSON.stringify({ ...MANIFEST, layers: [{ ...DESCRIBED, digest: 'x' }] }),
      /"layers.0.digest"/,
    ],
    [
      'a size below nothing',
      OCI_MANIFEST,
      JSON.stringify({ ...MANIFEST, layers: [{ ...DESCRIBED, size: -1 }] }),
      /"layers.0.size"/,
    ],
    ['no JSON', OCI_MANIFEST, '<html>', /no JSON object/],
    ['a list', OCI_MANIFEST, '[]', /no JSON object/],
    ['a byte order mark', OCI_MANIFEST, `\uFEFF${JSON.stringify(MANIFEST)}`, /no JSON object/],
  ])('%s', async (_, type, text, sentence) => {
    const { standIn, client, shop } = await aScene();
    standIn.pushBytes('team/shop', 'v1', { bytes: Buffer.from(text), type });
    const reading = client.manifest(shop, 'v1', signal);
    await expect(reading).rejects.toThrow(sentence);
    await expect(reading).rejects.toMatchObject({ code: 'INVALID' });
  });

  test.each([
    ['a manifest', `${OCI_MANIFEST}; charset=utf-8`, MANIFEST],
    ['a manifest without its type', OCI_MANIFEST, { ...MANIFEST, mediaType: undefined }],
    ['an index', OCI_INDEX, INDEX],
    ['a Docker manifest', DOCKER, { ...MANIFEST, mediaType: DOCKER }],
    ['keys of annotations that differ in case', OCI_MANIFEST, { ...MANIFEST, annotations: { a: '', A: '' } }],
  ])('%s is read', async (_, type, document) => {
    const { standIn, client, shop } = await aScene();
    const digest = standIn.pushBytes('team/shop', 'v1', { bytes: Buffer.from(JSON.stringify(document)), type });
    expect((await client.manifest(shop, 'v1', signal)).digest).toBe(digest);
  });

  test('bytes without an end are cut off', async () => {
    const { standIn, client, shop } = await aScene();
    standIn.pushBytes('team/shop', 'v1', { bytes: Buffer.alloc(5 * 1024 * 1024, ' '), type: OCI_MANIFEST });
    await expect(client.manifest(shop, 'v1', signal)).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });
});

/** A host that gives tokens, and what it was asked. */
async function aTokenHost(): Promise<LoopbackServer> {
  return started(aServer((_, response) => response.writeHead(200).end('{"token":"t0ken"}')));
}

function demandToken(standIn: RegistryStandIn, realm: string): void {
  standIn.push('team/shop', 'v1', [LAYER]);
  standIn.demands = { scheme: 'Bearer', realm, accepts: 'Bearer t0ken' };
}

describe('credentials', () => {
  test('A19, P-F1: a realm on another host is asked without any', async () => {
    const tokens = await aTokenHost();
    const standIn = await started(aRegistry());
    demandToken(standIn, `${tokens.origin}/token`);
    const client = clientOf([standIn, tokens], { credentials: new Map([[standIn.host, SECRET]]) });
    await client.manifest(parseImageRef(`${standIn.host}/team/shop`), 'v1', signal);
    expect(tokens.seen).toEqual([
      {
        method: 'GET',
        path: `/token?scope=repository%3Ateam%2Fshop%3Apull&service=${encodeURIComponent(standIn.host)}`,
        authorization: undefined,
      },
    ]);
    expect(JSON.stringify(standIn.seen)).not.toContain(BASIC);
  });

  test('a realm of the list, or of the registry itself, gets them; no other registry does', async () => {
    const tokens = await aTokenHost();
    const standIn = await started(aRegistry());
    demandToken(standIn, `${tokens.origin}/token`);
    const client = clientOf([standIn, tokens], {
      credentials: new Map([[standIn.host, SECRET]]),
      realms: new Map([[standIn.host, [tokens.host]]]),
    });
    await client.manifest(parseImageRef(`${standIn.host}/team/shop`), 'v1', signal);
    await client.manifest(parseImageRef(`${standIn.host}/team/shop`), 'v1', signal);
    expect(tokens.seen.map(({ authorization }) => authorization)).toEqual([BASIC]);
    expect(standIn.seen.map(({ authorization }) => authorization)).toEqual([undefined, 'Bearer t0ken', 'Bearer t0ken']);
  });

  test('a token that has ended is asked for again, once', async () => {
    const tokens = await aTokenHost();
    const { standIn, shop } = await aScene();
    demandToken(standIn, `${tokens.origin}/token`);
    const client = clientOf([standIn, tokens]);
    await client.manifest(shop, 'v1', signal);
    standIn.demands = { scheme: 'Bearer', realm: `${tokens.origin}/token`, accepts: 'Bearer another' };
    await expect(client.manifest(shop, 'v1', signal)).rejects.toMatchObject({ code: 'DENIED' });
    expect(tokens.seen).toHaveLength(2);
  });

  test('a blob that is shorter than a refusal is read behind one', async () => {
    const tokens = await aTokenHost();
    const { standIn, shop } = await aScene();
    demandToken(standIn, `${tokens.origin}/token`);
    const wanted = { digest: standIn.keep(Buffer.from('{}')), size: 2 };
    expect(Buffer.from(await clientOf([standIn, tokens]).blob(shop, wanted, signal)).toString()).toBe('{}');
    standIn.demands = undefined;
    const missing = clientOf([standIn]).blob(shop, { digest: sha('b'), size: 1 }, signal);
    await expect(missing).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('P-F3: they are found by the exact host', async () => {
    const { standIn, shop } = await aScene();
    standIn.push('team/shop', 'v1', [LAYER]);
    standIn.demands = { scheme: 'Basic', realm: 'x', accepts: BASIC };
    const port = Number(standIn.host.split(':')[1]);
    const near = [
      `127.0.0.1`,
      `127.0.0.1:${port}0`,
      `x127.0.0.1:${port}`,
      `127.0.0.1:${String(port).slice(0, -1)}`,
      '127.0.0.1.evil',
      '',
    ];
    const client = clientOf([standIn], { credentials: new Map(near.map((host) => [host, SECRET])) });
    await expect(client.manifest(shop, 'v1', signal)).rejects.toMatchObject({ code: 'DENIED' });
    expect(standIn.seen.map(({ authorization }) => authorization)).toEqual([undefined]);
    const exact = clientOf([standIn], { credentials: new Map([[standIn.host, SECRET]]) });
    expect((await exact.manifest(shop, 'v1', signal)).kind).toBe('manifest');
  });

  test('P-F2: no redirect takes them along, and a 401 behind one is not answered', async () => {
    const elsewhere = await started(
      aServer((_, response) => response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()),
    );
    const { standIn, shop } = await aScene();
    const client = clientOf([standIn, elsewhere], { credentials: new Map([[standIn.host, SECRET]]) });
    standIn.push('team/shop', 'v1', [LAYER]);
    standIn.demands = { scheme: 'Basic', realm: 'x', accepts: BASIC };
    standIn.misbehave = (request, response, path) =>
      request.headers.authorization === BASIC &&
      Boolean(response.writeHead(307, { location: `${elsewhere.origin}${path}` }).end());
    const wanted = { digest: digestOf(LAYER.bytes), size: LAYER.bytes.length };
    await expect(client.manifest(shop, 'v1', signal)).rejects.toMatchObject({ code: 'DENIED' });
    await expect(client.blob(shop, wanted, signal)).rejects.toMatchObject({ code: 'DENIED' });
    expect(elsewhere.seen.map(({ authorization }) => authorization)).toEqual([undefined, undefined]);
  });

  test('P-F2: a challenge of a host that a redirect led to is not answered', async () => {
    const tokens = await aTokenHost();
    const challenge = { 'www-authenticate': `Bearer realm="${tokens.origin}/token"` };
    const elsewhere = await started(aServer((_, response) => response.writeHead(401, challenge).end()));
    const { standIn, shop } = await aScene();
    const client = clientOf([standIn, elsewhere, tokens]);
    standIn.misbehave = (_, response, path) =>
      Boolean(response.writeHead(307, { location: `${elsewhere.origin}${path}` }).end());
    await expect(client.manifest(shop, 'v1', signal)).rejects.toMatchObject({ code: 'DENIED' });
    expect(tokens.seen).toEqual([]);
  });

  test.each([
    ['A20, P-F1: an address of a cloud', 'http://169.254.169.254/token'],
    ['plain text', 'http://tokens.example/token'],
    ['a password in it', 'https://user:password@127.0.0.1/token'],
    ['a file', 'file:///etc/passwd'],
    ['nothing', ''],
  ])('a realm with %s is not asked', async (_, realm) => {
    const http = loopbackHttp();
    const { standIn, shop } = await aScene();
    demandToken(standIn, realm);
    const client = clientOf([standIn], { http, credentials: new Map([[standIn.host, SECRET]]) });
    await expect(client.manifest(shop, 'v1', signal)).rejects.toMatchObject({ code: 'DENIED' });
    expect(http.asked).toHaveLength(1);
  });

  test('a token that would break out of its header is refused', async () => {
    const tokens = await started(
      aServer((_, response) => response.writeHead(200).end('{"token":"a\\r\\nHost: evil"}')),
    );
    const { standIn, shop } = await aScene();
    demandToken(standIn, `${tokens.origin}/token`);
    await expect(clientOf([standIn, tokens]).manifest(shop, 'v1', signal)).rejects.toMatchObject({ code: 'INVALID' });
  });
});

describe('a list of tags', () => {
  test.each([
    [
      'goes on at another host',
      { link: '<http://169.254.169.254/v2/team/shop/tags/list?last=a>; rel="next"' },
      '{"tags":["a"]}',
      'DENIED',
    ],
    ['has no end', { link: '</v2/team/shop/tags/list?last=a>; rel="next"' }, '{"tags":["a"]}', 'TOO_LARGE'],
    ['goes on, but where is not said', { link: 'next' }, '{"tags":["a"]}', 'INVALID'],
    ['holds what is no tag', {}, '{"tags":["a/../b"]}', 'INVALID'],
    ['is none', {}, '{"tags":"a"}', 'INVALID'],
  ])('that %s is an error, never a shorter list', async (_name, headers, body, code) => {
    const { standIn, client, shop } = await aScene();
    standIn.misbehave = (_, response) => Boolean(response.writeHead(200, headers).end(body));
    await expect(client.tags(shop, signal)).rejects.toMatchObject({ code });
  });

  test('may be empty', async () => {
    const { standIn, client, shop } = await aScene();
    standIn.misbehave = (_, response) => Boolean(response.writeHead(200).end('{"tags":null}'));
    expect(await client.tags(shop, signal)).toEqual([]);
  });
});

const REFERRER = { mediaType: OCI_MANIFEST, digest: sha('b'), size: 7, artifactType: 'application/x' };
const SUBJECT = sha('c');

function listing(manifests: readonly object[], more: object = {}): string {
  return JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests, ...more });
}

describe('what refers to a digest', () => {
  test('over several pages, with what is claimed of each', async () => {
    const { standIn, client, shop } = await aScene();
    standIn.misbehave = (_, response, path) => {
      const isLast = path.includes('page=2');
      if (!isLast) response.setHeader('link', `</v2/team/shop/referrers/${SUBJECT}?page=2>; rel="next"`);
      response.writeHead(200, { 'content-type': OCI_INDEX });
      return Boolean(response.end(listing([{ ...REFERRER, digest: sha(isLast ? 'e' : 'd') }])));
    };
    const found = await client.referrers(shop, SUBJECT, signal);
    expect(found?.map(({ digest, artifactType }) => [digest, artifactType])).toEqual([
      [sha('d'), 'application/x'],
      [sha('e'), 'application/x'],
    ]);
    expect(standIn.seen[0]?.path).toBe(`/v2/team/shop/referrers/${SUBJECT}`);
  });

  test('nothing is an answer, no list at all is another', async () => {
    const { standIn, client, shop } = await aScene();
    standIn.misbehave = (_, response) =>
      Boolean(response.writeHead(200, { 'content-type': OCI_INDEX }).end(listing([])));
    expect(await client.referrers(shop, SUBJECT, signal)).toEqual([]);
    for (const status of [400, 404, 405, 501]) {
      standIn.misbehave = (_, response) => Boolean(response.writeHead(status).end());
      expect(await client.referrers(shop, SUBJECT, signal)).toBeUndefined();
    }
  });

  test('a 303 to a page of a web site is no list, and is not followed', async () => {
    const page = await started(aServer((_, response) => response.writeHead(429).end('<html>')));
    const { standIn, client, shop } = await aScene();
    standIn.misbehave = (_, response) => Boolean(response.writeHead(303, { location: `${page.origin}/-/v2` }).end());
    expect(await client.referrers(shop, SUBJECT, signal)).toBeUndefined();
    expect(page.seen).toEqual([]);
  });

  test('a list that has moved is read where it is, and is unreachable where that fails', async () => {
    const { standIn, client, shop } = await aScene();
    const there = { status: 200 };
    const mirror = await started(
      aServer((_, response) =>
        response.writeHead(there.status, { 'content-type': OCI_INDEX }).end(listing([REFERRER])),
      ),
    );
    standIn.misbehave = (_, response, path) =>
      Boolean(response.writeHead(307, { location: `${mirror.origin}${path}` }).end());
    expect(await client.referrers(shop, SUBJECT, signal)).toHaveLength(1);
    there.status = 500;
    await expect(client.referrers(shop, SUBJECT, signal)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  test.each([
    [
      'text/html',
      '<html></html>',
      /^the list of what refers to .* came as a web page and not from a registry; see what/,
    ],
    [
      OCI_INDEX,
      '{',
      /^the list of what refers to .* is not used: it is no JSON object.*; the registry itself makes this list/,
    ],
  ])('a list that came as %s is not said to be pushed by anybody', async (type, body, sentence) => {
    const { standIn, client, shop } = await aScene();
    standIn.misbehave = (_, response) => Boolean(response.writeHead(200, { 'content-type': type }).end(body));
    await expect(client.referrers(shop, SUBJECT, signal)).rejects.toThrow(sentence);
  });

  test.each<[string, number, string, string, string]>([
    ['a registry that is down', 500, OCI_INDEX, '', 'UNREACHABLE'],
    ['a refusal', 403, OCI_INDEX, '', 'DENIED'],
    ['a web page', 200, 'text/html; charset=utf-8', '<html></html>', 'UNREACHABLE'],
    ['a manifest', 200, OCI_MANIFEST, JSON.stringify(MANIFEST), 'INVALID'],
    [
      'a list of Docker',
      200,
      'application/vnd.docker.distribution.manifest.list.v2+json',
      listing([REFERRER], { mediaType: 'application/vnd.docker.distribution.manifest.list.v2+json' }),
      'INVALID',
    ],
    ['half a list', 200, OCI_INDEX, listing([REFERRER]).slice(0, 60), 'INVALID'],
    ['an entry without a digest', 200, OCI_INDEX, listing([{ ...REFERRER, digest: 'x' }]), 'INVALID'],
    ['P-E1: bytes without an end', 200, OCI_INDEX, ' '.repeat(5 * 1024 * 1024), 'TOO_LARGE'],
  ])('%s is an error, never a shorter list', async (...[, status, type, body, code]) => {
    const { standIn, client, shop } = await aScene();
    standIn.misbehave = (_, response) => Boolean(response.writeHead(status, { 'content-type': type }).end(body));
    await expect(client.referrers(shop, SUBJECT, signal)).rejects.toMatchObject({ code });
  });

  test.each([
    ['P-E1: pages without an end', 1, /20 pages/, 20],
    ['P-E1: more entries than anybody needs', 600, /1000 entries/, 2],
  ])('%s', async (_name, entries, sentence, pages) => {
    const { standIn, client, shop } = await aScene();
    standIn.misbehave = (_, response, path) => {
      const link = `<${path}>; rel="next"`;
      response.writeHead(200, { 'content-type': OCI_INDEX, link });
      return Boolean(response.end(listing(Array.from({ length: entries }, () => REFERRER))));
    };
    const reading = client.referrers(shop, SUBJECT, signal);
    await expect(reading).rejects.toMatchObject({ code: 'TOO_LARGE' });
    await expect(reading).rejects.toThrow(sentence);
    expect(standIn.seen).toHaveLength(pages);
  });

  test('a list that breaks off, or goes on at another host, is an error', async () => {
    const { standIn, client, shop } = await aScene();
    standIn.misbehave = (_, response, path) => {
      if (path.includes('page=2'))
        return Boolean(response.writeHead(404, { 'content-type': OCI_INDEX }).end(listing([REFERRER])));
      const link = `</v2/team/shop/referrers/${SUBJECT}?page=2>; rel="next"`;
      return Boolean(response.writeHead(200, { 'content-type': OCI_INDEX, link }).end(listing([REFERRER])));
    };
    await expect(client.referrers(shop, SUBJECT, signal)).rejects.toThrow(/breaks off after a page \(404\)/);
    standIn.misbehave = (_, response) => {
      const link = '<http://169.254.169.254/v2/x>; rel="next"';
      return Boolean(response.writeHead(200, { 'content-type': OCI_INDEX, link }).end(listing([REFERRER])));
    };
    await expect(client.referrers(shop, SUBJECT, signal)).rejects.toMatchObject({ code: 'DENIED' });
  });

  test('of what is no digest nobody is asked', async () => {
    const { standIn, client, shop } = await aScene();
    await expect(client.referrers(shop, '../../x', signal)).rejects.toMatchObject({ code: 'INVALID' });
    expect(standIn.seen).toEqual([]);
  });
});

describe('how often a registry may be asked', () => {
  test('a 429 is unreachable for now, and says when to come back and what the limit is', async () => {
    const { standIn, client, shop } = await aScene();
    const headers = { 'retry-after': '3600', 'ratelimit-limit': '100;w=21600' };
    standIn.misbehave = (_, response) => Boolean(response.writeHead(429, headers).end());
    const reading = client.manifest(shop, 'v1', signal);
    await expect(reading).rejects.toMatchObject({ code: 'UNREACHABLE', retryable: true });
    await expect(reading).rejects.toThrow(
      /limits how often it is asked \(100 manifests in 6 h\); it says to come back in 3600 s/,
    );
  });

  test('of Docker Hub, what raises the limit', async () => {
    const http = new FakeHttp();
    const answer = { status: 429, headers: { 'ratelimit-limit': '100;w=21600' } };
    http.serve('https://registry-1.docker.io/v2/library/nginx/manifests/1', answer);
    const client = ociRegistry({ http, plainHosts: [], credentials: new Map(), realms: new Map() });
    await expect(client.manifest(parseImageRef('nginx'), '1', signal)).rejects.toThrow(
      /Docker Hub counts .*100 manifests in 6 h.*PRESYNC_REGISTRY_AUTH/,
    );
  });

  test('a host of tokens that is down or asked too often is no refusal', async () => {
    for (const status of [429, 503]) {
      const tokens = await started(aServer((_, response) => response.writeHead(status).end()));
      const { standIn, shop } = await aScene();
      demandToken(standIn, `${tokens.origin}/token`);
      const reading = clientOf([standIn, tokens]).manifest(shop, 'v1', signal);
      await expect(reading).rejects.toMatchObject({ code: 'UNREACHABLE' });
    }
  });
});

describe('where credentials may be used', () => {
  const RULE = 'list it under registries.credentials in .presync.yaml';

  test('not for a repository that the rules do not name, and the refusal says so', async () => {
    const { standIn, shop } = await aScene();
    standIn.push('team/shop', 'v1', [LAYER]);
    standIn.push('other/shop', 'v1', [LAYER]);
    standIn.demands = { scheme: 'Basic', realm: 'x', accepts: BASIC };
    const used: string[] = [];
    const client = clientOf([standIn], {
      credentials: new Map([[standIn.host, SECRET]]),
      mayUseCredentials: (repository) => repository.includes('/team/') || RULE,
      onCredentials: (repository) => used.push(repository),
    });
    expect((await client.manifest(shop, 'v1', signal)).kind).toBe('manifest');
    const other = client.manifest(parseImageRef(`${standIn.host}/other/shop`), 'v1', signal);
    await expect(other).rejects.toMatchObject({ code: 'DENIED' });
    await expect(other).rejects.toThrow(RULE);
    expect(standIn.seen.filter(({ path }) => path.includes('/other/'))).toMatchObject([{ authorization: undefined }]);
    expect(new Set(used)).toEqual(new Set([shop.repository]));
  });

  test('and where none could be read, the refusal says why; what is public is read', async () => {
    const { standIn, shop } = await aScene();
    standIn.push('team/shop', 'v1', [LAYER]);
    const credentials = Object.assign(new Map(), { lacking: 'the file is no JSON' });
    const client = clientOf([standIn], { credentials });
    expect((await client.manifest(shop, 'v1', signal)).kind).toBe('manifest');
    standIn.demands = { scheme: 'Basic', realm: 'x', accepts: BASIC };
    await expect(client.manifest(shop, 'v1', signal)).rejects.toThrow('is not given to presync: the file is no JSON');
  });

  test('nowhere, where nobody said so', async () => {
    const { standIn, shop } = await aScene();
    standIn.push('team/shop', 'v1', [LAYER]);
    standIn.demands = { scheme: 'Basic', realm: 'x', accepts: BASIC };
    const credentials = new Map([[standIn.host, SECRET]]);
    const client = clientOf([standIn], { credentials, mayUseCredentials: undefined });
    await expect(client.manifest(shop, 'v1', signal)).rejects.toMatchObject({ code: 'DENIED' });
    expect(JSON.stringify(standIn.seen)).not.toContain(BASIC);
  });

  test('what was kept with their help is not given to whoever may not use them', async () => {
    const kept = new Map<string, Uint8Array>();
    const cache: ContentCache = {
      read: (digest) => Promise.resolve(kept.get(digest)),
      keep: (bytes) => {
        kept.set(digestOf(bytes), bytes);
        return Promise.resolve(digestOf(bytes));
      },
    };
    const { standIn, shop } = await aScene();
    const digest = standIn.push('team/shop', 'v1', [LAYER]);
    standIn.demands = { scheme: 'Basic', realm: 'x', accepts: BASIC };
    const credentials = new Map([[standIn.host, SECRET]]);
    await clientOf([standIn], { cache, credentials }).manifest(shop, digest, signal);
    expect(kept.size).toBe(1);
    const fork = clientOf([standIn], { cache, credentials, mayUseCredentials: () => RULE });
    await expect(fork.manifest(shop, digest, signal)).rejects.toMatchObject({ code: 'DENIED' });
    const layer = { digest: digestOf(LAYER.bytes), size: LAYER.bytes.length };
    await clientOf([standIn], { cache, credentials }).blob(shop, layer, signal);
    await expect(fork.blob(shop, layer, signal)).rejects.toMatchObject({ code: 'DENIED' });
    expect((await clientOf([standIn], { cache }).manifest(shop, digest, signal)).digest).toBe(digest);
  });

  test('a realm that gets none is named, with what the operator can do', async () => {
    const tokens = await started(aServer((_, response) => response.writeHead(401).end()));
    const standIn = await started(aRegistry());
    demandToken(standIn, `${tokens.origin}/token`);
    const client = clientOf([standIn, tokens], { credentials: new Map([[standIn.host, SECRET]]) });
    const reading = client.manifest(parseImageRef(`${standIn.host}/team/shop`), 'v1', signal);
    await expect(reading).rejects.toThrow(`PRESYNC_REGISTRY_REALMS=${standIn.host}=${tokens.host}`);
  });
});

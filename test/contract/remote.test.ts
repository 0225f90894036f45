import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { engineOf } from '../../src/adapters/engine/engine-pool.ts';
import { toolRunner } from '../../src/adapters/process/tool-runner.ts';
import { ociRegistry } from '../../src/adapters/registry/registry.ts';
import { contentCache } from '../../src/adapters/remote/cache.ts';
import { versionPicker } from '../../src/adapters/remote/choose.ts';
import { remoteContent } from '../../src/adapters/remote/remote.ts';
import { type JsonObject, textAt, textsAt } from '../../src/model/json.ts';
import type { HelmWant, OciWant, RemoteWant } from '../../src/model/remote-want.ts';
import { type Engine, EngineError, type EngineRequest } from '../../src/ports/engine.ts';
import type { GitWant } from '../../src/model/remote-want.ts';
import type { Remote, RemoteContent, RemoteOf } from '../../src/ports/remote.ts';
import { aTar, aTgz } from '../builders/archive.ts';
import { aFolder } from '../builders/git-repository.ts';
import { anAnswer, anEngine } from '../fakes/engine.ts';
import { loopbackHttp } from '../standin/loopback-http.ts';
import {
  aRegistry,
  digestOf,
  OCI_INDEX,
  OCI_MANIFEST,
  type PushedLayer,
  type RegistryStandIn,
} from '../standin/registry/registry.ts';
import { aServer, type LoopbackServer } from '../standin/server.ts';

const BINARY = join(import.meta.dirname, '..', '..', 'engine', 'bin', 'presync-engine');
const isBuilt = existsSync(BINARY);
if (!isBuilt)
  process.stderr.write(
    'the choice of versions is tested with the fake alone: the engine is not built (npm run engine)\n',
  );

const signal = new AbortController().signal;
const cleanUp: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const release of cleanUp.splice(0).toReversed()) await release();
});

/** Chooses the last that starts with what is asked for, of an index that is JSON: enough to see what becomes of the choice. */
function aChooser(): Engine {
  return anEngine({
    'semver.pick': ({ input }) => {
      const found = textsAt(input, 'versions').filter((version) =>
        version.startsWith(textAt(input, 'constraint').replace(/\.x$/, '.')),
      );
      return Promise.resolve(anAnswer({ value: { version: found.at(-1) ?? notThere() } }));
    },
    'helm.index': async (request) => {
      const index = await indexIn(request);
      const charts = (index[textAt(request.input, 'chart')] ?? []) as readonly JsonObject[];
      const found = charts.find((chart) =>
        textAt(chart, 'version').startsWith(textAt(request.input, 'version').replace(/x$/, '')),
      );
      return anAnswer({ value: found ?? notThere() });
    },
  });
}

function notThere(): never {
  throw new EngineError('build', 'no version fits');
}

async function indexIn({ mounts }: EngineRequest): Promise<JsonObject> {
  const [mount] = mounts;
  const [file] = mount?.tree.entries ?? [];
  if (file === undefined || file.path !== 'index.yaml') throw new EngineError('build', 'no index');
  const text = Buffer.from((await mount?.tree.read(file.oid)) ?? []).toString();
  const { entries } = JSON.parse(text) as { entries: JsonObject };
  return entries;
}

const real = isBuilt ? engineOf({ runner: toolRunner(), binary: BINARY, processes: 1 }) : undefined;
afterAll(() => real?.close());
const engines: readonly (readonly [string, () => Engine])[] = [
  ['the fake engine', aChooser],
  ...(real === undefined ? [] : ([['the real engine', () => real]] as const)),
];

const NO_GIT: RemoteOf<GitWant> = {
  resolve: () => Promise.resolve({ resolved: 'git', isPinned: true }),
  fetch: () => Promise.reject(new Error('no git here')),
};

interface Scene {
  readonly remote: Remote;
  readonly server: LoopbackServer;
  readonly registry: RegistryStandIn;
  readonly files: Map<string, Uint8Array | string>;
  /** Forgets what was kept. */
  readonly forget: () => void;
  readonly folder: string;
  misbehave: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
}

async function aScene(engine: Engine = aChooser()): Promise<Scene> {
  const files = new Map<string, Uint8Array | string>();
  const scene: { misbehave: Scene['misbehave'] } = { misbehave: undefined };
  const server = await aServer((request, response) => {
    if (scene.misbehave?.(request, response) === true) return;
    const found = files.get(request.url ?? '');
    response.writeHead(found === undefined ? 404 : 200).end(found);
  });
  const registry = await aRegistry();
  const folder = aFolder();
  cleanUp.push(
    () => rmSync(folder, { recursive: true, force: true }),
    () => server.close(),
    () => registry.close(),
  );
  const cache = (await contentCache({ folder, maxBytes: 100_000_000 })).of('7');
  const http = loopbackHttp();
  const images = ociRegistry({ http, cache, plainHosts: [registry.origin], credentials: new Map(), realms: new Map() });
  const forget = () => {
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  };
  const remote = remoteContent({ http, engine, git: NO_GIT, registry: images, cache });
  return Object.assign(scene, { remote, server, registry, files, forget, folder });
}

async function textsIn({ tree }: RemoteContent): Promise<unknown> {
  const texts = tree.entries.map(
    async ({ path, oid }) => [path, Buffer.from(await tree.read(oid)).toString()] as const,
  );
  return Object.fromEntries(await Promise.all(texts));
}

async function bring({ remote }: Scene, want: RemoteWant): Promise<readonly [string, unknown]> {
  const { resolved } = await remote.resolve(want, signal);
  return [resolved, await textsIn(await remote.fetch(want, resolved, signal))];
}

test('what is of git goes to git', async () => {
  const { remote } = await aScene();
  expect(await remote.resolve({ kind: 'git', url: 'x', ref: '' }, signal)).toEqual({ resolved: 'git', isPinned: true });
});

describe('a file', () => {
  test('is a tree of its own, under the name that the address ends with, and asked for once', async () => {
    const scene = await aScene();
    const { server, files, remote } = scene;
    files.set('/a/crds%20all.yaml?raw=true', 'kind: A');
    const want: RemoteWant = { kind: 'http', url: `${server.origin}/a/crds%20all.yaml?raw=true` };
    expect(await bring(scene, want)).toEqual([digestOf(Buffer.from('kind: A')), { 'crds%20all.yaml': 'kind: A' }]);
    expect(server.seen).toHaveLength(1);
    expect((await remote.resolve(want, signal)).isPinned).toBe(false);
  });

  test('that was replaced since it was resolved is none', async () => {
    const { server, files, remote, forget } = await aScene();
    files.set('/a.yaml', 'reviewed');
    const want: RemoteWant = { kind: 'http', url: `${server.origin}/a.yaml` };
    const { resolved } = await remote.resolve(want, signal);
    files.set('/a.yaml', 'replaced');
    expect(await textsIn(await remote.fetch(want, resolved, signal))).toEqual({ 'a.yaml': 'reviewed' });
    forget();
    const failing = remote.fetch(want, resolved, signal);
    await expect(failing).rejects.toMatchObject({ code: 'INVALID' });
    await expect(failing).rejects.toThrow(/\/a\.yaml is not what it was: sha256:/);
  });

  test('that was poisoned in the cache is fetched anew', async () => {
    const { server, files, remote, folder } = await aScene();
    files.set('/a.yaml', 'reviewed');
    const want: RemoteWant = { kind: 'http', url: `${server.origin}/a.yaml` };
    const { resolved } = await remote.resolve(want, signal);
    const kept =
      readdirSync(folder, { recursive: true })
        .map(String)
        .find((name) => name.endsWith(resolved.slice(7))) ?? '';
    writeFileSync(join(folder, kept), 'poisoned');
    expect(await textsIn(await remote.fetch(want, resolved, signal))).toEqual({ 'a.yaml': 'reviewed' });
    expect(server.seen).toHaveLength(2);
  });

  test.each([
    [401, 'DENIED'],
    [403, 'DENIED'],
    [404, 'NOT_FOUND'],
    [410, 'NOT_FOUND'],
    [429, 'UNREACHABLE'],
    [500, 'UNREACHABLE'],
    [204, 'INVALID'],
    [418, 'INVALID'],
  ])('that is answered with %d is an error, whose sentence shows no secret of the address', async (status, code) => {
    const scene = await aScene();
    scene.misbehave = (_, response) => Boolean(response.writeHead(status).end());
    const failing = scene.remote.resolve({ kind: 'http', url: `${scene.server.origin}/a.yaml?sig=canary` }, signal);
    await expect(failing).rejects.toMatchObject({ code });
    await expect(failing).rejects.toThrow(`${scene.server.origin}/a.yaml `);
    await expect(failing).rejects.not.toThrow(/canary/);
  });

  test.each([
    ['A4: a file', 'file:///etc/passwd'],
    ['A4, A20: an address of a cloud', 'http://169.254.169.254/latest/meta-data'],
  ])('%s is what the guard says', async (_, url) => {
    const { remote } = await aScene();
    await expect(remote.resolve({ kind: 'http', url }, signal)).rejects.toMatchObject({ code: 'DENIED' });
  });

  test('from a server that hangs up is unreachable', async () => {
    const scene = await aScene();
    scene.misbehave = (_, response) => Boolean(response.destroy());
    const failing = scene.remote.resolve({ kind: 'http', url: `${scene.server.origin}/a` }, signal);
    await expect(failing).rejects.toMatchObject({ code: 'UNREACHABLE', retryable: true });
  });

  test('ends with the signal', async () => {
    const scene = await aScene();
    scene.misbehave = () => true;
    const stop = new AbortController();
    const failing = scene.remote.resolve({ kind: 'http', url: `${scene.server.origin}/a` }, stop.signal);
    stop.abort();
    await expect(failing).rejects.toMatchObject({ name: 'AbortError' });
  });
});

const CHART_YAML = 'apiVersion: v2\nname: shop\nversion: 1.2.3\n';
const CHART = aTgz({ 'shop/Chart.yaml': CHART_YAML, 'shop/templates/a.yaml': 'a' });
const CHART_FILES = { 'Chart.yaml': CHART_YAML, 'templates/a.yaml': 'a' };
const CHART_DIGEST = digestOf(CHART);
const CHART_LAYER = { mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', bytes: CHART };

interface IndexedVersion {
  readonly version: string;
  readonly url: string;
  readonly digest?: string;
}

/** JSON is YAML, and both engines read it. */
function anIndex(versions: readonly IndexedVersion[]): string {
  const shop = versions.map(({ version, url, digest }) => ({
    apiVersion: 'v2',
    name: 'shop',
    version,
    urls: [url],
    ...(digest === undefined ? {} : { digest }),
  }));
  return JSON.stringify({ apiVersion: 'v1', entries: { shop } });
}

function helm({ server }: Scene, version: string, more: Partial<HelmWant> = {}): HelmWant {
  return { kind: 'helm', url: `${server.origin}/charts`, chart: 'shop', version, ...more };
}

describe.each(engines)('a chart of a repository, chosen by %s', (_engine, engine) => {
  test.each([
    ['beside its index', 'shop-1.2.3.tgz', '/charts/shop-1.2.3.tgz'],
    ['elsewhere on the host', '/files/shop.tgz', '/files/shop.tgz'],
  ])('lies %s', async (_, url, path) => {
    const scene = await aScene(engine());
    scene.files.set(
      '/charts/index.yaml',
      anIndex([
        { version: '1.3.0-rc.1', url: 'rc.tgz' },
        { version: '1.2.3', url, digest: CHART_DIGEST.slice(7) },
      ]),
    );
    scene.files.set(path, CHART);
    expect(await bring(scene, helm(scene, '1.2.x'))).toEqual([`1.2.3@${CHART_DIGEST}`, CHART_FILES]);
  });

  test('lies at another address, or has no digest in the index', async () => {
    const scene = await aScene(engine());
    const url = `${scene.server.origin}/elsewhere.tgz`;
    scene.files.set('/charts/index.yaml', anIndex([{ version: '1.2.3', url }]));
    scene.files.set('/elsewhere.tgz', CHART);
    expect(await bring(scene, helm(scene, '1.2.3'))).toEqual([`1.2.3@${CHART_DIGEST}`, CHART_FILES]);
    expect(scene.server.seen).toHaveLength(2);
  });

  test.each([
    ['by its tag, with the digest of the archive in the index', ':1.2.3', CHART_DIGEST],
    ['by its tag, with no digest in the index', ':1.2.3', undefined],
    ['by its digest', '@', CHART_DIGEST],
  ])('lies in a registry, and is the image that the index names: %s', async (_, reference, digest) => {
    const scene = await aScene(engine());
    const image = scene.registry.push('charts/shop', '1.2.3', [CHART_LAYER]);
    const named = `oci://${scene.registry.host}/charts/shop${reference === '@' ? `@${image}` : reference}`;
    scene.files.set('/charts/index.yaml', anIndex([{ version: '1.2.3', url: named, ...(digest && { digest }) }]));
    const tag = reference === '@' ? '' : reference;
    const resolved = `1.2.3@oci://${scene.registry.host}/charts/shop${tag}@${image}`;
    expect(await bring(scene, helm(scene, '1.2.3'))).toEqual([resolved, CHART_FILES]);
    const { digest: came } = await scene.remote.fetch(helm(scene, '1.2.3'), resolved, signal);
    expect(came).toBe(CHART_DIGEST);
  });

  test('is not in the index, or has gone since', async () => {
    const scene = await aScene(engine());
    scene.files.set('/charts/index.yaml', anIndex([{ version: '1.2.3', url: 'a.tgz', digest: CHART_DIGEST }]));
    const missing = scene.remote.resolve(helm(scene, '9.0.0'), signal);
    await expect(missing).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(missing).rejects.toThrow(`${scene.server.origin}/charts/index.yaml: `);
    const { resolved } = await scene.remote.resolve(helm(scene, '1.2.3'), signal);
    scene.files.set('/charts/index.yaml', anIndex([{ version: '1.2.4', url: 'a.tgz', digest: CHART_DIGEST }]));
    await expect(scene.remote.fetch(helm(scene, '1.x'), resolved, signal)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('P-D2: a chart of a repository', () => {
  const other = aTgz({ 'shop/Chart.yaml': 'name: evil' });

  test('whose image has another archive than the index says', async () => {
    const scene = await aScene();
    scene.registry.push('charts/shop', '1.2.3', [{ ...CHART_LAYER, bytes: other }]);
    const url = `oci://${scene.registry.host}/charts/shop:1.2.3`;
    scene.files.set('/charts/index.yaml', anIndex([{ version: '1.2.3', url, digest: CHART_DIGEST }]));
    const failing = scene.remote.resolve(helm(scene, '1.2.3'), signal);
    await expect(failing).rejects.toMatchObject({ code: 'INVALID' });
    await expect(failing).rejects.toThrow(/the chart shop 1\.2\.3 of .* is not what it was/);
  });

  test('whose tag in a registry was moved since it was resolved is what it was', async () => {
    const scene = await aScene();
    scene.registry.push('charts/shop', '1.2.3', [CHART_LAYER]);
    const url = `oci://${scene.registry.host}/charts/shop:1.2.3`;
    scene.files.set('/charts/index.yaml', anIndex([{ version: '1.2.3', url }]));
    const { resolved } = await scene.remote.resolve(helm(scene, '1.2.3'), signal);
    scene.registry.push('charts/shop', '1.2.3', [{ ...CHART_LAYER, bytes: other }]);
    scene.forget();
    expect(await textsIn(await scene.remote.fetch(helm(scene, '1.2.3'), resolved, signal))).toEqual(CHART_FILES);
    expect((await scene.remote.resolve(helm(scene, '1.2.3'), signal)).resolved).not.toBe(resolved);
  });

  test.each(['oci://team/shop:1', 'OCI://host.example/shop:1', 'oci://host.example/Shop:1'])(
    'whose index leads to %s, which is no address of a registry',
    async (url) => {
      const scene = await aScene();
      scene.files.set('/charts/index.yaml', anIndex([{ version: '1.2.3', url }]));
      await expect(scene.remote.resolve(helm(scene, '1.2.3'), signal)).rejects.toMatchObject({ code: 'INVALID' });
    },
  );

  test('whose archive is not what the index says', async () => {
    const scene = await aScene();
    scene.files.set('/charts/index.yaml', anIndex([{ version: '1.2.3', url: 'a.tgz', digest: CHART_DIGEST }]));
    scene.files.set('/charts/a.tgz', other);
    const { resolved } = await scene.remote.resolve(helm(scene, '1.2.3'), signal);
    const failing = scene.remote.fetch(helm(scene, '1.2.3'), resolved, signal);
    await expect(failing).rejects.toMatchObject({ code: 'INVALID' });
    await expect(failing).rejects.toThrow(/the chart shop 1\.2\.3 of .* is not what it was/);
  });

  test('whose index and archive were both replaced since it was resolved', async () => {
    const scene = await aScene();
    scene.files.set('/charts/index.yaml', anIndex([{ version: '1.2.3', url: 'a.tgz', digest: CHART_DIGEST }]));
    const { resolved } = await scene.remote.resolve(helm(scene, '1.2.3'), signal);
    scene.files.set('/charts/index.yaml', anIndex([{ version: '1.2.3', url: 'a.tgz', digest: digestOf(other) }]));
    scene.files.set('/charts/a.tgz', other);
    await expect(scene.remote.fetch(helm(scene, '1.2.3'), resolved, signal)).rejects.toMatchObject({ code: 'INVALID' });
  });

  test('whose digest is none', async () => {
    const scene = await aScene();
    scene.files.set('/charts/index.yaml', anIndex([{ version: '1.2.3', url: 'a.tgz', digest: 'md5:x' }]));
    await expect(scene.remote.resolve(helm(scene, '1.2.3'), signal)).rejects.toMatchObject({ code: 'INVALID' });
  });

  test('that is a hostile archive (A7, A12)', async () => {
    const scene = await aScene();
    const slip = gzipSync(
      aTar([
        { name: 'shop/Chart.yaml', text: CHART_YAML },
        { name: 'shop/Chart.lock', type: '2', target: '/etc/passwd' },
      ]),
    );
    scene.files.set('/charts/index.yaml', anIndex([{ version: '1.2.3', url: 'a.tgz' }]));
    scene.files.set('/charts/a.tgz', slip);
    const { resolved } = await scene.remote.resolve(helm(scene, '1.2.3'), signal);
    await expect(scene.remote.fetch(helm(scene, '1.2.3'), resolved, signal)).rejects.toThrow(
      /the archive the chart shop 1\.2\.3 .* leads out of it/,
    );
  });

  test.each(['1.2.3', `sha256:${'a'.repeat(64)}`, '1.2.3@sha256:a', ''])(
    'as nobody resolved it: %j',
    async (resolved) => {
      const scene = await aScene();
      await expect(scene.remote.fetch(helm(scene, '1.2.3'), resolved, signal)).rejects.toMatchObject({
        code: 'INVALID',
      });
    },
  );

  test.each(['oci://host.example/charts', 'file:///charts', 'charts', ''])(
    'at %j, which is no repository',
    async (url) => {
      const scene = await aScene();
      await expect(scene.remote.resolve(helm(scene, '1.2.3', { url }), signal)).rejects.toMatchObject({
        code: 'INVALID',
      });
    },
  );
});

const FLUX = 'application/vnd.cncf.flux.content.v1.tar+gzip';

function layer(text: string): PushedLayer {
  return { mediaType: FLUX, bytes: aTgz({ 'a.yaml': text }) };
}

function oci({ registry }: Scene, path: string, more: Partial<OciWant> = {}): OciWant {
  return { kind: 'oci', url: `oci://${registry.host}/${path}`, reference: '', content: 'artifact', ...more };
}

describe.each(engines)('a chart of a registry, chosen by %s', (_engine, engine) => {
  test('by version, range or digest', async () => {
    const scene = await aScene(engine());
    const digest = scene.registry.push('charts/shop', '1.2.3_build.5', [CHART_LAYER]);
    scene.registry.push('charts/shop', '1.1.0', [{ ...CHART_LAYER, bytes: aTgz({ 'shop/Chart.yaml': 'old' }) }]);
    const want = (reference: string) => oci(scene, 'charts/shop', { reference, content: 'chart' });
    expect(await bring(scene, want('1.2.3+build.5'))).toEqual([digest, CHART_FILES]);
    expect(await bring(scene, want('1.2.x'))).toEqual([digest, CHART_FILES]);
    expect(await bring(scene, want(digest))).toEqual([digest, CHART_FILES]);
    expect(await bring(scene, oci(scene, 'charts/shop', { range: '1.1.x', content: 'chart' }))).toEqual([
      expect.any(String),
      { 'Chart.yaml': 'old' },
    ]);
    expect(await scene.remote.resolve(want(`1.0.0@${digest}`), signal)).toEqual({ resolved: digest, isPinned: true });
    await expect(scene.remote.resolve(want('9.x'), signal)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(scene.remote.resolve(want('9.0.0'), signal)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('an artifact of a registry', () => {
  test('is its first layer, unpacked, by tag, latest, range and digest; what was read is not asked for again', async () => {
    const scene = await aScene();
    const digest = scene.registry.push('team/app', '1.0.0', [layer('one'), layer('two')]);
    scene.registry.push('team/app', 'latest', [layer('latest')]);
    expect(await bring(scene, oci(scene, 'team/app', { reference: '1.0.0' }))).toEqual([digest, { 'a.yaml': 'one' }]);
    expect(await bring(scene, oci(scene, 'team/app'))).toEqual([expect.any(String), { 'a.yaml': 'latest' }]);
    expect(await bring(scene, oci(scene, 'team/app', { range: '1.0.x' }))).toEqual([digest, { 'a.yaml': 'one' }]);
    const before = scene.registry.seen.length;
    expect(await bring(scene, oci(scene, 'team/app', { reference: digest }))).toEqual([digest, { 'a.yaml': 'one' }]);
    expect(scene.registry.seen.length).toBe(before);
  });

  test('is the layer of the type that is wanted, unpacked or as it is', async () => {
    const scene = await aScene();
    const layers = [
      { mediaType: 'text/plain', bytes: Buffer.from('no') },
      {
        mediaType: 'application/yaml',
        bytes: Buffer.from('kind: A'),
        annotations: { 'org.opencontainers.image.title': '../out/a.yaml' },
      },
    ];
    scene.registry.push('team/app', 'latest', layers);
    const copy = { mediaType: 'application/yaml', operation: 'copy' } as const;
    expect((await bring(scene, oci(scene, 'team/app', copy)))[1]).toEqual({ 'a.yaml': 'kind: A' });
    expect((await bring(scene, oci(scene, 'team/app', { operation: 'copy' })))[1]).toEqual({ app: 'no' });
    await expect(bring(scene, oci(scene, 'team/app', { mediaType: FLUX }))).rejects.toThrow(
      /has no layer of type application\/vnd\.cncf\.flux/,
    );
    await expect(bring(scene, oci(scene, 'team/app', { content: 'chart', reference: 'latest' }))).rejects.toThrow(
      /has no layer with a chart/,
    );
    await expect(bring(scene, oci(scene, 'team/app'))).rejects.toMatchObject({ code: 'INVALID' });
  });

  test('P-D3: is no index, and no image without layers', async () => {
    const scene = await aScene();
    const entry = { mediaType: OCI_MANIFEST, digest: `sha256:${'a'.repeat(64)}`, size: 2 };
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [entry] }));
    scene.registry.pushBytes('team/app', 'index', { bytes: index, type: OCI_INDEX });
    scene.registry.push('team/app', 'empty', []);
    await expect(bring(scene, oci(scene, 'team/app', { reference: 'index' }))).rejects.toThrow(
      /is an index of several images/,
    );
    await expect(bring(scene, oci(scene, 'team/app', { reference: 'empty' }))).rejects.toThrow(/has no layer at all/);
  });

  test('P-D2: whose layer was replaced in the registry is none', async () => {
    const scene = await aScene();
    scene.registry.push('team/app', 'latest', [{ mediaType: FLUX, bytes: aTgz({ 'a.yaml': 'one' }) }]);
    scene.registry.misbehave = (_, response, path) =>
      path.includes('/blobs/') && Boolean(response.writeHead(200).end(Buffer.alloc(50)));
    await expect(bring(scene, oci(scene, 'team/app'))).rejects.toMatchObject({ code: 'INVALID' });
  });

  test('a registry that refuses is named, and nothing else', async () => {
    const scene = await aScene();
    scene.registry.demands = { scheme: 'Basic', realm: 'x', accepts: 'nothing' };
    const failing = scene.remote.resolve(oci(scene, 'team/app'), signal);
    await expect(failing).rejects.toMatchObject({ name: 'RemoteError', code: 'DENIED' });
    await expect(failing).rejects.toThrow(/team\/app:latest is not given to presync without other credentials/);
  });

  test.each([
    'https://host.example/a',
    'oci://nginx',
    'oci://team/app',
    'oci://host.example/A',
    'oci://host.example/a:1',
    'oci://host.example/../a',
    'oci://',
    '',
  ])('does not lie at %j', async (url) => {
    const scene = await aScene();
    await expect(scene.remote.resolve({ ...oci(scene, 'x'), url }, signal)).rejects.toMatchObject({ code: 'INVALID' });
  });
});

test('a version that is none of those that there are is never taken', async () => {
  const lying = anEngine({ 'semver.pick': () => Promise.resolve(anAnswer({ value: { version: '6.6.6' } })) });
  const choice = { constraint: '*', versions: ['1.0.0'], as: 'git-tags', name: 'the tags of x' } as const;
  await expect(versionPicker(lying)(choice, signal)).rejects.toMatchObject({ code: 'INVALID' });
  const broken = anEngine({ 'semver.pick': () => Promise.reject(new EngineError('internal', 'died')) });
  await expect(versionPicker(broken)(choice, signal)).rejects.toMatchObject({ code: 'UNREACHABLE', retryable: true });
});

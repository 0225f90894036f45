import { spawn, spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ociRegistry } from '../../src/adapters/registry/registry.ts';
import { parseImageRef } from '../../src/model/image-ref.ts';
import { aFolder } from '../builders/git-repository.ts';
import { loopbackHttp } from '../standin/loopback-http.ts';
import { digestOf, OCI_MANIFEST } from '../standin/registry/registry.ts';
import { freePort } from '../builders/free-port.ts';

/** https://github.com/distribution/distribution, as Debian packages it (apt install docker-registry). */
const PROGRAM = 'docker-registry';
const isThere = spawnSync(PROGRAM, ['--version']).error === undefined;
if (!isThere) process.stderr.write(`the client is tested with our own registry alone: ${PROGRAM} is not on the PATH\n`);

const signal = new AbortController().signal;

(isThere ? describe : describe.skip)('a registry that others run', () => {
  const folder = aFolder();
  const place = { origin: '', stop: () => undefined as unknown };

  beforeAll(async () => {
    const port = await freePort();
    const config = `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${folder}/data}}\nhttp: {addr: "127.0.0.1:${port}"}\n`;
    writeFileSync(join(folder, 'config.yml'), config);
    const program = spawn(PROGRAM, ['serve', join(folder, 'config.yml')], { stdio: 'ignore' });
    Object.assign(place, { origin: `http://127.0.0.1:${port}`, stop: () => program.kill() });
    for (;;)
      if (
        await fetch(`${place.origin}/v2/`).then(
          ({ ok }) => ok,
          () => false,
        )
      )
        break;
  }, 30_000);

  afterAll(() => {
    place.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function keep(bytes: Uint8Array): Promise<{ readonly digest: string; readonly size: number }> {
    const started = await fetch(`${place.origin}/v2/team/shop/blobs/uploads/`, { method: 'POST' });
    const target = new URL(started.headers.get('location') ?? '', place.origin);
    target.searchParams.set('digest', digestOf(bytes));
    expect((await fetch(target, { method: 'PUT', body: bytes.slice() })).status).toBe(201);
    return { digest: digestOf(bytes), size: bytes.length };
  }

  test('gives manifests, blobs and pages of tags', async () => {
    const layer = { mediaType: 'application/octet-stream', ...(await keep(Buffer.from('layer'))) };
    const config = { mediaType: 'application/vnd.oci.empty.v1+json', ...(await keep(Buffer.from('{}'))) };
    const manifest = JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [layer] });
    const tags = Array.from({ length: 5 }, (_, index) => `1.${index}.0`);
    for (const tag of tags) {
      const put = { method: 'PUT', headers: { 'content-type': OCI_MANIFEST }, body: manifest };
      expect((await fetch(`${place.origin}/v2/team/shop/manifests/${tag}`, put)).status).toBe(201);
    }
    const client = ociRegistry({
      http: loopbackHttp(),
      plainHosts: [place.origin],
      credentials: new Map(),
      realms: new Map(),
    });
    const shop = parseImageRef(`${new URL(place.origin).host}/team/shop`);
    const digest = digestOf(Buffer.from(manifest));
    expect(await client.manifest(shop, '1.2.0', signal)).toMatchObject({ kind: 'manifest', digest, layers: [layer] });
    expect(await client.manifest(shop, digest, signal)).toMatchObject({ digest });
    expect(Buffer.from(await client.blob(shop, layer, signal)).toString()).toBe('layer');
    expect((await client.tags(shop, signal)).toSorted()).toEqual(tags);
    // It keeps no list of referrers, so what lies beside an image is found by its tag.
    expect(await client.referrers(shop, digest, signal)).toBeUndefined();
    await expect(client.manifest(shop, '9.0.0', signal)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(client.blob(shop, { digest: digestOf(Buffer.from('x')), size: 1 }, signal)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

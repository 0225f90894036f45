import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { snappy } from '../../../test/builders/snappy.ts';
import { type FakeHandler, FakeHttp } from '../../../test/fakes/http.ts';
import { HttpError } from '../../ports/http.ts';
import { githubAttestations } from './attestations.ts';

const API = 'https://api.github.com';
const DIGEST = `sha256:${'a'.repeat(64)}`;
const LIST = `${API}/repos/acme/shop/attestations/${DIGEST}?per_page=100`;
const STORE = 'https://store.blob.example/attestations/1.json.sn?sig=s3cret';
const signal = new AbortController().signal;

function answering(handler: FakeHandler, token?: string) {
  const http = new FakeHttp();
  http.serve(LIST, handler);
  return { http, of: () => githubAttestations({ http, baseUrl: API, token }).of('acme/shop', DIGEST, signal) };
}

const bundle = { mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', dsseEnvelope: { payload: 'x' } };

describe('attestations that GitHub keeps', () => {
  test('are all read, page by page, with their own digests; what is none is counted', async () => {
    const next = `${API}/repositories/1/attestations/x?after=Y`;
    const first = {
      attestations: [{ bundle, repository_id: 1 }, { bundle: null }],
    };
    const { http, of } = answering({
      headers: { link: `<${API}/x?before=1>; rel="prev", <${next}>; rel="next"` },
      body: JSON.stringify(first),
    });
    http.serve(next, { body: JSON.stringify({ attestations: [{ bundle: { ...bundle, more: 1 } }] }) });
    const held = await of();
    expect(held?.unread).toBe(1);
    expect(held?.bundles.map(({ content }) => JSON.parse(Buffer.from(content).toString()))).toEqual([
      bundle,
      { ...bundle, more: 1 },
    ]);
    for (const { content, digest } of held?.bundles ?? [])
      expect(digest).toBe(`sha256:${createHash('sha256').update(content).digest('hex')}`);
  });

  test('are asked for with the token, where there is one', async () => {
    for (const token of ['t0ken', undefined]) {
      const { http, of } = answering({ body: '{"attestations":[]}' }, token);
      expect(await of()).toEqual({ bundles: [], unread: 0 });
      expect(http.asked[0]?.headers.get('authorization')).toBe(token === undefined ? undefined : 'Bearer t0ken');
    }
  });

  test('of a repository that is not shown are undefined', async () => {
    expect(await answering({ status: 404 }).of()).toBeUndefined();
  });

  test.each<[string, FakeHandler, string]>([
    ['a limit', { status: 429 }, 'UNREACHABLE'],
    ['the first limit as 403', { status: 403, headers: { 'x-ratelimit-remaining': '0' } }, 'UNREACHABLE'],
    ['the second limit as 403', { status: 403, headers: { 'retry-after': '60' } }, 'UNREACHABLE'],
    ['a refusal', { status: 403 }, 'DENIED'],
    ['a token that is taken no more', { status: 401 }, 'DENIED'],
    ['an outage', { status: 502 }, 'UNREACHABLE'],
    ['a redirect', { status: 302, headers: { location: 'https://evil.example/' } }, 'INVALID'],
    ['something else', { body: '[]' }, 'INVALID'],
    ['no JSON', { body: '<html>' }, 'INVALID'],
    [
      'a list that goes on elsewhere',
      { headers: { link: '<https://evil.example/>; rel="next"' }, body: '{"attestations":[]}' },
      'DENIED',
    ],
    [
      'a list that breaks off',
      { headers: { link: `<${API}/gone>; rel="next"` }, body: '{"attestations":[]}' },
      'INVALID',
    ],
    [
      'P-E1: a list without an end',
      { headers: { link: `<${LIST}>; rel="next"` }, body: '{"attestations":[]}' },
      'TOO_LARGE',
    ],
  ])('with %s are an error, never "none"', async (...[, handler, code]) => {
    await expect(answering(handler, 't0ken').of()).rejects.toMatchObject({ code });
  });

  test('are not asked for at another host, which would be shown the token', async () => {
    const elsewhere = 'https://evil.example/attestations';
    const { http, of } = answering(
      { headers: { link: `<${elsewhere}>; rel="next"` }, body: '{"attestations":[]}' },
      't',
    );
    http.serve(elsewhere, { body: '{"attestations":[]}' });
    await expect(of()).rejects.toMatchObject({ code: 'DENIED' });
    expect(http.asked).toHaveLength(1);
  });

  test('are not asked for under a name that is no repository', async () => {
    const http = new FakeHttp();
    const api = githubAttestations({ http, baseUrl: API });
    for (const name of ['acme', 'acme/..', 'acme/../user', 'acme/a/b', 'acme/a?b', '', '../x'])
      expect(await api.of(name, DIGEST, signal)).toBeUndefined();
    expect(await api.of('acme/shop', 'sha256:../x', signal)).toBeUndefined();
    expect(http.asked).toEqual([]);
  });
});

function listing(...urls: readonly unknown[]): FakeHandler {
  return { body: JSON.stringify({ attestations: urls.map((url) => ({ bundle: null, bundle_url: url })) }) };
}

describe('attestations that GitHub keeps packed in a store', () => {
  const packed = snappy(Buffer.from(JSON.stringify({ ...bundle, more: 'abcdefgh'.repeat(50) })));

  test('are fetched and unpacked, without the token', async () => {
    const { http, of } = answering(listing(STORE), 't0ken');
    http.serve(STORE, { body: packed });
    const held = await of();
    expect(held?.unread).toBe(0);
    expect(held?.bundles.map(({ content }) => JSON.parse(Buffer.from(content).toString()))).toEqual([
      { ...bundle, more: 'abcdefgh'.repeat(50) },
    ]);
    const [content] = held?.bundles ?? [];
    expect(content?.digest).toBe(
      `sha256:${createHash('sha256')
        .update(content?.content ?? '')
        .digest('hex')}`,
    );
    expect(http.asked.map(({ url, headers }) => [url, headers.get('authorization')])).toEqual([
      [LIST, 'Bearer t0ken'],
      [STORE, undefined],
    ]);
  });

  test('are not fetched where GitHub gives the bundle as well', async () => {
    const { http, of } = answering({ body: JSON.stringify({ attestations: [{ bundle, bundle_url: STORE }] }) });
    expect(await of()).toMatchObject({ unread: 0 });
    expect(http.asked).toHaveLength(1);
  });

  test('are counted where they are no such block, or where there is no address', async () => {
    const { http, of } = answering(listing(STORE, '', 7, undefined));
    http.serve(STORE, { body: packed.subarray(1) });
    expect(await of()).toEqual({ bundles: [], unread: 4 });
  });

  test.each<[string, FakeHandler, string]>([
    ['an outage', { status: 503 }, 'UNREACHABLE'],
    ['a refusal', { status: 403 }, 'DENIED'],
    ['nothing there, though it is listed', { status: 404 }, 'INVALID'],
    ['a redirect', { status: 302, headers: { location: `${STORE}&again` } }, 'INVALID'],
    ['P-E2: a block that unpacks to a gigabyte', { body: Buffer.of(0x80, 0x80, 0x80, 0x80, 4) }, 'TOO_LARGE'],
    ['P-E2: a block of more than is read', { body: Buffer.alloc(32 * 1024 * 1024 + 1) }, 'TOO_LARGE'],
    [
      'an error of the transport',
      () => {
        throw new HttpError('TIMEOUT', 'store.blob.example did not answer');
      },
      'UNREACHABLE',
    ],
  ])('with %s are an error, never "none", and the address is not shown', async (...[, handler, code]) => {
    const { http, of } = answering(listing(STORE));
    http.serve(STORE, handler);
    http.serve(`${STORE}&again`, { body: packed });
    const error: unknown = await of().catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code });
    expect(String(error)).not.toContain('s3cret');
  });

  test.each(['http://store.blob.example/x', 'file:///etc/passwd', 'ftp://store.blob.example/x', 'store', '//x/y'])(
    'are not fetched from %s',
    async (url) => {
      const { http, of } = answering(listing(url));
      http.serve('http://store.blob.example/x', { body: packed });
      await expect(of()).rejects.toMatchObject({
        code: 'DENIED',
        message: expect.stringContaining('without https'),
      });
      expect(http.asked).toHaveLength(1);
    },
  );

  test('P-E1: are not fetched one by one without an end', async () => {
    const { http, of } = answering(listing(...Array.from({ length: 251 }, () => STORE)));
    http.serve(STORE, { body: packed });
    await expect(of()).rejects.toMatchObject({ code: 'TOO_LARGE' });
    expect(http.asked).toHaveLength(1);
  });

  test('P-E2: are no more than 128 MiB together', async () => {
    const { http, of } = answering(listing(...Array.from({ length: 65 }, () => STORE)));
    const run = Buffer.concat(Array.from({ length: 32_768 }, () => Buffer.of((63 << 2) | 2, 1, 0)));
    const twoMegabytes = Buffer.concat([Buffer.of(0x81, 0x80, 0x80, 1, 0, 0x20), run]);
    http.serve(STORE, { body: twoMegabytes });
    await expect(of()).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });
});

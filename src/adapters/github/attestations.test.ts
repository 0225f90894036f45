import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { type FakeHandler, FakeHttp } from '../../../test/fakes/http.ts';
import { githubAttestations } from './attestations.ts';

const API = 'https://api.github.com';
const DIGEST = `sha256:${'a'.repeat(64)}`;
const LIST = `${API}/repos/acme/shop/attestations/${DIGEST}?per_page=100`;
const signal = new AbortController().signal;

function answering(handler: FakeHandler, token?: string) {
  const http = new FakeHttp();
  http.serve(LIST, handler);
  return { http, of: () => githubAttestations({ http, baseUrl: API, token }).of('acme/shop', DIGEST, signal) };
}

const bundle = { mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', dsseEnvelope: { payload: 'x' } };

describe('attestations that GitHub keeps', () => {
  test('are all read, page by page, with their own digests; packed ones are counted', async () => {
    const next = `${API}/repositories/1/attestations/x?after=Y`;
    const first = {
      attestations: [
        { bundle, repository_id: 1 },
        { bundle: null, bundle_url: 'https://blob/x.sn' },
      ],
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

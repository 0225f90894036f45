import { afterEach, describe, expect, test } from '@jest/globals';
import { guardedHttp } from '../../src/adapters/http/guarded-http.ts';
import type { Http, HttpRequest } from '../../src/ports/http.ts';
import { anAuthority } from '../builders/certificates.ts';
import { aServer } from '../builders/loopback-server.ts';
import { type FakeAnswer, type FakeAsked, FakeHttp } from '../fakes/http.ts';

const CLEAN_UP: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of CLEAN_UP.splice(0).toReversed()) await clean();
});

/** Two hosts, `own` and `other`, that answer what they are told; of nothing else may be asked. */
interface World {
  readonly http: Http;
  /** Origins. */
  readonly own: string;
  readonly other: string;
  readonly serve: (url: string, answer: FakeAnswer | 'nothing') => void;
  readonly asked: readonly FakeAsked[];
}

async function onFake(): Promise<World> {
  const http = new FakeHttp();
  const [own, other] = ['https://own.test:8443', 'https://other.test:8443'];
  for (const origin of [own, other]) http.serve(`${origin}/known`, {});
  const serve: World['serve'] = (url, answer) => {
    http.serve(url, answer === 'nothing' ? () => new Promise<never>(() => undefined) : answer);
  };
  return { http, own, other, serve, asked: http.asked };
}

async function onLoopback(): Promise<World> {
  const authority = anAuthority();
  const answers = new Map<string, FakeAnswer | 'nothing'>();
  const asked: FakeAsked[] = [];
  const open = async (host: string): Promise<{ readonly host: string; readonly port: number }> => {
    const server = await aServer((request, response) => {
      const url = `https://${request.headers.host}${request.url}`;
      const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const);
      asked.push({ url, method: request.method === 'HEAD' ? 'HEAD' : 'GET', headers: new Map(headers) });
      const answer = answers.get(url) ?? { status: 404 };
      if (answer === 'nothing') return;
      response.writeHead(answer.status ?? 200, { ...answer.headers });
      response.end(answer.body);
    }, authority.issue(host));
    CLEAN_UP.push(() => server.close());
    return { host, port: server.port };
  };
  const [own, other] = [await open('own.test'), await open('other.test')];
  const http = guardedHttp({
    allowedHosts: undefined,
    privateHosts: [own, other].map((at) => ({ ...at, hasTls: true })),
    userAgent: 'presync/0',
    ca: [authority.ca],
    lookup: async () => ['127.0.0.1'],
  });
  CLEAN_UP.push(() => http.close());
  return {
    http,
    own: `https://own.test:${own.port}`,
    other: `https://other.test:${other.port}`,
    serve: (url, answer) => answers.set(url, answer),
    asked,
  };
}

const WAITING = new AbortController().signal;

function get(url: string, change: Partial<HttpRequest> = {}): HttpRequest {
  return { url, maxBytes: 1_000, timeoutMs: 20_000, redirects: 'follow', ...change };
}

function to(location: string, status = 302): FakeAnswer {
  return { status, headers: { location } };
}

describe.each([
  ['real', onLoopback],
  ['fake', onFake],
])('the %s transport', (_name, make) => {
  test('brings status, headers and body, and says who answered', async () => {
    const { http, own, serve } = await make();
    serve(`${own}/a?b=c`, { status: 203, headers: { 'x-one': '1' }, body: Buffer.from([0, 255]) });
    const { status, headers, body, url } = await http.request(get(`${own}/a?b=c`), WAITING);
    expect([status, headers.get('x-one'), [...body], url]).toEqual([203, '1', [0, 255], `${own}/a?b=c`]);
  });

  test.each([400, 401, 404, 429, 500, 503])('takes %d for an answer', async (status) => {
    const { http, own, serve } = await make();
    serve(`${own}/a`, { status, body: 'why' });
    const answer = await http.request(get(`${own}/a`), WAITING);
    expect([answer.status, Buffer.from(answer.body).toString()]).toEqual([status, 'why']);
  });

  test('asks for heads without bodies', async () => {
    const { http, own, serve, asked } = await make();
    serve(`${own}/a`, { headers: { 'x-one': '1' }, body: '' });
    const { headers, body } = await http.request(get(`${own}/a`, { method: 'HEAD', maxBytes: 0 }), WAITING);
    expect([headers.get('x-one'), body.length, asked[0]?.method]).toEqual(['1', 0, 'HEAD']);
  });

  test('follows redirects, and says where they led', async () => {
    const { http, own, other, serve } = await make();
    serve(`${own}/a/b`, to('../c'));
    serve(`${own}/c`, to(`${other}/d`, 307));
    serve(`${other}/d`, { body: 'there' });
    const { url, body } = await http.request(get(`${own}/a/b`), WAITING);
    expect([url, Buffer.from(body).toString()]).toEqual([`${other}/d`, 'there']);
  });

  test('answers with the redirect where none is wanted', async () => {
    const { http, own, other, serve, asked } = await make();
    serve(`${own}/a`, to(`${other}/d`));
    const { status, headers } = await http.request(get(`${own}/a`, { redirects: 'refuse' }), WAITING);
    expect([status, headers.get('location'), asked.length]).toEqual([302, `${other}/d`, 1]);
  });

  test('follows five redirects and no sixth', async () => {
    const { http, own, serve } = await make();
    for (let step = 1; step <= 6; step += 1) serve(`${own}/${step}`, to(`/${step + 1}`));
    serve(`${own}/7`, { body: 'end' });
    expect((await http.request(get(`${own}/2`), WAITING)).status).toBe(200);
    await expect(http.request(get(`${own}/1`), WAITING)).rejects.toMatchObject({ code: 'DENIED' });
  });

  test('keeps credentials for their origin, and forgets them once it was left (A19, P-F2)', async () => {
    const { http, own, other, serve, asked } = await make();
    serve(`${own}/1`, to(`${own}/2`));
    serve(`${own}/2`, to(`${other}/3`, 307));
    serve(`${other}/3`, to(`${own}/4`, 308));
    serve(`${own}/4`, {});
    const headers = { Cookie: 'a=b', 'Private-Token': 'hush', Accept: 'text/x' };
    await http.request(get(`${own}/1`, { authorization: 'Basic hush', headers }), WAITING);
    const credentials = asked.map((one) =>
      ['authorization', 'cookie', 'private-token', 'accept'].map((name) => one.headers.get(name)),
    );
    const all = ['Basic hush', 'a=b', 'hush', 'text/x'];
    const none = [undefined, undefined, undefined, 'text/x'];
    expect(credentials).toEqual([all, all, none, none]);
  });

  test('refuses a body of more bytes than asked for', async () => {
    const { http, own, serve } = await make();
    serve(`${own}/a`, { body: '12345' });
    expect((await http.request(get(`${own}/a`, { maxBytes: 5 }), WAITING)).body).toHaveLength(5);
    await expect(http.request(get(`${own}/a`, { maxBytes: 4 }), WAITING)).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });

  test.each([
    ['https://127.0.0.1/', 'DENIED'],
    ['https://me@own.test/', 'DENIED'],
    ['https://own.test:1/', 'DENIED'],
    ['http://own.test:8443/', 'DENIED'],
    ['https://own.test/#a', 'MALFORMED'],
    ['own', 'MALFORMED'],
  ])('does not go to %s', async (url, code) => {
    const { http, asked } = await make();
    await expect(http.request(get(url), WAITING)).rejects.toMatchObject({ code });
    await expect(http.pin(url, WAITING)).rejects.toMatchObject({ code });
    expect(asked).toEqual([]);
  });

  test('does not follow to where it would not go (A19)', async () => {
    const { http, own, serve, asked } = await make();
    serve(`${own}/a`, to('https://127.0.0.1/'));
    serve(`${own}/b`, to(own.replace('https', 'http')));
    for (const path of ['a', 'b'])
      await expect(http.request(get(`${own}/${path}`), WAITING)).rejects.toMatchObject({ code: 'DENIED' });
    expect(asked).toHaveLength(2);
  });

  test('tells git where to connect', async () => {
    const { http, own } = await make();
    const port = Number(new URL(own).port);
    expect(await http.pin(`${own}/a.git`, WAITING)).toEqual({ host: 'own.test', port, address: '127.0.0.1' });
  });

  test('ends when its caller does, with what the caller said', async () => {
    const { http, own, serve } = await make();
    serve(`${own}/a`, 'nothing');
    const stop = new AbortController();
    const waiting = http.request(get(`${own}/a`), stop.signal);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(http.request(get(`${own}/a`), stop.signal)).rejects.toThrow('enough');
    await expect(http.pin(`${own}/a`, stop.signal)).rejects.toThrow('enough');
  });
});

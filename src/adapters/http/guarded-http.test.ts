import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import { anAuthority } from '../../../test/builders/certificates.ts';
import { aRawServer, aServer, type LoopbackServer } from '../../../test/builders/loopback-server.ts';
import { FakeTimer, settled } from '../../../test/fakes/timer.ts';
import { HttpError, type HttpRequest, type HttpResponse } from '../../ports/http.ts';
import { type GuardedHttp, type GuardedHttpOptions, guardedHttp } from './guarded-http.ts';

const AUTHORITY = anAuthority();
const OWN = AUTHORITY.issue('own.test');
const OTHER = AUTHORITY.issue('other.test');
const WAITING = new AbortController().signal;

const CLEAN_UP: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of CLEAN_UP.splice(0).toReversed()) await clean();
});

function closing<T extends { close(): Promise<unknown> }>(made: T): T {
  CLEAN_UP.push(() => made.close());
  return made;
}

async function served(listener: RequestListener, certificate = OWN): Promise<LoopbackServer> {
  return closing(await aServer(listener, certificate));
}

/** Every name leads to this machine, where `named` ports of `own.test` (and `plain` ones, without TLS) may be spoken to. */
function transport(
  named: readonly LoopbackServer[],
  options: Partial<GuardedHttpOptions> & { readonly plain?: readonly LoopbackServer[] } = {},
): GuardedHttp {
  const { plain = [], ...rest } = options;
  const entries = [
    ...named.map(({ port }) => ({ host: 'own.test', port, hasTls: true })),
    ...plain.map(({ port }) => ({ host: 'own.test', port, hasTls: false })),
  ];
  const defaults = { allowedHosts: undefined, privateHosts: entries, userAgent: 'presync/1.2.3', ca: [AUTHORITY.ca] };
  return closing(guardedHttp({ ...defaults, lookup: async () => ['127.0.0.1'], ...rest }));
}

async function ask(http: GuardedHttp, url: string, change: Partial<HttpRequest> = {}): Promise<HttpResponse> {
  return await http.request({ url, maxBytes: 1_000, timeoutMs: 20_000, redirects: 'follow', ...change }, WAITING);
}

/** The code of the error, or the status. */
async function outcome(answer: Promise<HttpResponse>): Promise<string | number> {
  try {
    return (await answer).status;
  } catch (error) {
    if (error instanceof HttpError) return error.code;
    throw error;
  }
}

function textOf({ body }: HttpResponse): string {
  return Buffer.from(body).toString();
}

async function redirected(location: string, options: Partial<GuardedHttpOptions> = {}): Promise<string | number> {
  const server = await served((_, response) => response.writeHead(302, { location }).end());
  return await outcome(ask(transport([server], options), `https://own.test:${server.port}/`));
}

async function outcomeOfBody(listener: RequestListener, maxBytes = 10_000): Promise<string | number> {
  const server = await served(listener);
  return await outcome(ask(transport([server]), `https://own.test:${server.port}/`, { maxBytes }));
}

async function untilAnswered(
  status: number,
  retryAfter: string,
  timeoutMs = 60_000,
): Promise<readonly [string | number, number]> {
  const server = await served((_, response) => {
    const isEnough = server.heard.length === 4;
    response.writeHead(isEnough ? 200 : status, { 'retry-after': retryAfter }).end();
  });
  const timer = new FakeTimer();
  const http = transport([server], { timer });
  const answer = outcome(ask(http, `https://own.test:${server.port}/`, { timeoutMs }));
  const state = { isOver: false };
  void answer.finally(() => (state.isOver = true));
  while (!state.isOver) {
    await settled();
    if (timer.pending > 1) await timer.pass(10_000);
  }
  return [await answer, server.heard.length];
}

describe('where it connects', () => {
  test.each(['127.0.0.1', '[::1]', 'localhost', 'rebind.example', '[::ffff:127.0.0.1]'])(
    'not to this machine by %s: the listener sees no connection (A4, A20)',
    async (host) => {
      const server = await served((_, response) => response.end());
      const http = transport([server]);
      expect(await outcome(ask(http, `https://${host}:${server.port}/`))).toBe('DENIED');
      await expect(http.pin(`https://${host}:${server.port}/`, WAITING)).rejects.toMatchObject({ code: 'DENIED' });
      expect(server.connections()).toBe(0);
    },
  );

  test("asks the system's resolver where it is given none, and believes it no more (A20)", async () => {
    const server = await served((_, response) => response.end());
    const options = { allowedHosts: undefined, privateHosts: [], userAgent: 'presync/1' };
    const http = closing(guardedHttp(options));
    expect(await outcome(ask(http, `https://localhost:${server.port}/`))).toBe('DENIED');
    const privateHosts = [{ host: 'localhost', port: server.port, hasTls: true }];
    const permitted = closing(guardedHttp({ ...options, privateHosts }));
    expect((await permitted.pin(`https://localhost:${server.port}/`, WAITING)).address).toMatch(
      /^(?:127\.0\.0\.1|::1)$/,
    );
    expect(server.connections()).toBe(0);
  });

  test.each([
    [['8.8.8.8', '127.0.0.1']],
    [['8.8.8.8', '2606:4700::1', '::ffff:10.0.0.1']],
    [['169.254.169.254']],
    [['fe80::1%eth0']],
    [['8.8.8.8', 'no address']],
  ])('not to a name with one forbidden address among %j (A20, P-F2)', async (addresses) => {
    const http = transport([], { lookup: async () => addresses });
    expect(await outcome(ask(http, 'https://rebind.example/'))).toBe('DENIED');
    await expect(http.pin('https://rebind.example/', WAITING)).rejects.toMatchObject({ code: 'DENIED' });
  });

  test('says nothing of the addresses of a private network', async () => {
    const http = transport([], { lookup: async () => ['10.1.2.3'] });
    await expect(http.pin('https://redis.internal/', WAITING)).rejects.toThrow(
      'redis.internal does not lead to public addresses alone; if presync may go there, let the operator name redis.internal:443 in PRESYNC_PRIVATE_HOSTS',
    );
  });

  test('to the addresses that were checked, whatever the name says afterwards (A20: DNS that flips)', async () => {
    const answers = [['8.8.8.8', '1.1.1.1'], ['127.0.0.1']];
    const asked: string[] = [];
    const lookup = async (host: string): Promise<readonly string[]> => {
      asked.push(host);
      return answers.shift() ?? [];
    };
    const http = transport([], { lookup });
    expect(await http.pin('https://flip.example/', WAITING)).toEqual({
      host: 'flip.example',
      port: 443,
      address: '8.8.8.8',
    });
    expect(asked).toEqual(['flip.example']);
    await expect(http.pin('https://flip.example/', WAITING)).rejects.toMatchObject({ code: 'DENIED' });
    await expect(http.pin('https://flip.example/', WAITING)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  test('looks a name up once for a connection, whose certificate and Host stay those of the name (A20)', async () => {
    const server = await served((_, response) => response.end('here'));
    const answers = [['127.0.0.1']];
    const http = transport([server], { lookup: async () => answers.shift() ?? ['192.0.2.1'] });
    expect(textOf(await ask(http, `https://own.test:${server.port}/a?b=c`))).toBe('here');
    expect(answers).toEqual([]);
    const [heard] = server.heard;
    expect([heard?.path, heard?.headers.host]).toEqual(['/a?b=c', `own.test:${server.port}`]);
    expect(heard?.headers['user-agent']).toBe('presync/1.2.3');
  });

  test('to the next of the checked addresses while one does not answer', async () => {
    const server = await served((_, response) => response.end());
    const http = transport([server], { lookup: async () => ['::1', '127.0.0.1'] });
    expect(await outcome(ask(http, `https://own.test:${server.port}/`))).toBe(200);
  });

  test('without TLS only where the operator said so', async () => {
    const server = closing(await aServer((_, response) => response.end('plain')));
    expect(await outcome(ask(transport([server]), `http://own.test:${server.port}/`))).toBe('DENIED');
    expect(server.connections()).toBe(0);
    expect(textOf(await ask(transport([], { plain: [server] }), `http://own.test:${server.port}/`))).toBe('plain');
  });

  test('not to whoever holds no certificate of that name', async () => {
    const wrongName = await served((_, response) => response.end(), OTHER);
    const unknown = await served((_, response) => response.end(), anAuthority().issue('own.test'));
    const http = transport([wrongName, unknown]);
    for (const { port, heard } of [wrongName, unknown]) {
      expect(await outcome(ask(http, `https://own.test:${port}/`, { authorization: 'Basic hush' }))).toBe('DENIED');
      expect(heard).toEqual([]);
    }
  });

  test('finds nobody: that is worth another try', async () => {
    const server = await served((_, response) => response.end());
    const http = transport([server]);
    await server.close();
    CLEAN_UP.pop();
    CLEAN_UP.pop();
    closing(http);
    const error = await ask(http, `https://own.test:${server.port}/`).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'UNREACHABLE', retryable: true });
    const lost = transport([], { lookup: () => Promise.reject(new Error('ENOTFOUND')) });
    expect(await outcome(ask(lost, 'https://lost.example/'))).toBe('UNREACHABLE');
  });
});

describe('a redirect', () => {
  test.each([
    ['https://169.254.169.254/latest/meta-data/', 'DENIED'],
    ['//169.254.169.254/latest/meta-data/', 'DENIED'],
    ['https://2852039166/', 'DENIED'],
    ['https://134744072/', 'DENIED'],
    ['https://[::ffff:a9fe:a9fe]/', 'DENIED'],
    ['http://own.test/', 'DENIED'],
    ['file:///etc/passwd', 'DENIED'],
    ['https://me:hush@own.test/', 'DENIED'],
    ['https://elsewhere.example/', 'DENIED'],
    [String.raw`/\169.254.169.254/`, 'MALFORMED'],
    [String.raw`https:\\169.254.169.254/`, 'MALFORMED'],
    ['/\t/169.254.169.254/', 'MALFORMED'],
    ['https://', 'MALFORMED'],
  ])('to %s is refused (A19, A20, P-F1, P-F2)', async (location, code) => {
    expect(await redirected(location)).toBe(code);
  });

  test('to a host that is not on the list is refused (A20)', async () => {
    const options = { allowedHosts: [{ host: 'ghcr.io', isSuffix: false }], lookup: async () => ['127.0.0.1'] };
    expect(await redirected('https://quay.io/', options)).toBe('DENIED');
  });

  test('from https to http is refused even where the operator allows that http', async () => {
    const plain = closing(await aServer((_, response) => response.end()));
    const location = `http://own.test:${plain.port}/`;
    const server = await served((_, response) => response.writeHead(302, { location }).end());
    const http = transport([server], { plain: [plain] });
    expect(await outcome(ask(http, `https://own.test:${server.port}/`))).toBe('DENIED');
    expect([await outcome(ask(http, location)), plain.connections()]).toEqual([200, 1]);
  });

  test('loses its fragment, and its body is not waited for', async () => {
    const server = await served((request, response) => {
      if (request.url === '/end') response.end('end');
      else response.writeHead(302, { location: '/end#part' }).write('and so on');
    });
    const answer = await ask(transport([server]), `https://own.test:${server.port}/`);
    expect([textOf(answer), new URL(answer.url).hash]).toEqual(['end', '']);
  });

  test('without a place to go is an answer', async () => {
    const server = await served((_, response) => response.writeHead(302).end());
    expect(await outcome(ask(transport([server]), `https://own.test:${server.port}/`))).toBe(302);
  });

  test('in a challenge is none: the realm of a registry is never asked by itself (P-F1)', async () => {
    const realm = await served((_, response) => response.end());
    const challenge = { 'www-authenticate': `Bearer realm="https://own.test:${realm.port}/token"` };
    const server = await served((_, response) => response.writeHead(401, challenge).end());
    const http = transport([server, realm]);
    const answer = await ask(http, `https://own.test:${server.port}/v2/`, { authorization: 'Basic hush' });
    expect([answer.status, realm.connections()]).toEqual([401, 0]);
  });
});

describe('a body', () => {
  const ZEROS = Buffer.alloc(3_000_000);

  test.each([
    ['gzip', gzipSync(ZEROS)],
    ['x-gzip', gzipSync(ZEROS)],
    ['br', brotliCompressSync(ZEROS)],
    ['deflate', deflateSync(ZEROS)],
  ])('that unpacks to more than asked for is refused: %s (A12)', async (coding, packed) => {
    expect(packed.length).toBeLessThan(10_000);
    const headers = { 'content-encoding': coding };
    expect(await outcomeOfBody((_, response) => response.writeHead(200, headers).end(packed))).toBe('TOO_LARGE');
    expect(await outcomeOfBody((_, response) => response.writeHead(200, headers).end(packed), 3_000_000)).toBe(200);
  });

  test('is refused by its bytes on the wire too, before they are unpacked (A12)', async () => {
    const members = Buffer.concat(Array.from({ length: 1_000 }, () => gzipSync('')));
    const headers = { 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' };
    expect(await outcomeOfBody((_, response) => response.writeHead(200, headers).end(members))).toBe('TOO_LARGE');
    expect(await outcomeOfBody((_, response) => response.writeHead(200, headers).end(members), 30_000)).toBe(200);
  });

  test.each(['gzip, gzip', 'gzip,gzip', 'zstd', 'compress', 'toString'])(
    'packed as %s is refused (A12)',
    async (coding) => {
      const packed = gzipSync(gzipSync('a'));
      expect(
        await outcomeOfBody((_, response) => response.writeHead(200, { 'content-encoding': coding }).end(packed)),
      ).toBe('MALFORMED');
    },
  );

  test.each([
    ['gzip', Buffer.from('no gzip')],
    ['gzip', gzipSync('some text').subarray(0, 20)],
    ['br', Buffer.from('no brotli at all')],
    ['br', brotliCompressSync(ZEROS.subarray(0, 900)).subarray(0, 6)],
    ['deflate', Buffer.from('no deflate')],
  ])('that does not unpack is refused: %s', async (coding, packed) => {
    expect(
      await outcomeOfBody((_, response) => response.writeHead(200, { 'content-encoding': coding }).end(packed)),
    ).toBe('MALFORMED');
  });

  test('is unpacked, and the headers say so', async () => {
    const packed = gzipSync('text');
    const headers = { 'content-encoding': 'GZip', 'content-length': String(packed.length), 'x-one': '1' };
    const server = await served((_, response) => response.writeHead(200, headers).end(packed));
    const answer = await ask(transport([server]), `https://own.test:${server.port}/`);
    expect(textOf(answer)).toBe('text');
    expect(['content-encoding', 'content-length', 'x-one'].map((name) => answer.headers.get(name))).toEqual([
      undefined,
      undefined,
      '1',
    ]);
    expect(server.heard[0]?.headers['accept-encoding']).toBe('gzip, br');
  });

  test('stays as it comes for whoever says how it may be packed: the digest of a chart is that of the packed bytes', async () => {
    const packed = gzipSync('chart');
    const server = await served((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed));
    const headers = { 'Accept-Encoding': 'identity' };
    const answer = await ask(transport([server]), `https://own.test:${server.port}/`, { headers });
    expect(Buffer.from(answer.body).equals(packed)).toBe(true);
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    expect(server.heard[0]?.headers['accept-encoding']).toBe('identity');
  });

  test('that has no end is refused, and its connection ended (A12)', async () => {
    const ended = Promise.withResolvers<void>();
    const listener: RequestListener = (_, response) => {
      response.on('close', ended.resolve);
      const more = () => {
        while (!response.destroyed && response.write(ZEROS.subarray(0, 5_000)));
      };
      response.on('drain', more);
      more();
    };
    expect(await outcomeOfBody(listener)).toBe('TOO_LARGE');
    await ended.promise;
  });

  test('that says it is too large is not read', async () => {
    expect(
      await outcomeOfBody((_, response) => response.writeHead(200, { 'content-length': '10001' }).write('a')),
    ).toBe('TOO_LARGE');
  });

  test('is never read without a bound', async () => {
    expect(await outcomeOfBody((_, response) => response.end('a'), Number.NaN)).toBe('TOO_LARGE');
  });
});

describe('what is no HTTP', () => {
  const OK = 'HTTP/1.1 200 OK\r\n';
  test.each([
    ['a body shorter than it says', `${OK}content-length: 9\r\n\r\nshort`, 'UNREACHABLE'],
    ['a body cut off between its chunks', `${OK}transfer-encoding: chunked\r\n\r\n5\r\nshort\r\n`, 'UNREACHABLE'],
    ['a body whose end nobody could tell', `${OK}\r\nshort`, 'MALFORMED'],
    ['a body of an unknown transfer', `${OK}transfer-encoding: gzip\r\n\r\nshort`, 'MALFORMED'],
    ['two lengths', `${OK}content-length: 1\r\ncontent-length: 2\r\n\r\nab`, 'MALFORMED'],
    ['a length beside chunks', `${OK}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`, 'MALFORMED'],
    ['a length that is none', `${OK}content-length: -1\r\n\r\n`, 'MALFORMED'],
    ['a header with a bare line feed', `${OK}a: b\nc\r\n\r\n`, 'MALFORMED'],
    ['something else', 'SSH-2.0-OpenSSH_9.9\r\n', 'MALFORMED'],
    ['nothing', '', 'UNREACHABLE'],
    ['another protocol', 'HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n', 'UNREACHABLE'],
    ['too large a header', `${OK}a: ${'b'.repeat(17_000)}\r\n\r\n`, 'TOO_LARGE'],
    ['too many headers', `${OK}${'a: b\r\n'.repeat(9_000)}\r\n`, 'TOO_LARGE'],
  ])('is an error: %s', async (_name, text, code) => {
    const server = closing(await aRawServer((socket) => socket.end(text)));
    expect(await outcome(ask(transport([], { plain: [server] }), `http://own.test:${server.port}/`))).toBe(code);
  });

  test('is no error while the header fits: each is kept, repeated ones joined', async () => {
    const text = `${OK}${'a:\r\n'.repeat(2_500)}B: 1\r\nb: 2\r\ncontent-length: 0\r\n\r\n`;
    const server = closing(await aRawServer((socket) => socket.end(text)));
    const { headers } = await ask(transport([], { plain: [server] }), `http://own.test:${server.port}/`);
    expect([headers.get('b'), headers.get('a')?.split(',').length]).toEqual(['1, 2', 2_500]);
  });

  test('is plain HTTP where TLS was wanted', async () => {
    const server = closing(await aRawServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    expect(await outcome(ask(transport([server]), `https://own.test:${server.port}/`))).toBe('MALFORMED');
  });
});

describe('time', () => {
  test.each<[string, (socket: Socket) => void]>([
    ['before its head', () => undefined],
    ['within its head', (socket) => socket.write('HTTP/1.1 200 OK\r\na: b')],
    ['within its body', (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\na')],
  ])('ends an answer that stops %s', async (_name, speak) => {
    const spoken = Promise.withResolvers<void>();
    const server = closing(
      await aRawServer((socket) => {
        speak(socket);
        spoken.resolve();
      }),
    );
    const timer = new FakeTimer();
    const answer = outcome(ask(transport([], { plain: [server], timer }), `http://own.test:${server.port}/`));
    await spoken.promise;
    await timer.pass(19_999);
    expect(timer.pending).toBe(1);
    await timer.pass(1);
    expect([await answer, timer.pending]).toEqual(['TIMEOUT', 0]);
  });

  test('ends a drip, however alive it looks', async () => {
    const server = await served((_, response) => {
      response.on('close', () => clearInterval(drip));
      const drip = setInterval(() => response.write('a'), 1);
    });
    const http = transport([server]);
    expect(await outcome(ask(http, `https://own.test:${server.port}/`, { timeoutMs: 300 }))).toBe('TIMEOUT');
  });

  test('ends a name that nobody answers for', async () => {
    const timer = new FakeTimer();
    const http = transport([], { timer, lookup: () => new Promise(() => undefined) });
    const asked = outcome(ask(http, 'https://lost.example/'));
    const pinned = http.pin('https://lost.example/', WAITING).catch((error: unknown) => error);
    await timer.pass(20_000);
    expect([await asked, await pinned]).toMatchObject(['TIMEOUT', { code: 'TIMEOUT' }]);
  });

  test('is one for all redirects together', async () => {
    const server = await served((request, response) => {
      if (request.url === '/') response.writeHead(302, { location: '/slow' }).end();
    });
    const timer = new FakeTimer();
    const answer = outcome(ask(transport([server], { timer }), `https://own.test:${server.port}/`));
    while (server.heard.length < 2) await settled();
    expect(timer.pending).toBe(1);
    await timer.pass(20_000);
    expect(await answer).toBe('TIMEOUT');
  });
});

describe('a server that asks for patience', () => {
  test.each<[number, string, number]>([
    [429, '0', 3],
    [503, '10', 3],
    [503, 'Thu, 01 Jan 1970 00:00:00 GMT', 3],
    [429, '11', 1],
    [429, '999999999', 1],
    [429, '-1', 1],
    [429, 'soon', 1],
    [429, 'Fri, 31 Dec 9999 23:59:59 GMT', 1],
    [500, '0', 1],
    [404, '0', 1],
  ])('by %d and %s is asked at most twice more: %d times', async (status, retryAfter, times) => {
    expect(await untilAnswered(status, retryAfter)).toEqual([status, times]);
  });

  test('beyond the time of the request gets none', async () => {
    expect(await untilAnswered(429, '5', 5_000)).toEqual([429, 1]);
  });

  test('and then answers has answered', async () => {
    const server = await served((_, response) => {
      response.writeHead(server.heard.length === 2 ? 200 : 503, { 'retry-after': '0' }).end();
    });
    expect(await outcome(ask(transport([server]), `https://own.test:${server.port}/`))).toBe(200);
  });

  test('is left alone when the caller gives up', async () => {
    const server = await served((_, response) => response.writeHead(503, { 'retry-after': '9' }).end());
    const timer = new FakeTimer();
    const stop = new AbortController();
    const request = {
      url: `https://own.test:${server.port}/`,
      maxBytes: 9,
      timeoutMs: 20_000,
      redirects: 'follow',
    } as const;
    const answer = transport([server], { timer }).request(request, stop.signal);
    while (timer.pending < 2) await settled();
    stop.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
    expect(timer.pending).toBe(0);
  });
});

describe('a header of the caller', () => {
  test.each([
    ['Host', 'evil.example'],
    ['Transfer-Encoding', 'chunked'],
    ['content-length', '5'],
    ['Connection', 'upgrade'],
    ['Proxy-Authorization', 'Basic hush'],
    ['user-agent', 'other'],
    ['a', 'b\r\nc: d'],
    ['a\r\nb', 'c'],
    ['', 'a'],
    ['a', 'ü'],
  ])('is refused: %j', async (name, value) => {
    const server = await served((_, response) => response.end());
    const http = transport([server]);
    expect(await outcome(ask(http, `https://own.test:${server.port}/`, { headers: { [name]: value } }))).toBe(
      'MALFORMED',
    );
    expect(server.connections()).toBe(0);
  });

  test('cannot smuggle another through the authorization', async () => {
    const server = await served((_, response) => response.end());
    const error = await ask(transport([server]), `https://own.test:${server.port}/`, {
      authorization: 'hush\r\na: b',
    }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'MALFORMED' });
    expect(String(error)).not.toContain('hush');
  });
});

describe('connections', () => {
  test('are used again', async () => {
    const server = await served((_, response) => response.end('a'));
    const http = transport([server]);
    for (let turn = 0; turn < 3; turn += 1) await ask(http, `https://own.test:${server.port}/`);
    expect([server.heard.length, server.connections()]).toEqual([3, 1]);
  });

  test('that were hung up while idle are no failure', async () => {
    const server = await served((request, response) => {
      if (server.heard.length === 2) request.socket.destroy();
      else response.end('a');
    });
    const http = transport([server]);
    for (let turn = 0; turn < 2; turn += 1)
      expect(await outcome(ask(http, `https://own.test:${server.port}/`))).toBe(200);
    expect([server.heard.length, server.connections()]).toEqual([3, 2]);
  });

  test('are at most six to one host', async () => {
    const waiting: (() => void)[] = [];
    const server = await served((_, response) => waiting.push(() => response.end()));
    const http = transport([server]);
    const answers = Array.from({ length: 9 }, () => outcome(ask(http, `https://own.test:${server.port}/`)));
    while (waiting.length < 6) await settled();
    await settled();
    expect(server.connections()).toBe(6);
    while (server.heard.length < 9 || waiting.length > 0) {
      waiting.shift()?.();
      await settled();
    }
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 9 }, () => 200));
  });

  test('end with the transport, and what runs on them', async () => {
    const ended = Promise.withResolvers<void>();
    const server = await served((request) => request.socket.on('close', () => ended.resolve()));
    const http = transport([server]);
    const answer = outcome(ask(http, `https://own.test:${server.port}/`));
    while (server.heard.length === 0) await settled();
    await http.close();
    expect(await answer).toBe('UNREACHABLE');
    await ended.promise;
    expect(await outcome(ask(http, `https://own.test:${server.port}/`))).toBe('UNREACHABLE');
    expect(server.heard).toHaveLength(1);
  });
});

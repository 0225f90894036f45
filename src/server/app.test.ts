import { createHmac, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { anAnnounceJob, aValidateJob, BASE, HEAD } from '../../test/builders/job.ts';
import { PAYLOADS, SECRET, signed } from '../../test/builders/webhook.ts';
import { FakeLog } from '../../test/fakes/log.ts';
import { FakeQueue } from '../../test/fakes/queue.ts';
import { FakeStore } from '../../test/fakes/store.ts';
import { FakeTimer } from '../../test/fakes/timer.ts';
import { createApp } from './app.ts';
import { isKnownEvent } from './events.ts';
import { type Listening, listen } from './listen.ts';

const APP_ID = 42;
const OLD_SECRET = 'the secret before';

const world: { queue: FakeQueue; store: FakeStore; log: FakeLog; server: Listening; url: string } = {} as never;

beforeEach(async () => {
  const [queue, store, log] = [new FakeQueue(), new FakeStore(), new FakeLog()];
  const app = createApp({ secrets: [SECRET, OLD_SECRET], appId: APP_ID, queue, store, log });
  const server = await listen(app, { port: 0, host: '127.0.0.1' }, new FakeTimer());
  Object.assign(world, { queue, store, log, server, url: `http://127.0.0.1:${server.port}` });
});
afterEach(async () => {
  await world.server.close(1_000);
});

interface Sent {
  readonly event?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

async function send(body: string | Uint8Array, { event = 'pull_request', headers = {} }: Sent = {}): Promise<number> {
  const all = {
    'content-type': 'application/json',
    'x-github-event': event,
    'x-github-delivery': randomUUID(),
    'x-hub-signature-256': signed(body),
    ...headers,
  };
  const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const response = await fetch(`${world.url}/webhook`, { method: 'POST', body: Buffer.from(body), headers: given });
  await response.arrayBuffer();
  return response.status;
}

const OPENED = JSON.stringify(PAYLOADS.pullRequest('opened'));
const validate = { job: aValidateJob() };

describe('a webhook', () => {
  test('of an opened pull request announces and validates it', async () => {
    expect(await send(OPENED)).toBe(202);
    expect(world.queue.jobs).toEqual([anAnnounceJob(), aValidateJob()]);
  });

  test('is accepted with the secret that was replaced', async () => {
    expect(await send(OPENED, { headers: { 'x-hub-signature-256': signed(OPENED, OLD_SECRET) } })).toBe(202);
  });

  test.each([
    ['no signature', { 'x-hub-signature-256': undefined }],
    ['a signature of another secret', { 'x-hub-signature-256': signed(OPENED, 'guess') }],
    ['a signature of another payload', { 'x-hub-signature-256': signed('{}') }],
    ['a short signature', { 'x-hub-signature-256': 'sha256=abc' }],
    ['an empty signature', { 'x-hub-signature-256': '' }],
    ['a signature without its algorithm', { 'x-hub-signature-256': signed(OPENED).slice('sha256='.length) }],
    [
      'only a sha1 signature, though a right one',
      {
        'x-hub-signature-256': undefined,
        'x-hub-signature': `sha1=${createHmac('sha1', SECRET).update(OPENED).digest('hex')}`,
      },
    ],
  ])('is refused with 401 for %s (A25)', async (_name, headers) => {
    expect(await send(OPENED, { headers })).toBe(401);
    expect(world.queue.jobs).toEqual([]);
  });

  test.each([
    ['no event', { 'x-github-event': undefined }],
    ['no delivery id', { 'x-github-delivery': undefined }],
    ['a delivery id that is none', { 'x-github-delivery': '../x y' }],
  ])('is refused with 400 for %s (W6)', async (_name, headers) => {
    expect(await send(OPENED, { headers })).toBe(400);
  });

  test.each([
    ['a form', 'application/x-www-form-urlencoded'],
    ['no type', 'text/plain'],
  ])('is refused with 415 for %s', async (_name, type) => {
    expect(await send(OPENED, { headers: { 'content-type': type } })).toBe(415);
  });

  test('is refused with 415 when it is compressed', async () => {
    expect(await send(OPENED, { headers: { 'content-encoding': 'gzip' } })).toBe(415);
  });

  test('of 25 MB is read, and of one byte more is refused with 413 (W5)', async () => {
    const limit = 25 * 1024 * 1024;
    const body = Buffer.alloc(limit + 1, 0x20);
    body.write(OPENED);
    expect(await send(body)).toBe(413);
    expect(await send(body.subarray(0, limit))).toBe(202);
  });

  test.each([
    ['no JSON', 'no json'],
    ['half of it', OPENED.slice(0, -2)],
    ['null', 'null'],
    ['a list', '[]'],
    ['installation null', JSON.stringify({ ...PAYLOADS.pullRequest('opened'), installation: null })],
    ['no installation', JSON.stringify({ ...PAYLOADS.pullRequest('opened'), installation: undefined })],
    ['no repository', JSON.stringify({ ...PAYLOADS.pullRequest('opened'), repository: undefined })],
    ['a number that is huge', OPENED.replace('"number":1', '"number":1e400')],
    ['a number past the exact ones', OPENED.replace('"number":1', '"number":9007199254740993')],
    ['a negative number', OPENED.replace('"number":1', '"number":-1')],
    ['a number as text', OPENED.replace('"number":1', '"number":"1"')],
    ['an installation that is text', OPENED.replace('"installation":{"id":1}', '"installation":{"id":"1"}')],
    ['nesting without end', '['.repeat(1_000_000)],
  ])('is refused with 400 for %s, and the next one is served', async (_name, body) => {
    expect(await send(body)).toBe(400);
    expect(world.queue.jobs).toEqual([]);
    expect(await send(OPENED)).toBe(202);
  });

  test('with bytes that are no UTF-8 is refused', async () => {
    expect(await send(Buffer.from([0x22, 0xff, 0x22]))).toBe(401);
  });

  test.each(['ping', 'star', 'constructor', '__proto__', 'toString'])(
    'of the event %s asks for nothing',
    async (event) => {
      expect(await send(OPENED, { event })).toBe(202);
      expect(world.queue.jobs).toEqual([]);
    },
  );

  test('that is delivered twice is queued once (W7)', async () => {
    const headers = { 'x-github-delivery': randomUUID() };
    expect(await send(OPENED, { headers })).toBe(202);
    expect(await send(OPENED, { headers })).toBe(202);
    expect(world.queue.jobs).toHaveLength(2);
  });

  test('that could not be queued is not remembered, so that its redelivery counts (W4)', async () => {
    const headers = { 'x-github-delivery': randomUUID() };
    world.queue.isDown = true;
    expect(await send(OPENED, { headers })).toBe(503);
    world.queue.isDown = false;
    expect(await send(OPENED, { headers })).toBe(202);
    expect(world.queue.jobs).toEqual([anAnnounceJob(), aValidateJob()]);
  });

  test('is queued even when the store is down', async () => {
    world.store.isDown = true;
    expect(await send(OPENED)).toBe(202);
    expect(world.queue.jobs).toHaveLength(2);
  });

  test('leaves neither secret, signature nor payload in the log', async () => {
    await send(OPENED);
    await send(OPENED, { headers: { 'x-hub-signature-256': signed(OPENED, 'guess') } });
    const lines = JSON.stringify(world.log.lines);
    expect(lines).not.toContain(SECRET);
    expect(lines).not.toContain('sha256=');
    expect(lines).not.toContain('pull_request":{');
  });

  test('never ends in a server error, whatever it says', async () => {
    const json = fc.jsonValue({ maxDepth: 4 });
    const near = fc.record({
      action: fc.constantFrom('opened', 'synchronize', 'rerequested', 'deleted'),
      installation: json,
      repository: json,
      pull_request: json,
      check_run: json,
      merge_group: json,
      ref: json,
    });
    const event = fc.constantFrom(
      'pull_request',
      'push',
      'check_run',
      'merge_group',
      'installation',
      'installation_repositories',
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(json, near), event, async (payload, name) => {
        expect([202, 400]).toContain(await send(JSON.stringify(payload), { event: name }));
      }),
      { numRuns: 150 },
    );
  });
});

const group = { kind: 'group', head: HEAD, base: BASE, baseBranch: 'main' } as const;
const place = { installation: validate.job.installation, repository: validate.job.repository };
const ofGroup = { version: 1, ...place, subject: group } as const;
const by = { id: 7, login: 'octo-dev' };
const sender = { ...by, type: 'User', site_admin: true };
const look = (base: string | null, rerun: string | null, person: object | null = null) => ({
  name: 'reconcile',
  version: 1,
  scope: { ...place, base, rerun, by: person },
});
const both = [anAnnounceJob(), aValidateJob()];

describe('an event', () => {
  test.each([
    ['a new pull request', 'pull_request', PAYLOADS.pullRequest('opened'), both],
    ['a reopened one', 'pull_request', PAYLOADS.pullRequest('reopened'), both],
    ['one that is ready for review', 'pull_request', PAYLOADS.pullRequest('ready_for_review'), both],
    ['a push to it', 'pull_request', PAYLOADS.pullRequest('synchronize'), both],
    [
      'another base',
      'pull_request',
      PAYLOADS.pullRequest('edited', { changes: { base: { ref: { from: 'x' } } } }),
      both,
    ],
    ['another title', 'pull_request', PAYLOADS.pullRequest('edited', { changes: { title: { from: 'x' } } }), []],
    ['a label', 'pull_request', PAYLOADS.pullRequest('labeled'), []],
    ['a closed one', 'pull_request', PAYLOADS.pullRequest('closed'), [anAnnounceJob({ why: 'ended' })]],
    [
      'a merge group',
      'merge_group',
      PAYLOADS.mergeGroup('checks_requested'),
      [
        { name: 'announce', ...ofGroup, why: 'changed' },
        { name: 'validate', ...ofGroup },
      ],
    ],
    ['its end', 'merge_group', PAYLOADS.mergeGroup('destroyed'), [{ name: 'announce', ...ofGroup, why: 'ended' }]],
    ['a re-run of our run', 'check_run', PAYLOADS.checkRun('rerequested', APP_ID), [look(null, HEAD)]],
    ...(
      [
        ['somebody', sender, by],
        ['a bot', { ...sender, type: 'Bot' }, null],
        ['a login that is none', { ...sender, login: '../x' }, null],
        ['nobody', null, null],
      ] as const
    ).flatMap(([name, person, known]) => {
      const run = { ...PAYLOADS.checkRun('rerequested', APP_ID), sender: person };
      const suite = { ...PAYLOADS.checkSuite('rerequested', APP_ID), sender: person };
      return [
        [`a re-run by ${name}`, 'check_run', run, [look(null, HEAD, known)]] as const,
        [`a re-run of all by ${name}`, 'check_suite', suite, [look(null, HEAD, known)]] as const,
      ];
    }),
    ['a re-run of another App', 'check_run', PAYLOADS.checkRun('rerequested', 7), []],
    ['a run that was made', 'check_run', PAYLOADS.checkRun('created', APP_ID), []],
    ['a re-run of all our runs', 'check_suite', PAYLOADS.checkSuite('rerequested', APP_ID), [look(null, HEAD)]],
    ['a re-run of another suite', 'check_suite', PAYLOADS.checkSuite('rerequested', 7), []],
    ['a suite of a push (C12)', 'check_suite', PAYLOADS.checkSuite('requested', APP_ID), []],
    ['a push to a branch', 'push', PAYLOADS.push('refs/heads/release/1'), [look('release/1', null)]],
    ['a tag', 'push', PAYLOADS.push('refs/tags/v1'), []],
    ['a branch of the merge queue', 'push', PAYLOADS.push('refs/heads/gh-readonly-queue/main/pr-1'), []],
    ['a deleted branch', 'push', PAYLOADS.push('refs/heads/main', { deleted: true }), []],
    [
      'an installation',
      'installation',
      PAYLOADS.installation('created'),
      [{ name: 'reconcile', version: 1, scope: null }],
    ],
    ['the end of one', 'installation', PAYLOADS.installation('deleted'), []],
    ['a repository more', 'installation_repositories', PAYLOADS.installationRepositories([10], []), [look(null, null)]],
    ['a renamed repository (W8)', 'repository', PAYLOADS.repository('renamed'), []],
  ])('about %s queues what it asks for', async (_name, event, payload, jobs) => {
    expect(await send(JSON.stringify(payload), { event })).toBe(202);
    expect(world.queue.jobs).toEqual(jobs);
  });

  test.each([
    ['pull_request', PAYLOADS.pullRequest('closed'), { ...place, subject: { kind: 'pull', number: 1 } }],
    ['merge_group', PAYLOADS.mergeGroup('destroyed'), { ...place, subject: group }],
    ['installation', PAYLOADS.installation('deleted'), { installation: 1 }],
    ['installation', PAYLOADS.installation('suspend'), { installation: 1 }],
    ['installation_repositories', PAYLOADS.installationRepositories([], [10]), place],
    ['repository', PAYLOADS.repository('transferred'), place],
  ])('of kind %s cancels what is over', async (event, payload, scope) => {
    expect(await send(JSON.stringify(payload), { event })).toBe(202);
    expect(world.queue.cancelled).toEqual([scope]);
  });

  test.each([
    ['opened', []],
    ['synchronize', [aValidateJob()]],
  ])('%s supersedes running validations only if the head moved', async (action, superseding) => {
    await send(JSON.stringify(PAYLOADS.pullRequest(action)));
    expect(world.queue.superseding).toEqual(superseding);
  });

  test('of every kind that GitHub publishes as an example is answered without an error', async () => {
    const examples: readonly { readonly name: string; readonly examples: readonly object[] }[] = createRequire(
      import.meta.url,
    )('@octokit/webhooks-examples');
    const known = examples.filter(({ name }) => isKnownEvent(name));
    for (const { name, examples: payloads } of known) {
      for (const payload of payloads) {
        const whole = JSON.stringify({ installation: { id: 1 }, ...payload });
        expect(await send(whole, { event: name })).toBe(202);
      }
    }
    expect(known.map(({ name }) => name).toSorted()).toEqual([
      'check_run',
      'check_suite',
      'installation',
      'installation_repositories',
      'merge_group',
      'pull_request',
      'push',
      'repository',
    ]);
  });
});

describe('the other pages', () => {
  test('say that the process lives', async () => {
    const response = await fetch(`${world.url}/healthz`);
    expect([response.status, await response.text()]).toEqual([200, 'ok\n']);
  });

  test.each([
    ['both answer', false, false, 200],
    ['the queue is down', true, false, 503],
    ['the store is down', false, true, 503],
  ])('say whether it is ready when %s', async (_name, isQueueDown, isStoreDown, status) => {
    world.queue.isDown = isQueueDown;
    world.store.isDown = isStoreDown;
    expect((await fetch(`${world.url}/readyz`)).status).toBe(status);
  });

  test('say what presync is, and let a browser load nothing else', async () => {
    const response = await fetch(world.url);
    expect(await response.text()).toContain('<h1>presync</h1>');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('x-powered-by')).toBeNull();
  });

  test.each(['/webhook', '/admin', '/..%2f..%2fetc/passwd'])('are no more than these: %s', async (path) => {
    expect((await fetch(`${world.url}${path}`)).status).toBe(404);
  });
});

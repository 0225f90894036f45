import { afterEach, describe, expect, test } from '@jest/globals';
import { systemTimer } from '../../src/adapters/clock/system-timer.ts';
import { EmbeddedQueue } from '../../src/queue/embedded.ts';
import { lanesFor } from '../../src/queue/lanes.ts';
import { createApp } from '../../src/server/app.ts';
import { listen } from '../../src/server/listen.ts';
import { handlersFor } from '../../workers/handlers.ts';
import { FakeLog } from '../fakes/log.ts';
import { FakeStore } from '../fakes/store.ts';
import { startGitHub } from '../standin/github/index.ts';
import { asBrowserShows, BROWSER } from './browser.ts';
import { judgeThat, workerParts } from './worker-parts.ts';

const REPO = 'acme/clusters';
const LINES = Array.from({ length: 30 }, (_, at) => `line ${at + 1}`);
const clean: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of clean.splice(0).toReversed()) await step();
});

/** A pull request with a blocking finding, judged and published by the whole service; answers the address of its page. */
async function publishedPage(): Promise<string> {
  const hub = await startGitHub({});
  clean.push(() => hub.close());
  await hub.createRepository({ owner: 'acme', name: 'clusters' });
  await hub.commitTree(REPO, 'main', { 'app.yaml': `${LINES.join('\n')}\n` }, 'start');
  await hub.commitTree(REPO, 'feature', { 'app.yaml': `${LINES.with(9, 'changed').join('\n')}\n` }, 'change');
  const [timer, log, store] = [systemTimer(), new FakeLog(), new FakeStore()];
  const retry = { attempts: 5, firstPauseMs: 20, factor: 2 };
  const queue = new EmbeddedQueue({ lanes: lanesFor(2), retry, timer, log, maxWaiting: 100 });
  const github = { appId: hub.app.id, privateKey: hub.app.privateKey, baseUrl: hub.apiUrl };
  await queue.consume(handlersFor(workerParts({ github, store, queue, judge: judgeThat('failed') })));
  const app = createApp({ secrets: [hub.app.webhookSecret], appId: hub.app.id, queue, store, log });
  const server = await listen(app, { port: 0, host: '127.0.0.1' }, timer);
  clean.push(() => server.close(1_000));
  hub.configureWebhook(`http://127.0.0.1:${server.port}/webhook`);
  const pull = await hub.openPullRequest({ repo: REPO, head: 'feature', base: 'main', title: 'Give the shop a cache' });
  while (hub.checkRuns(REPO, pull.headSha)[0]?.status !== 'completed')
    await new Promise((resolve) => setImmediate(resolve));
  await queue.close(5_000);
  await hub.settled();
  return hub.pageUrl(REPO, pull.number);
}

/** The piece of the page between two of its marks. */
function part(dom: string, from: string, to: string): string {
  const start = dom.indexOf(from);
  return start < 0 ? '' : dom.slice(start, dom.indexOf(to, start));
}

if (BROWSER === undefined) {
  if (process.env['CI'] === 'true') throw new Error('chromium not found: with CI=true this test must run');
  test.todo('the page in a browser: chromium not found');
} else {
  describe('the page of a pull request, in a browser', () => {
    test('shows its title, the failed check with the finding, and the comment on the line', async () => {
      const dom = (await asBrowserShows(await publishedPage())).replaceAll(/\s+/g, ' ');
      expect(part(dom, '<h1>', '</h1>')).toContain('Give the shop a cache');
      const run = part(dom, '<section class="box verdict failure"', '</section>');
      expect(run).toContain('<strong>presync</strong>');
      expect(run).toContain('1 blocking finding');
      expect(run).toContain('app.yaml:10');
      const files = dom.slice(dom.indexOf('<h2 id="files">'));
      expect(files).toContain('commented on L10');
    }, 90_000);
  });
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EXIT, type Io } from '../src/commands/command.ts';
import { type Service, settingsFrom, startService } from '../src/commands/service.ts';
import { type ExampleImages, exampleImages } from './images.ts';
import { type GitHubStandIn, startGitHub } from '../test/standin/github/index.ts';

const REPOSITORY = 'acme/clusters';
const EXAMPLE = join(import.meta.dirname, 'gitops');
const TITLE = 'Release payments 2.4.0, a cache for the shop, nightly backup of secrets';
/** A cold engine on a busy machine; the check itself takes about a second. */
const PATIENCE_MS = 120_000;

interface World {
  readonly github: GitHubStandIn;
  readonly images: ExampleImages;
  readonly stateDir: string;
}

async function startPresync({ github, images, stateDir }: World, io: Io): Promise<Service> {
  const environment = {
    PRESYNC_APP_ID: String(github.app.id),
    PRESYNC_PRIVATE_KEY: github.app.privateKey,
    PRESYNC_WEBHOOK_SECRET: github.app.webhookSecret,
    PRESYNC_GITHUB_URL: github.apiUrl,
    PRESYNC_PRIVATE_HOSTS: `${github.url},${images.registry.origin}`,
    ...images.environment,
    PRESYNC_STATE_DIR: stateDir,
    PRESYNC_ALLOW_UNSANDBOXED: '1',
    PORT: '0',
  };
  const log = (line: string) => {
    if (io.environment['PRESYNC_DEBUG'] === '1') io.log(line);
  };
  const quiet: Io = { ...io, environment, log };
  return startService(settingsFrom(quiet), { web: true, workers: true }, quiet);
}

async function openPullRequest(github: GitHubStandIn) {
  await github.createRepository({ owner: 'acme', name: 'clusters' });
  await github.pushFolder(REPOSITORY, 'main', join(EXAMPLE, 'base'), 'The clusters of Acme');
  await github.pushFolder(REPOSITORY, 'release', join(EXAMPLE, 'pull-request'), { message: TITLE, from: 'main', replace: false });
  return github.openPullRequest({ repo: REPOSITORY, head: 'release', base: 'main', title: TITLE });
}

interface Watched {
  readonly startedMs: number;
  readonly completedMs: number;
}

/** Looks at the pull request as GitHub shows it, until its check run is complete. */
async function watch(github: GitHubStandIn, sha: string, io: Io): Promise<Watched | undefined> {
  const begin = performance.now();
  let startedMs = 0;
  while (performance.now() - begin < PATIENCE_MS) {
    const [run] = github.checkRuns(REPOSITORY, sha);
    if (run !== undefined && startedMs === 0) {
      startedMs = Math.round(performance.now() - begin);
      io.note(`check run "${run.name}" is in progress after ${startedMs} ms`);
    }
    if (run?.status === 'completed') return { startedMs, completedMs: Math.round(performance.now() - begin) };
    await pause(20);
  }
  return undefined;
}

/** The review follows the check run, and its comments come one by one; a pull request without comments on its lines gets none. */
async function reviewOf(github: GitHubStandIn, number: number): Promise<void> {
  const begin = performance.now();
  while ((await github.reviews(REPOSITORY, number)).length === 0 && performance.now() - begin < 10_000) await pause(50);
  const count = async () => (await github.reviewComments(REPOSITORY, number)).length;
  for (let known = -1, now = await count(); now !== known; known = now, now = await count()) await pause(500);
}

async function show(github: GitHubStandIn, number: number, sha: string, io: Io): Promise<void> {
  const run = github.checkRuns(REPOSITORY, sha).at(-1);
  await io.out(`\n${run?.name}: ${run?.conclusion} — ${run?.output.title}\n\n${run?.output.summary}\n`);
  const comments = await github.reviewComments(REPOSITORY, number);
  await io.out(`\n${comments.length} review comments, on the lines that the pull request wrote:\n`);
  for (const { path, line, body } of comments) {
    await io.out(`\n  ${path}:${line}\n${body.replaceAll(/^/gm, '    ')}\n`);
  }
}

/** The whole service against a stand-in for GitHub on this machine: pull request, signed webhook, check run, review. */
export async function runDemo({ once }: { readonly once: boolean }, io: Io): Promise<number> {
  const stateDir = await mkdtemp(join(tmpdir(), 'presync-demo-'));
  const [github, images] = await Promise.all([startGitHub({}), exampleImages(stateDir)]);
  try {
    const service = await startPresync({ github, images, stateDir }, io);
    try {
      github.configureWebhook(`http://127.0.0.1:${service.port}/webhook`);
      io.note(`presync listens on port ${service.port}, a stand-in for GitHub on ${github.url}, a registry with signed images on ${images.registry.host}`);
      const pull = await openPullRequest(github);
      io.note(`pull request #${pull.number} "${TITLE}" is open; its webhook is delivered`);
      const watched = await watch(github, pull.headSha, io);
      if (watched === undefined) {
        io.note('the check run did not complete; run it again with PRESYNC_DEBUG=1 to see why');
        return EXIT.errored;
      }
      io.note(`completed after ${watched.completedMs} ms`);
      await reviewOf(github, pull.number);
      await github.settled();
      await show(github, pull.number, pull.headSha, io);
      for (const { rule, request, message } of github.violations()) io.note(`GitHub would refuse ${request} (${rule}): ${message}`);
      if (once) return github.violations().length === 0 ? EXIT.passed : EXIT.errored;
      await io.out(`\nAs a reviewer sees it: ${github.pageUrl(REPOSITORY, pull.number)}\n`);
      io.note('press Ctrl-C to end');
      await new Promise<void>((resolve) => process.once('SIGINT', () => resolve()));
      return EXIT.passed;
    } finally {
      await service.stop(5_000);
    }
  } finally {
    await Promise.all([github.close(), images.registry.close()]);
    await rm(stateDir, { recursive: true, force: true });
  }
}

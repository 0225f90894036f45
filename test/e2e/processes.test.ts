import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { testRedis } from '../redis.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts');
const REDIS = testRedis();
const PRIVATE_KEY = String(
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' }),
);

const world: { folder: string; started: ChildProcess[] } = { folder: '', started: [] };
beforeEach(async () => {
  world.folder = await mkdtemp(join(tmpdir(), 'presync-process-'));
  await writeFile(join(world.folder, 'privateKey'), PRIVATE_KEY);
  await writeFile(join(world.folder, 'webhookSecret'), 'a webhook secret');
});
afterEach(async () => {
  for (const child of world.started.splice(0)) child.kill('SIGKILL');
  await rm(world.folder, { recursive: true, force: true });
});

/** The variables of charts/presync, with a GitHub that nobody answers for. */
function environment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    PRESYNC_APP_ID: '1',
    PRESYNC_PRIVATE_KEY_FILE: join(world.folder, 'privateKey'),
    PRESYNC_WEBHOOK_SECRET_FILE: join(world.folder, 'webhookSecret'),
    PRESYNC_GITHUB_URL: 'http://127.0.0.1:9',
    PRESYNC_STATE_DIR: join(world.folder, 'state'),
    PRESYNC_ALLOW_UNSANDBOXED: '1',
    PORT: '0',
    ...more,
  };
}

function start(command: string, more: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [MAIN, command], {
    env: environment(more),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  world.started.push(child);
  const said = { text: '' };
  const listening = new Promise<number>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.text += text;
      const port = /listening on port (\d+)/.exec(said.text)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    child.once('close', () => reject(new Error(said.text)));
  });
  // Whoever starts what must not start looks at how it ended.
  listening.catch(() => undefined);
  return { child, listening, said, ended: once(child, 'close') };
}

const carriers = [
  ['without Redis', 'serve', {}],
  ...(REDIS === ''
    ? []
    : [['on Redis', 'serve', { REDIS_URL: REDIS }] as const, ['on Redis', 'work', { REDIS_URL: REDIS }] as const]),
] as const;

describe('the processes of the service', () => {
  test.each(carriers)(
    '%s, `presync %s` is healthy and ready, and ends when it is told to',
    async (_, command, more) => {
      const { child, listening, ended } = start(command, more);
      const url = `http://127.0.0.1:${await listening}`;
      for (const path of ['/healthz', '/readyz']) expect([path, (await fetch(url + path)).status]).toEqual([path, 200]);
      child.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
    },
    60_000,
  );

  test('with a name that is no setting nothing starts', async () => {
    const { said, ended } = start('serve', { PRESYNC_APPID: '1', PRESYNC_APP_ID: '' });
    expect(await ended).toEqual([2, null]);
    expect(said.text).toContain('PRESYNC_APPID is no setting of presync; did you mean PRESYNC_APP_ID?');
    expect(said.text).toContain('PRESYNC_APP_ID is missing');
    expect(said.text).not.toContain('listening');
  }, 60_000);

  test('what Kubernetes adds for a Service called presync is no mistake', async () => {
    const { child, listening, ended } = start('serve', {
      PRESYNC_SERVICE_HOST: '10.0.0.1',
      PRESYNC_PORT: 'tcp://10.0.0.1:80',
      PRESYNC_PORT_80_TCP_ADDR: '10.0.0.1',
    });
    await listening;
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  }, 60_000);
});

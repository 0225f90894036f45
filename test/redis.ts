import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { freePort } from './builders/free-port.ts';

/** Where the tests find Redis: set by the global set-up of the project `service`. */
const URL_VARIABLE = 'PRESYNC_TEST_REDIS';

/** A Redis of our own on a free port of the loopback interface, gone with the test run. */
// oxlint-disable-next-line import/no-default-export -- Jest calls the default export of a globalSetup file.
export default async function start(): Promise<void> {
  if (process.env[URL_VARIABLE] !== undefined) return;
  if (spawnSync('redis-server', ['--version']).error !== undefined) {
    if (process.env['CI'] === 'true') throw new Error('redis-server not found: with CI=true these tests must run');
    return;
  }
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'presync-redis-'));
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  process.once('exit', () => {
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  await listening(server);
  // The test run ends when the tests have ended, not when Redis has.
  server.stdout.destroy();
  server.unref();
  process.env[URL_VARIABLE] = `redis://127.0.0.1:${port}`;
}

function listening(server: ChildProcessByStdio<null, Readable, null>): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('exit', (status) => {
      reject(new Error(`redis-server ended with ${String(status)}`));
    });
    server.stdout.on('data', (text: Buffer) => {
      if (text.includes('Ready to accept connections')) resolve();
    });
  });
}

/** The URL of the test Redis, '' where there is no redis-server. */
export function testRedis(): string {
  return process.env[URL_VARIABLE] ?? '';
}

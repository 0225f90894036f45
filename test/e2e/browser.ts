import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Undefined where there is none. */
export const BROWSER = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
);
/** Nothing but the page: no sandbox for the root of a container, no traffic of the browser's own. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-sync',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
];

/** What Chromium makes of a page; `more` are arguments such as `--screenshot=FILE`. */
export async function asBrowserShows(url: string, more: readonly string[] = ['--dump-dom']): Promise<string> {
  const profile = await mkdtemp(join(tmpdir(), 'presync-browser-'));
  try {
    const args = [...FLAGS, `--user-data-dir=${profile}`, ...more, url];
    const { stdout } = await execute(BROWSER ?? '', args, { timeout: 50_000, maxBuffer: 1e8 });
    return stdout;
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

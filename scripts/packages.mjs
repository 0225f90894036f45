// npm packages, exactly as the lockfile says; nothing happens while they are up to date.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { problem, readIfThere, root, say } from './setup.mjs';

const STAMP = join(root, 'node_modules', '.presync-lock-hash');

export function installPackages() {
  const hash = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (readIfThere(STAMP) === hash) return;
  say('installing packages (half a minute)');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  // npm's own words go to stderr: stdout belongs to the command that follows.
  const { status, error } = spawnSync(npm, ['ci', '--loglevel=error', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) problem(`npm ci failed (${error?.message ?? `exit status ${status}`}); see its message above`);
  writeFileSync(STAMP, hash);
}

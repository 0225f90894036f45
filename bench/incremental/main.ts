// `npm run bench:incremental`: what a change costs after the repository was seen once: of one app, of documents. Beside it a loop over the program.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/adapters/clock/system-clock.ts';
import { toolRunner } from '../../src/adapters/process/tool-runner.ts';
import { FOLDER_LIMITS, folderValues } from '../../src/adapters/store/folder.ts';
import { type CacheMemory, cacheMemory, type SealedCache, sealedCache } from '../../src/adapters/store/sealed-cache.ts';
import { buildKustomize } from '../render/sides.ts';
import { overlayFolder } from './manifests.ts';
import { cloned, edited, generated, type Subject } from './repository.ts';
import { type Ran, rendersIn, run } from './run.ts';

const DATA = process.env['PRESYNC_TEST_DATA'] ?? join(import.meta.dirname, '..', '..', '..', 'shared');
const BUNDLE = join(DATA, 'corpora', 'gitops-argocd.bundle');
const APPS = 500;
const TIMES = 7;
const KEY = new Uint8Array(32).fill(7);

interface Changes {
  readonly app: readonly string[];
  readonly docs: readonly string[];
}

/** The folders that the peer renders: one process of the program each. */
interface Case {
  readonly subject: Subject;
  readonly folders: readonly string[];
  readonly changes: Changes;
}

const times = Array.from({ length: TIMES }, (_, index) => index);

function generatedCase(): Case {
  const subject = generated(APPS);
  return {
    subject,
    folders: Array.from({ length: APPS }, (_, index) => overlayFolder(index)),
    changes: {
      app: times.map((index) =>
        edited(subject, `${overlayFolder(index * 61 + 3)}/config.yaml`, (text) => text.replace('info', 'debug')),
      ),
      docs: docsChanges(subject, 'docs/notes.md'),
    },
  };
}

/** The largest of the corpora. The apps that change are those that render, evenly spread. */
async function corpusCase(): Promise<Case> {
  const subject = cloned(BUNDLE, 'argocd/2791/head', 'https://github.com/operate-first/apps.git');
  const docs = docsChanges(subject, 'README.md');
  const { verdict } = await run(subject, docs[0] ?? '', sealedCache(inMemory(cacheMemory())));
  const whole = verdict.apps.filter(({ kind, objects }) => kind === 'Application' && objects.total !== null);
  const folders = [...new Set(whole.map(({ path }) => path))].filter((path) => hasKustomization(subject, path));
  const step = Math.max(1, Math.floor(folders.length / TIMES));
  const app = times.map((index) =>
    edited(subject, `${folders[index * step] ?? ''}/kustomization.yaml`, (text) => `${text}\n# changed\n`),
  );
  return { subject, folders, changes: { app, docs } };
}

function hasKustomization({ folder }: Subject, path: string): boolean {
  return existsSync(join(folder, path, 'kustomization.yaml'));
}

function docsChanges(subject: Subject, file: string): readonly string[] {
  return times.map((index) => edited(subject, file, (text) => `${text}line ${index}\n`));
}

function inMemory(memory: CacheMemory) {
  return { scope: 'bench', memory, clock: systemClock() };
}

async function measure({ subject, folders, changes }: Case, program: string): Promise<void> {
  const state = await mkdtemp(join(tmpdir(), 'presync-bench-'));
  const clock = systemClock();
  const values = await folderValues({ folder: state, clock, limits: FOLDER_LIMITS });
  const store = { values, key: KEY };
  const memory = cacheMemory();
  const shared = sealedCache({ ...inMemory(memory), store });
  console.log(`\n${subject.name}`);
  const [first = ''] = changes.docs;
  const cold = await run(subject, first, shared);
  console.log(`  ${cold.verdict.apps.length} apps, ${cold.verdict.checks.map(({ id }) => id).join(' ')}`);
  report('cold', [cold]);
  report('warm, documents change', await each(changes.docs, () => shared, subject));
  report('warm, one app changes', await each(changes.app, () => shared, subject));
  const restarted = () => sealedCache({ ...inMemory(cacheMemory()), store });
  report('after a restart, from disk', await each(changes.docs, restarted, subject));
  await peer(subject, folders, program);
  await rm(state, { recursive: true });
}

async function each(heads: readonly string[], cache: () => SealedCache, subject: Subject): Promise<readonly Ran[]> {
  const ran: Ran[] = [];
  for (const head of heads) ran.push(await run(subject, head, cache()));
  return ran;
}

function report(name: string, ran: readonly Ran[]): void {
  const [total, rendering] = [ran.map((one) => one.ms), ran.map(({ renderMs }) => renderMs)];
  const counts = [...new Set(ran.map(rendersIn))].join(' or ');
  const parsed = [...new Set(ran.map(({ requests }) => requests['yaml.parse'] ?? 0))].join(' or ');
  const spread = ran.length === 1 ? '' : `, ${ms(Math.min(...total))}-${ms(Math.max(...total))}`;
  console.log(
    `  ${name}: p50 ${ms(median(total))} ms${spread}; rendering ${ms(median(rendering))} ms; renders ${counts}, files parsed ${parsed}`,
  );
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

function ms(value: number): string {
  return value.toFixed(0);
}

/** What a script around the command line pays for any change: every root, on one side. */
async function peer({ folder }: Subject, folders: readonly string[], program: string): Promise<void> {
  const runner = toolRunner();
  const started = performance.now();
  let failed = 0;
  for (const root of folders) {
    const cwd = join(folder, root);
    const call = { program, args: ['build', '.'], cwd, env: { HOME: '/nonexistent' } };
    const { status } = await runner.run({ ...call, timeoutMs: 60_000, maxOutputBytes: 1 << 28 });
    if (status !== 0) failed += 1;
  }
  const took = performance.now() - started;
  console.log(
    `  a loop over kustomize build, one side: ${ms(took)} ms for ${folders.length} roots (${failed} failed), ${(took / folders.length).toFixed(1)} ms each`,
  );
}

async function main(): Promise<void> {
  const program = buildKustomize();
  const cases = [() => Promise.resolve(generatedCase()), ...(existsSync(BUNDLE) ? [corpusCase] : [])];
  if (cases.length === 1) console.log(`${BUNDLE} is not there; say where the test data lies with PRESYNC_TEST_DATA`);
  for (const make of cases) {
    const one = await make();
    try {
      await measure(one, program);
    } finally {
      one.subject.remove();
    }
  }
}

await main();

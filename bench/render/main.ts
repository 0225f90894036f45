// `npm run bench:render`: all Kustomize roots of a real repository, cold, by the engine and by one process of the program per root.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { compare } from './compare.ts';
import { type Corpus, kustomizeRoots, openCorpus } from './corpus.ts';
import { buildKustomize, ENGINE, engineSide, programSide, type Side } from './sides.ts';

const DATA = process.env['PRESYNC_TEST_DATA'] ?? join(import.meta.dirname, '..', '..', '..', 'shared');
const BUNDLE = join(DATA, 'corpora', 'gitops-argocd.bundle');
const REF = 'argocd/2791/head';
/** The sides take turns after so many roots, so that a slow minute of the machine falls on all of them. */
const TURN = 100;
const WORKERS = availableParallelism();

interface Lane {
  readonly side: Side;
  readonly workers: number;
  ms: number;
  readonly each: number[];
}

async function main(): Promise<void> {
  const program = buildKustomize();
  const corpus = await openCorpus(BUNDLE, REF, join(ENGINE, 'bin', 'bench-corpus'));
  const roots = await kustomizeRoots(corpus);
  console.log(`${corpus.tree.entries.length} files, ${roots.length} Kustomize roots, ${WORKERS} cores`);
  const usable = await compared(corpus, roots, program);
  const lanes = await race(corpus, usable, program);
  for (const { side, workers, ms, each } of lanes) console.log(line(side.name, workers, ms, each));
  for (const workers of new Set([1, WORKERS])) {
    const [ours, theirs] = ['engine', 'kustomize build'].map((name) => timeOf(lanes, name, workers));
    console.log(
      `engine against the program, ${workers} at a time: ${((theirs ?? 0) / (ours ?? 1)).toFixed(1)} times as fast`,
    );
  }
  const loop = timeOf(lanes, 'kustomize build', 1) / timeOf(lanes, 'engine', WORKERS);
  console.log(`engine on all cores against a loop over the program: ${loop.toFixed(1)} times as fast`);
  await corpus.close();
}

/** Only roots that both sides render are timed; the others are named. */
async function compared(corpus: Corpus, roots: readonly string[], program: string): Promise<readonly string[]> {
  const [engine, other] = [engineSide(corpus, 1), programSide(corpus, program)];
  const found = await compare(corpus, roots, engine, other);
  await engine.close();
  const { equal, different, bothFail, onlyEngineFails, onlyProgramFails, objects } = found;
  console.log(
    `equal: ${equal.length} roots of ${equal.length + different.length} that both render, ${objects} objects`,
  );
  console.log(
    `both fail: ${bothFail.length}; only the engine: ${onlyEngineFails.length}; only the program: ${onlyProgramFails.length}`,
  );
  for (const root of different.slice(0, 20)) console.log(`  different: ${root}`);
  for (const [root, why] of [...onlyEngineFails, ...onlyProgramFails].slice(0, 20))
    console.log(`  ${root}: ${why.slice(0, 200)}`);
  return [...equal, ...different].toSorted();
}

async function race(corpus: Corpus, roots: readonly string[], program: string): Promise<readonly Lane[]> {
  const counts = [...new Set([1, WORKERS])];
  const lanes = counts.flatMap((workers): Lane[] => [
    { side: engineSide(corpus, workers), workers, ms: 0, each: [] },
    { side: programSide(corpus, program), workers, ms: 0, each: [] },
  ]);
  for (let at = 0; at < roots.length; at += TURN) {
    for (const lane of lanes) await turn(lane, roots.slice(at, at + TURN));
  }
  for (const { side } of lanes) await side.close();
  return lanes;
}

async function turn(lane: Lane, roots: readonly string[]): Promise<void> {
  const waiting = [...roots];
  const started = performance.now();
  const worker = async () => {
    for (let root = waiting.shift(); root !== undefined; root = waiting.shift()) {
      const from = performance.now();
      const rendered = await lane.side.render(root);
      if ('failed' in rendered) throw new Error(`${root}: ${rendered.failed}`);
      lane.each.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: lane.workers }, worker));
  lane.ms += performance.now() - started;
}

function line(name: string, workers: number, ms: number, each: readonly number[]): string {
  const sorted = [...each].toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
  return `${name.padEnd(16)} ${workers} at a time: ${(ms / 1000).toFixed(1)} s, p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, max ${at(0.9999)} ms`;
}

function timeOf(lanes: readonly Lane[], name: string, workers: number): number {
  return lanes.find((lane) => lane.side.name === name && lane.workers === workers)?.ms ?? Number.NaN;
}

await main();

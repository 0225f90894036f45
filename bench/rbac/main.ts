// `npm run bench:rbac`: what a change of a binding and two roles gives, in clusters of three sizes, what the next merge result on the
// same base costs, as blame asks for each line, and the catalogue beside other
// scanners on the same manifests. Nothing from the network but the modules of those scanners, once.
import { join } from 'node:path';
import { engineOf } from '../../src/adapters/engine/engine-pool.ts';
import { toolRunner } from '../../src/adapters/process/tool-runner.ts';
import { rbac } from '../../src/checks/rbac/index.ts';
import { DEFAULT_POLICY } from '../../src/config/policy.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import type { World } from '../../src/model/world.ts';
import { aChange, aCluster } from './cluster.ts';
import { compare } from './compare.ts';
import { median } from './median.ts';

/** 5,000 RBAC objects and 500 workloads are the aim; a quarter and the double of it show how the time grows. */
const SIZES = [1_250, 5_000, 10_000] as const;
const AIM = 5_000;
const RUNS = 7;
const BINARY = join(import.meta.dirname, '..', '..', 'engine', 'bin', 'presync-engine');

/** The roles and bindings that Kubernetes brings itself. */
async function builtInObjects(): Promise<readonly JsonObject[]> {
  const engine = engineOf({ runner: toolRunner(), binary: BINARY, processes: 1 });
  try {
    const { objects } = await engine.run({ operation: 'rbac.bootstrap', mounts: [], input: {} }, AbortSignal.any([]));
    return objects.map(({ manifest }) => manifest);
  } finally {
    await engine.close();
  }
}

interface Run {
  /** By the clock, and of the processor: on a machine that does other things too, only the second says something. */
  readonly ms: number;
  readonly cpuMs: number;
  readonly found: number;
}

async function timed(ask: () => Promise<readonly unknown[]>): Promise<Run> {
  const start = performance.now();
  const before = process.cpuUsage();
  const found = await ask();
  const { user, system } = process.cpuUsage(before);
  return { ms: performance.now() - start, cpuMs: (user + system) / 1_000, found: found.length };
}

async function once(
  count: number,
  builtIn: readonly JsonObject[],
): Promise<{ readonly whole: Run; readonly question: Run }> {
  // Made anew for each run: nothing that was read is known.
  const [before, after, change] = [aCluster(count), aCluster(count), aChange()];
  const whole = { base: worldOf('base', before), builtIn: structuredClone(builtIn), notCounted: [] };
  const ask = (changed: readonly Manifest[]) => () => {
    const worlds = { ...whole, merged: worldOf('merged', [...after, ...changed]) };
    const alone = { base: worldOf('base', []), merged: worldOf('merged', changed) };
    return rbac.run({ ...alone, policy: DEFAULT_POLICY, whole: worlds }, AbortSignal.any([]));
  };
  return { whole: await timed(ask(change)), question: await timed(ask(structuredClone(change.slice(1)))) };
}

function worldOf(side: World['side'], manifests: readonly Manifest[]): World {
  return { side, apps: [], manifests };
}

async function growth(): Promise<void> {
  const builtIn = await builtInObjects();
  console.log(`with ${builtIn.length} objects that Kubernetes brings itself`);
  await once(SIZES[0], builtIn);
  let last: { readonly count: number; readonly ms: number } | undefined;
  for (const count of SIZES) {
    const runs: Awaited<ReturnType<typeof once>>[] = [];
    for (let run = 0; run < RUNS; run += 1) runs.push(await once(count, builtIn));
    const ms = median(runs.map(({ whole }) => whole.ms));
    const cpuMs = median(runs.map(({ whole }) => whole.cpuMs));
    const next = median(runs.map(({ question }) => question.ms));
    const times =
      last === undefined ? '' : `, ${(ms / last.ms).toFixed(1)} times as long for ${count / last.count} times as much`;
    console.log(
      `${count} RBAC objects, ${count / 10} workloads: ${ms.toFixed(0)} ms, ${cpuMs.toFixed(0)} ms of the processor (medians of ${RUNS}), ${runs[0]?.whole.found} problems${times}; the next merge result on that base ${next.toFixed(0)} ms`,
    );
    last = { count, ms };
  }
}

await growth();
await compare(aCluster(AIM).map(({ object }) => object));

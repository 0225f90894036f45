// `npm run bench:rbac`: what a change of a binding and two roles gives, in clusters of three sizes, and the catalogue beside other
// scanners on the same manifests. Nothing from the network but the modules of those scanners, once.
import { join } from 'node:path';
import { engineOf } from '../../src/adapters/engine/engine-pool.ts';
import { toolRunner } from '../../src/adapters/process/tool-runner.ts';
import { rbac } from '../../src/checks/rbac/index.ts';
import { DEFAULT_POLICY } from '../../src/config/policy.ts';
import type { JsonObject } from '../../src/model/json.ts';
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

async function once(
  count: number,
  builtIn: readonly JsonObject[],
): Promise<{ readonly ms: number; readonly found: number }> {
  // Made anew for each run: nothing that was read is known.
  const [before, after, change] = [aCluster(count), aCluster(count), aChange()];
  const whole = {
    base: { side: 'base', apps: [], manifests: before },
    merged: { side: 'merged', apps: [], manifests: [...after, ...change] },
    builtIn: structuredClone(builtIn),
    notCounted: [],
  } as const;
  const base = { side: 'base', apps: [], manifests: [] } as const;
  const merged = { side: 'merged', apps: [], manifests: change } as const;
  const start = performance.now();
  const problems = await rbac.run({ base, merged, policy: DEFAULT_POLICY, whole }, AbortSignal.any([]));
  return { ms: performance.now() - start, found: problems.length };
}

async function growth(): Promise<void> {
  const builtIn = await builtInObjects();
  console.log(`with ${builtIn.length} objects that Kubernetes brings itself`);
  await once(SIZES[0], builtIn);
  let last: { readonly count: number; readonly ms: number } | undefined;
  for (const count of SIZES) {
    const runs: Awaited<ReturnType<typeof once>>[] = [];
    for (let run = 0; run < RUNS; run += 1) runs.push(await once(count, builtIn));
    const ms = median(runs.map((one) => one.ms));
    const times =
      last === undefined ? '' : `, ${(ms / last.ms).toFixed(1)} times as long for ${count / last.count} times as much`;
    console.log(
      `${count} RBAC objects, ${count / 10} workloads: ${ms.toFixed(0)} ms (median of ${RUNS}), ${runs[0]?.found} problems${times}`,
    );
    last = { count, ms };
  }
}

await growth();
await compare(aCluster(AIM).map(({ object }) => object));

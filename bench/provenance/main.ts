// `npm run bench:provenance`: signed images of a registry on this machine, cold and kept, and one of them against cosign's own program,
// with presync as a part of something that runs, and with presync as a program.
// With `-- --programs` it only builds the programs that test/conformance/other-signers.test.ts asks.
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { GITHUB_ISSUER } from '../../test/standin/sigstore/identity.ts';
import type { TrustedRoot } from '../../src/model/provenance.ts';
import { cosignVerify, cosignVerifyByKey, type Expected } from './cosign.ts';
import { buildPresync, keyPolicy, presyncProgram } from './presync.ts';
import { buildProgram } from './programs.ts';
import { type Served, serve } from './served.ts';
import { openSide } from './side.ts';

/** DESIGN 11: fewer than 10 s for as many distinct images, fewer than 0.2 s from the cache. */
const IMAGES = 1_000;
const RUNS = 7;

async function main(): Promise<void> {
  const load = loadavg()[0]?.toFixed(1);
  console.log(
    `${IMAGES} signed images, nothing from the network, ${availableParallelism()} cores, load before ${load}`,
  );
  const served = await serve(IMAGES);
  const folder = mkdtempSync(join(tmpdir(), 'presync-provenance-'));
  try {
    await allImages(served);
    await oneImage(served, folder);
    await onePair(served, folder);
  } finally {
    await served.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Each side a program that starts, verifies one image and ends; `kept` is presync within ten minutes of having seen the image. */
async function onePair({ origin, refs, keyed, root }: Served, folder: string): Promise<void> {
  buildPresync();
  const program = buildProgram('cosign');
  const policy = keyPolicy(keyed.ref.slice(0, keyed.ref.indexOf('@')), keyed.pem);
  const own = presyncProgram({ folder, origin, root: root.json });
  const byKey = presyncProgram({ folder, origin, root: root.json, policy });
  const [bundle] = refs;
  if (bundle === undefined) throw new Error('there is no image to compare');
  const pairs = [
    ['a bundle', own, bundle, () => cosignVerify({ program, folder }, bundle, expectedOf(bundle, root))],
    ['a key', byKey, keyed.ref, () => cosignVerifyByKey({ program, folder }, keyed.ref, keyed.pem)],
  ] as const;
  for (const [name, presync, ref, theirs] of pairs) {
    const work = () => presync.verify(ref);
    const cold = await median(work, () => presync.forget());
    const kept = await median(work);
    const cosign = await median(theirs);
    console.log(
      `as programs, ${name}: presync ${cold.toFixed(0)} ms (kept ${kept.toFixed(0)} ms), cosign ${cosign.toFixed(0)} ms`,
    );
  }
}

async function allImages(registry: Served): Promise<void> {
  const { origin, refs, root } = registry;
  const side = openSide(origin, { roots: [root], keys: [], authorities: [] }, { keeps: true });
  try {
    const [client, before] = [process.cpuUsage(), await registry.spentMs()];
    const cold = await timed(() => side.readAll(refs));
    const { user, system } = process.cpuUsage(client);
    const served = (await registry.spentMs()) - before;
    const kept = await timed(() => side.readAll(refs));
    const count = cold.result.flat().length;
    const each = (cold.ms / refs.length).toFixed(1);
    console.log(`cold: ${seconds(cold.ms)} for ${count} signatures and attestations, ${each} ms an image`);
    console.log(
      `      of a core: ${seconds((user + system) / 1000)} asking and reading, ${seconds(served)} the registry itself`,
    );
    console.log(`kept: ${seconds(kept.ms)}, ${(cold.ms / kept.ms).toFixed(0)} times as fast`);
  } finally {
    await side.close();
  }
}

/** Both sides read image and signature from the registry each time; cosign starts as a program, as it does in a pipeline. */
async function oneImage({ origin, refs, root }: Served, folder: string): Promise<void> {
  const program = buildProgram('cosign');
  const side = openSide(origin, { roots: [root], keys: [], authorities: [] }, { keeps: false });
  try {
    for (const [name, ref] of [
      ['a bundle', refs[0]],
      ['a signature under .sig', refs[1]],
    ] as const) {
      if (ref === undefined) throw new Error('there is no image to compare');
      const expected = expectedOf(ref, root);
      const ours = await median(() => side.readAll([ref]));
      const theirs = await median(() => cosignVerify({ program, folder }, ref, expected));
      const ratio = (theirs / ours).toFixed(0);
      console.log(`one image with ${name}: ${ours.toFixed(0)} ms, cosign ${theirs.toFixed(0)} ms, ${ratio} times`);
    }
  } finally {
    await side.close();
  }
}

function expectedOf(ref: string, root: TrustedRoot): Expected {
  const repository = ref.slice(ref.indexOf('/') + 1, ref.indexOf('@'));
  const subject = `https://github.com/${repository}/.github/workflows/release.yml@refs/tags/v1.2.3`;
  return { issuer: GITHUB_ISSUER, subject, root: root.json };
}

/** After one run that is not counted; what `before` does is not, either. */
async function median(work: () => Promise<unknown>, before?: () => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run <= RUNS; run += 1) {
    await before?.();
    const { ms } = await timed(work);
    if (run > 0) times.push(ms);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0;
}

async function timed<Result>(work: () => Promise<Result>): Promise<{ readonly ms: number; readonly result: Result }> {
  const start = performance.now();
  const result = await work();
  return { ms: performance.now() - start, result };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

if (process.argv.includes('--programs')) for (const name of ['cosign', 'notation'] as const) buildProgram(name);
else await main();

import { isDeepStrictEqual } from 'node:util';
import { join } from 'node:path';
import { engineOf } from '../../src/adapters/engine/engine-pool.ts';
import { toolRunner } from '../../src/adapters/process/tool-runner.ts';
import type { Corpus } from './corpus.ts';
import { ENGINE, type Side } from './sides.ts';

export interface Comparison {
  /** Roots that both sides render, to the same objects in the same order. */
  readonly equal: readonly string[];
  readonly different: readonly string[];
  readonly bothFail: readonly string[];
  /** Root, and the sentence of the side that failed. */
  readonly onlyEngineFails: readonly (readonly [string, string])[];
  readonly onlyProgramFails: readonly (readonly [string, string])[];
  readonly objects: number;
}

/** What the program printed is read by the engine's own YAML reader, so that both sides are JSON of one kind. */
export async function compare(
  corpus: Corpus,
  roots: readonly string[],
  engine: Side,
  program: Side,
): Promise<Comparison> {
  const reader = engineOf({ runner: toolRunner(), binary: join(ENGINE, 'bin', 'presync-engine'), processes: 1 });
  const found = {
    equal: [] as string[],
    different: [] as string[],
    bothFail: [] as string[],
    onlyEngineFails: [] as [string, string][],
    onlyProgramFails: [] as [string, string][],
    objects: 0,
  };
  for (const root of roots) {
    const [ours, theirs] = await Promise.all([engine.render(root), program.render(root)]);
    if ('failed' in ours && 'failed' in theirs) found.bothFail.push(root);
    else if ('failed' in ours) found.onlyEngineFails.push([root, ours.failed]);
    else if ('failed' in theirs) found.onlyProgramFails.push([root, theirs.failed]);
    else if ('objects' in ours && 'yaml' in theirs) {
      const request = {
        operation: 'yaml.parse',
        mounts: [{ at: '/', tree: corpus.tree }],
        input: { stdin: theirs.yaml },
      } as const;
      const { objects } = await reader.run(request, new AbortController().signal);
      const printed = objects.map(({ manifest }) => manifest);
      found[isDeepStrictEqual(printed, ours.objects) ? 'equal' : 'different'].push(root);
      found.objects += printed.length;
    }
  }
  await reader.close();
  return found;
}

import { afterAll, beforeAll } from '@jest/globals';
import { engineOf } from '../../src/adapters/engine/engine-pool.ts';
import { toolRunner } from '../../src/adapters/process/tool-runner.ts';
import { engineBinary } from '../../src/commands/engine-binary.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import { validate } from '../../src/pipeline/validate.ts';
import type { Engine } from '../../src/ports/engine.ts';
import { aClock } from '../fakes/clock.ts';
import { aRepository } from '../fakes/repository.ts';
import type { FakeFile } from '../fakes/source-tree.ts';

export type Files = Readonly<Record<string, FakeFile>>;

export const URL = 'https://github.com/acme/clusters';

/** The verdict on the change from some files to others, rendered by the real engine, which runs as long as the tests of a file. */
export function withEngine(): (base: Files, head: Files) => Promise<Verdict> {
  let engine: Engine;
  beforeAll(() => {
    engine = engineOf({ runner: toolRunner(), binary: engineBinary(), processes: 1 });
  });
  afterAll(() => engine.close());
  return async (base, head) => {
    const repository = aRepository([
      { name: 'main', files: base },
      { name: 'change', files: head, parents: ['main'] },
    ]);
    const [from, to] = [await repository.resolve('main'), await repository.resolve('change')];
    const input = { base: from, head: to, baseBranch: 'main', repositoryUrls: [URL] };
    const ports = { repository, engine, clock: aClock('2026-11-24T00:00:00Z') };
    return validate(input, ports, new AbortController().signal);
  };
}

import { systemClock } from '../../src/adapters/clock/system-clock.ts';
import { engineOf } from '../../src/adapters/engine/engine-pool.ts';
import { engineStamp } from '../../src/adapters/engine/engine-stamp.ts';
import { cachedEngine } from '../../src/adapters/engine/render-cache.ts';
import { openRepository } from '../../src/adapters/git/repository.ts';
import { toolRunner } from '../../src/adapters/process/tool-runner.ts';
import { openMemo } from '../../src/adapters/store/blob-memo.ts';
import type { SealedCache } from '../../src/adapters/store/sealed-cache.ts';
import { engineBinary } from '../../src/commands/engine-binary.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import { validate } from '../../src/pipeline/validate.ts';
import type { Engine } from '../../src/ports/engine.ts';
import type { Subject } from './repository.ts';

export interface Ran {
  readonly verdict: Verdict;
  /** From the open repository to the verdict. */
  readonly ms: number;
  /** Of these the time in which some render was asked of the engine. */
  readonly renderMs: number;
  /** What the engine was asked, by operation; `yaml.parse` reads one file and renders nothing. */
  readonly requests: Readonly<Record<string, number>>;
}

interface Heard extends Engine {
  readonly requests: Record<string, number>;
  readonly busy: { ms: number };
}

function listening(engine: Engine): Heard {
  const requests: Record<string, number> = {};
  const busy = { ms: 0 };
  const open = { count: 0, since: 0 };
  const enter = () => {
    if (open.count === 0) open.since = performance.now();
    open.count += 1;
  };
  const leave = () => {
    open.count -= 1;
    if (open.count === 0) busy.ms += performance.now() - open.since;
  };
  return {
    ...engine,
    requests,
    busy,
    async run(request, signal) {
      requests[request.operation] = (requests[request.operation] ?? 0) + 1;
      if (request.operation === 'yaml.parse') return engine.run(request, signal);
      enter();
      try {
        return await engine.run(request, signal);
      } finally {
        leave();
      }
    },
  };
}

/** One run as the worker does it: its own engine and its own repository, and the cache of the installation. */
export async function run({ folder, url, base }: Subject, head: string, cache: SealedCache): Promise<Ran> {
  const clock = systemClock();
  const runner = toolRunner();
  const heard = listening(engineOf({ runner, binary: engineBinary() }));
  const build = JSON.stringify([await heard.versions(), await engineStamp(engineBinary())]);
  const engine = cachedEngine(heard, { cache, build });
  const repository = await openRepository(runner, folder);
  const started = performance.now();
  try {
    const memo = await openMemo(cache, { build, repository: folder });
    const commits = { base: await repository.resolve(base), head: await repository.resolve(head) };
    const input = { ...commits, baseBranch: 'main', repositoryUrls: [url] };
    const verdict = await validate(input, { repository, engine, memo, clock }, AbortSignal.any([]));
    const ms = performance.now() - started;
    await memo.save();
    return { verdict, ms, renderMs: heard.busy.ms, requests: heard.requests };
  } finally {
    await engine.close();
    await repository.close();
  }
}

/** What is asked besides renders: what files say, and what Kubernetes brings itself. */
const OTHER = ['yaml.parse', 'rbac.bootstrap'];

/** Requests that render an app. */
export function rendersIn({ requests }: Ran): number {
  return Object.entries(requests).reduce((sum, [name, count]) => (OTHER.includes(name) ? sum : sum + count), 0);
}

import { sameInputs } from '../../model/closure.ts';
import { canonicalJson } from '../../model/json.ts';
import {
  type Engine,
  type EngineAnswer,
  EngineError,
  type EngineErrorCode,
  type EngineRequest,
  type Reads,
} from '../../ports/engine.ts';

/** DESIGN 3.1: these say nothing about the input. */
const NEVER_KEPT: ReadonlySet<EngineErrorCode> = new Set(['limit', 'remote', 'internal']);

type Outcome = { readonly answer: EngineAnswer } | { readonly error: EngineError };

interface Kept {
  readonly request: EngineRequest;
  readonly outcome: Outcome;
}

/**
 * The engine of one run over two sides: a request that was made before is answered again where everything that its render looked
 * at is the same. Equal requests wait for one another, as most apps are the same on both sides.
 */
export function memoise(engine: Engine): Engine {
  const kept = new Map<string, Kept[]>();
  const last = new Map<string, Promise<unknown>>();
  const render = async (key: string, request: EngineRequest, signal: AbortSignal): Promise<EngineAnswer> => {
    const before = (kept.get(key) ?? []).find((one) => looksTheSame(one, request));
    if (before !== undefined) return give(before.outcome);
    const outcome = await outcomeOf(engine.run(request, signal));
    kept.set(key, [...(kept.get(key) ?? []), { request, outcome }]);
    return give(outcome);
  };
  return {
    versions: () => engine.versions(),
    run(request, signal) {
      const key = keyOf(request);
      const next = after(last.get(key), () => render(key, request, signal));
      last.set(key, next);
      return next;
    },
    close() {
      kept.clear();
      last.clear();
      return engine.close();
    },
  };
}

/** One after the other, whatever became of the one before. */
async function after<Result>(before: Promise<unknown> | undefined, work: () => Promise<Result>): Promise<Result> {
  await before?.catch(() => undefined);
  return work();
}

function keyOf({ operation, input, mounts }: EngineRequest): string {
  return canonicalJson([operation, input, mounts.map(({ at }) => at)]);
}

/** Throws what must not be kept. */
async function outcomeOf(answer: Promise<EngineAnswer>): Promise<Outcome> {
  try {
    return { answer: await answer };
  } catch (error) {
    if (error instanceof EngineError && !NEVER_KEPT.has(error.code)) return { error };
    throw error;
  }
}

function give(outcome: Outcome): EngineAnswer {
  if ('error' in outcome) throw outcome.error;
  return outcome.answer;
}

function readsOf(outcome: Outcome): readonly Reads[] {
  return 'error' in outcome ? outcome.error.reads : outcome.answer.reads;
}

/** A mount that neither request names is content from elsewhere, which one run resolves once (DESIGN 6). */
function looksTheSame({ request, outcome }: Kept, { mounts }: EngineRequest): boolean {
  return mounts.every(({ at, tree }, index) => {
    const before = request.mounts[index]?.tree;
    if (before === undefined) return false;
    return (
      before.id === tree.id ||
      sameInputs(
        readsOf(outcome).filter((reads) => reads.at === at),
        before,
        tree,
      )
    );
  });
}

import type { JsonObject, JsonValue } from '../../model/json.ts';
import { maskSentence } from '../../model/secret-text.ts';
import type { Keep } from '../../ports/cache.ts';
import {
  type EngineAnswer,
  EngineError,
  type EngineErrorCode,
  type EngineRequest,
  type Operation,
  type Reads,
} from '../../ports/engine.ts';

/** What a request came to. */
export type Outcome = { readonly answer: EngineAnswer } | { readonly error: EngineError };

/** DESIGN 3.1: these say nothing about the input. */
const NEVER_KEPT: ReadonlySet<EngineErrorCode> = new Set(['limit', 'remote', 'internal']);

/** Reading one file anew costs less than finding its answer in a store. */
const QUICK: ReadonlySet<Operation> = new Set(['yaml.parse', 'gotemplate']);

/** Chance and the time are no inputs that a closure could tell: the next run looks again, and may see another branch. */
const FLEETING: ReadonlySet<string> = new Set(['random', 'now']);

/** Throws what must not be kept. */
export async function outcomeOf(answer: Promise<EngineAnswer>): Promise<Outcome> {
  try {
    return { answer: await answer };
  } catch (error) {
    if (error instanceof EngineError && !NEVER_KEPT.has(error.code)) return { error };
    throw error;
  }
}

export function give(outcome: Outcome): EngineAnswer {
  if ('error' in outcome) throw outcome.error;
  return outcome.answer;
}

export function readsOf(outcome: Outcome): readonly Reads[] {
  return 'error' in outcome ? outcome.error.reads : outcome.answer.reads;
}

/** `run`: no longer than this run. A renderer's sentences may repeat values that it was given. */
export function keepOf({ operation }: EngineRequest, outcome: Outcome): Keep | 'run' {
  if ('answer' in outcome && outcome.answer.uses.some((use) => FLEETING.has(use))) return 'run';
  const sentences = 'error' in outcome ? [outcome.error.message] : outcome.answer.warnings;
  const repeatsSecrets = sentences.some((one) => maskSentence(one) !== one);
  return QUICK.has(operation) || repeatsSecrets ? 'memory' : 'store';
}

export function levelOf({ operation }: EngineRequest): Keep {
  return QUICK.has(operation) ? 'memory' : 'store';
}

export function toStored(outcome: Outcome): JsonValue {
  if ('error' in outcome) {
    const { code, message, path, line, reads } = outcome.error;
    return plain({ error: { code, message, path, line, reads } });
  }
  return plain({ answer: outcome.answer });
}

/** What this program wrote under a name that says its form. */
export function fromStored(stored: JsonValue): Outcome {
  const outcome = stored as unknown as { readonly answer: EngineAnswer } | { readonly error: EngineFailure };
  if ('answer' in outcome) return { answer: { ...outcome.answer, value: outcome.answer.value } };
  const { code, message, path, line, reads } = outcome.error;
  return { error: new EngineError(code, message, { path, line, reads }) };
}

type EngineFailure = Pick<EngineError, 'code' | 'message' | 'path' | 'line' | 'reads'>;

/** Members that are undefined have no place in JSON, and none in what is compared with it. */
function plain(outcome: { readonly [key: string]: object }): JsonObject {
  return Object.fromEntries(
    Object.entries(outcome).map(([key, value]) => [
      key,
      Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)),
    ]),
  );
}

import { createHash } from 'node:crypto';
import { canonicalJson, type JsonValue } from '../../model/json.ts';
import type { Cache } from '../../ports/cache.ts';
import type { Engine, EngineAnswer, EngineRequest } from '../../ports/engine.ts';
import { fromStored, give, keepOf, levelOf, type Outcome, outcomeOf, readsOf, toStored } from './render-outcome.ts';
import { type Asked, factsOf, recording, type Stage, stagesOf } from './render-trees.ts';

export interface RenderCacheOptions {
  readonly cache: Cache;
  /** Which program answers: its build, and the versions that it tells. Nothing is shared between two of them. */
  readonly build: string;
}

/** Grows when the form of what is kept changes. */
const FORM = 1;
/** Ways to look at its inputs that are tried for one request; a chart that asks for other files with each version has many. */
const MAX_VARIANTS = 8;

/** One way to look at the inputs, and its name. */
type Variant = readonly Stage[];

/**
 * An engine that answers from what it, or another run of the same scope, was asked before, where everything that the render looked
 * at is the same. Equal requests wait for one another, as most apps are the same on both sides.
 *
 * Under the key of a request (operation, input, places, build) lie its variants: which paths its renders looked at. What stands at
 * these paths in the trees of this request gives the name of the outcome.
 */
export function cachedEngine(engine: Engine, options: RenderCacheOptions): Engine {
  const { cache } = options;
  const last = new Map<string, Promise<unknown>>();
  const renders = new Renders(engine, cache);
  const state = { closed: false };
  return {
    versions: () => engine.versions(),
    run(request, signal) {
      if (state.closed) return engine.run(request, signal);
      const key = keyOf(request, options);
      const next = after(last.get(key), () => renders.run(key, request, signal));
      last.set(key, next);
      return next;
    },
    async close() {
      state.closed = true;
      last.clear();
      await engine.close();
      await cache.flush();
    },
  };
}

/** One after the other, whatever became of the one before. */
async function after<Result>(before: Promise<unknown> | undefined, work: () => Promise<Result>): Promise<Result> {
  await before?.catch(() => undefined);
  return work();
}

/** Without `bring` a render ends otherwise than with it. */
function keyOf({ operation, input, mounts, bring }: EngineRequest, { build }: RenderCacheOptions): string {
  const places = mounts.map(({ at }) => at);
  return hashOf(canonicalJson([FORM, build, operation, input, places, bring !== undefined]));
}

function hashOf(...texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length}:`).update(text);
  return hash.digest('hex');
}

class Renders {
  readonly #engine: Engine;
  readonly #cache: Cache;
  /** Outcomes that the next run must not see. */
  readonly #ofThisRun = new Map<string, Outcome>();

  constructor(engine: Engine, cache: Cache) {
    this.#engine = engine;
    this.#cache = cache;
  }

  async run(key: string, request: EngineRequest, signal: AbortSignal): Promise<EngineAnswer> {
    signal.throwIfAborted();
    const variants = await this.#variants(key, request);
    for (const variant of variants) {
      const found = await this.#find(key, variant, request, signal);
      if (found !== undefined) return give(found);
    }
    const [heard, asked] = recording(request);
    const outcome = await outcomeOf(this.#engine.run(heard, signal));
    await this.#keep(key, { request, asked, outcome, variants }, signal);
    return give(outcome);
  }

  async #variants(key: string, request: EngineRequest): Promise<readonly Variant[]> {
    const known = await this.#cache.read(variantsName(key), levelOf(request));
    return (known ?? []) as unknown as readonly Variant[];
  }

  /** Stage by stage: what one asks for is only brought where the render of the stages before is known to ask for it. */
  async #find(
    key: string,
    variant: Variant,
    request: EngineRequest,
    signal: AbortSignal,
  ): Promise<Outcome | undefined> {
    let name = variantName(key, variant);
    for (const [index, stage] of variant.entries()) {
      const facts = await factsOf(stage, request, signal);
      if (facts === undefined) return undefined;
      name = hashOf(name, facts);
      const isLast = index === variant.length - 1;
      if (isLast) return this.#ofThisRun.get(name) ?? (await this.#outcome(name, request));
      if ((await this.#cache.read(stageName(name), levelOf(request))) === undefined) return undefined;
    }
    return undefined;
  }

  async #outcome(name: string, request: EngineRequest): Promise<Outcome | undefined> {
    const stored = await this.#cache.read(outcomeName(name), levelOf(request));
    return stored === undefined ? undefined : fromStored(stored);
  }

  async #keep(key: string, made: Made, signal: AbortSignal): Promise<void> {
    const { request, asked, outcome, variants } = made;
    const variant = stagesOf(request, asked, readsOf(outcome));
    if (variant === undefined) return;
    const keep = keepOf(request, outcome);
    const shared = keep === 'run' ? 'memory' : keep;
    let name = variantName(key, variant);
    for (const [index, stage] of variant.entries()) {
      const facts = await factsOf(stage, request, signal);
      if (facts === undefined) return;
      name = hashOf(name, facts);
      if (index < variant.length - 1) await this.#cache.write(stageName(name), true, shared);
    }
    if (keep === 'run') this.#ofThisRun.set(name, outcome);
    else await this.#cache.write(outcomeName(name), toStored(outcome), keep);
    await this.#addVariant(key, variant, variants, shared);
  }

  async #addVariant(key: string, variant: Variant, known: readonly Variant[], keep: 'memory' | 'store'): Promise<void> {
    const own = variantName(key, variant);
    if (known.some((one) => variantName(key, one) === own)) return;
    const newest = [variant, ...known].slice(0, MAX_VARIANTS);
    await this.#cache.write(variantsName(key), newest as unknown as JsonValue, keep);
  }
}

interface Made {
  readonly request: EngineRequest;
  readonly asked: readonly Asked[];
  readonly outcome: Outcome;
  readonly variants: readonly Variant[];
}

function variantName(key: string, variant: Variant): string {
  return hashOf(key, JSON.stringify(variant));
}

function variantsName(key: string): string {
  return `render/${key}/variants`;
}

function stageName(name: string): string {
  return `render/${name}/stage`;
}

function outcomeName(name: string): string {
  return `render/${name}/outcome`;
}

import { isObject, type JsonObject, textAt } from '../../src/model/json.ts';
import { isWithin } from '../../src/model/path.ts';
import {
  type Engine,
  type EngineAnswer,
  EngineError,
  type EngineRequest,
  type Operation,
} from '../../src/ports/engine.ts';

type Answering = (request: EngineRequest) => Promise<EngineAnswer>;

export interface FakeEngine extends Engine {
  /** What it was asked, in order. */
  readonly requests: readonly EngineRequest[];
}

/** Nothing but what is named: `anAnswer({ uses: ['random'] })`. */
export function anAnswer(parts: Partial<EngineAnswer> = {}): EngineAnswer {
  return { objects: [], value: undefined, uses: [], warnings: [], problems: [], reads: [], brought: [], ...parts };
}

/**
 * An engine that knows `directory.load` of JSON files, clusters in which nothing is built in, and what it is told: `anEngine({ 'helm.template': async () => anAnswer() })`.
 * To have it fail, throw an EngineError.
 */
export function anEngine(
  operations: Partial<Readonly<Record<Operation, Answering>>> = {},
  versions: Readonly<Record<string, string>> = { sandbox: 'seccomp' },
): FakeEngine {
  const known: Partial<Readonly<Record<Operation, Answering>>> = {
    'directory.load': loadDirectory,
    'rbac.bootstrap': () => Promise.resolve(anAnswer()),
    ...operations,
  };
  const requests: EngineRequest[] = [];
  const state = { closed: false };
  return {
    requests,
    versions: () => Promise.resolve(versions),
    async run(request, signal) {
      signal.throwIfAborted();
      if (state.closed) throw new EngineError('internal', 'the engine is closed');
      requests.push(request);
      const answer = known[request.operation];
      if (answer === undefined) throw new EngineError('unsupported', `this engine does not know ${request.operation}`);
      return answer(request);
    },
    close() {
      state.closed = true;
      return Promise.resolve();
    },
  };
}

async function loadDirectory({ mounts, input }: EngineRequest): Promise<EngineAnswer> {
  const [mount] = mounts;
  const folder = textAt(input, 'path').replace(/^\//, '');
  const entries = (mount?.tree.entries ?? []).filter(
    ({ path }) => isWithin(path, folder) && /^[^/]*\.json$/.test(path.slice(folder.length).replace(/^\//, '')),
  );
  const files = entries.map(({ path, oid }) => [path, oid] as const);
  const reads = [{ at: mount?.at ?? '/', files, present: [], absent: [], listed: [folder], links: [] }];
  const objects = await Promise.all(
    entries.map(async ({ path, oid }) => {
      const text = Buffer.from((await mount?.tree.read(oid)) ?? []).toString('utf8');
      return { manifest: manifestIn(text, { path, reads }), origin: { path, document: 0, line: 1 }, volatile: [] };
    }),
  );
  return anAnswer({ objects, reads });
}

function manifestIn(text: string, at: ConstructorParameters<typeof EngineError>[2]): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // It is told below.
  }
  throw new EngineError('build', 'the file is no JSON object', at);
}

import { type JsonObject, objectAt, textAt, textsAt } from '../../model/json.ts';
import { MODES } from '../../model/tree.ts';
import { type Engine, EngineError, type EngineErrorCode, type Mount, type Operation } from '../../ports/engine.ts';
import type { FetchFailure } from '../../ports/fetch-failure.ts';
import { type PickVersion, RemoteError } from '../../ports/remote.ts';
import { bytesTree } from './bytes-tree.ts';

export interface IndexedChart {
  readonly version: string;
  /** Where the archive lies, relative to the repository or whole. */
  readonly url: string;
  /** As written, '' where the index has none. */
  readonly digest: string;
}

export interface ChartChoice {
  readonly index: Uint8Array;
  readonly chart: string;
  readonly version: string;
  /** What is chosen from, in a sentence. */
  readonly name: string;
}

/** The chart of an index.yaml that Helm would take; '' is the newest version that is no pre-release. Throws RemoteError. */
export async function chooseChart(
  engine: Engine,
  { index, chart, version, name }: ChartChoice,
  signal: AbortSignal,
): Promise<IndexedChart> {
  const tree = bytesTree([{ path: 'index.yaml', mode: MODES.file, bytes: index }]);
  const value = await ask(
    engine,
    { operation: 'helm.index', mounts: [{ at: '/', tree }], input: { chart, version }, name },
    signal,
  );
  const [url = ''] = textsAt(value, 'urls');
  const found = { version: textAt(value, 'version'), url, digest: textAt(value, 'digest') };
  if (found.version === '' || url === '')
    throw new RemoteError(
      'INVALID',
      `${name} has no address for ${chart} ${found.version}; ask its owner to index it again`,
    );
  return found;
}

/** `PickVersion` by the engine. */
export function versionPicker(engine: Engine): PickVersion {
  return async ({ constraint, versions, as, mediaType, name }, signal) => {
    const rule = { constraint, versions, as, ...(mediaType === undefined ? {} : { mediaType }) };
    const value = await ask(engine, { operation: 'semver.pick', mounts: [], input: rule, name }, signal);
    const version = textAt(value, 'version');
    if (!versions.includes(version))
      throw new RemoteError('INVALID', `${name}: the engine chose ${JSON.stringify(version)}, which is not there`);
    return version;
  };
}

interface Question {
  readonly operation: Operation;
  readonly mounts: readonly Mount[];
  readonly input: JsonObject;
  readonly name: string;
}

const CODES: Readonly<Record<EngineErrorCode, FetchFailure>> = {
  build: 'NOT_FOUND',
  parse: 'INVALID',
  schema: 'INVALID',
  limit: 'TOO_LARGE',
  unsupported: 'INVALID',
  remote: 'INVALID',
  denied: 'INVALID',
  internal: 'UNREACHABLE',
};

async function ask(
  engine: Engine,
  { operation, mounts, input, name }: Question,
  signal: AbortSignal,
): Promise<JsonObject> {
  try {
    const answer = await engine.run({ operation, mounts, input }, signal);
    return objectAt({ value: answer.value ?? null }, 'value');
  } catch (cause) {
    if (!(cause instanceof EngineError)) throw cause;
    throw new RemoteError(CODES[cause.code], `${name}: ${cause.message}`, { cause });
  }
}

import { isObject, type JsonObject, type JsonValue, listAt, objectAt, textAt, textsAt } from '../../model/json.ts';
import type {
  EngineAnswer,
  EngineErrorCode,
  EngineObject,
  FileProblem,
  Reads,
  RemoteRequest,
} from '../../ports/engine.ts';

/** What the engine says: engine/README.md, DESIGN 3.1. */
export type EngineMessage =
  | { readonly type: 'ready'; readonly protocol: number; readonly versions: Readonly<Record<string, string>> }
  | {
      readonly type: 'need';
      readonly id: number;
      readonly trees: readonly string[];
      readonly blobs: readonly string[];
      readonly remotes: readonly RemoteRequest[];
    }
  | { readonly type: 'ok'; readonly id: number; readonly answer: EngineAnswer }
  | { readonly type: 'error'; readonly id: number; readonly error: EngineFailure };

export interface EngineFailure {
  readonly code: EngineErrorCode;
  readonly message: string;
  readonly path: string | undefined;
  readonly line: number | undefined;
  readonly reads: readonly Reads[];
}

const CODES: readonly string[] = [
  'parse',
  'build',
  'schema',
  'limit',
  'unsupported',
  'remote',
  'denied',
  'internal',
] satisfies readonly EngineErrorCode[];

/** Whoever walks an object does so by recursion. The deepest schemas of real CRDs have some 60 levels. */
const MAX_LEVELS = 500;

/**
 * Reads one line of the engine. The engine is ours, but what it worked on is not: whatever does not have the form of a message is
 * `undefined`, never half an answer.
 */
export function parseMessage(line: string): EngineMessage | undefined {
  const message = parseJson(line);
  if (!isObject(message)) return undefined;
  if (isObject(message['ready'])) return ready(message['ready']);
  const id = numberAt(message, 'id') ?? 0;
  if (isObject(message['need'])) return need(id, message['need']);
  if (isObject(message['error'])) return { type: 'error', id, error: failure(message['error'], readsOf(message)) };
  return isObject(message['ok']) ? ok(id, message['ok'], readsOf(message)) : undefined;
}

function parseJson(line: string): JsonValue {
  try {
    return JSON.parse(line) as JsonValue;
  } catch {
    return null;
  }
}

function ready(value: JsonObject): EngineMessage {
  const versions = Object.entries(objectAt(value, 'versions')).flatMap(([name, version]) =>
    typeof version === 'string' ? [[name, version]] : [],
  );
  // Whoever does not say that it is sandboxed is not.
  const sandbox = textAt(value, 'sandbox') || 'none';
  return {
    type: 'ready',
    protocol: numberAt(value, 'protocol') ?? 0,
    versions: { ...Object.fromEntries(versions), sandbox },
  };
}

function need(id: number, value: JsonObject): EngineMessage {
  const remotes = listAt(value, 'remotes').map((one) => ({
    kind: textAt(one, 'kind'),
    url: textAt(one, 'url'),
    ref: textAt(one, 'ref'),
    path: textAt(one, 'path'),
    at: textAt(one, 'at'),
  }));
  return { type: 'need', id, trees: textsAt(value, 'trees'), blobs: textsAt(value, 'blobs'), remotes };
}

function failure(value: JsonObject, reads: readonly Reads[]): EngineFailure {
  const code = textAt(value, 'code');
  const path = textAt(value, 'path') || undefined;
  const known = (CODES.includes(code) ? code : 'internal') as EngineErrorCode;
  return {
    code: known,
    message: textAt(value, 'message') || 'the engine failed without a word',
    path,
    line: numberAt(value, 'line'),
    reads,
  };
}

/** An object that is none would be an object too few: then it is no answer at all. */
function ok(id: number, value: JsonObject, reads: readonly Reads[]): EngineMessage | undefined {
  const objects = listAt(value, 'objects').map(toObject);
  if (!Array.isArray(value['objects']) || objects.includes(undefined)) return undefined;
  const deep = objects.find((object) => object !== undefined && isDeeper(object.manifest, MAX_LEVELS));
  if (deep !== undefined) return { type: 'error', id, error: tooDeep(deep, reads) };
  const answer: EngineAnswer = {
    objects: objects.filter((object) => object !== undefined),
    value: value['value'],
    uses: textsAt(value, 'uses'),
    warnings: textsAt(value, 'warnings'),
    problems: listAt(value, 'problems').map(toProblem),
    reads,
    brought: [],
  };
  return { type: 'ok', id, answer };
}

function tooDeep({ origin }: EngineObject, reads: readonly Reads[]): EngineFailure {
  const message = `an object is nested deeper than ${MAX_LEVELS} levels`;
  return { code: 'limit', message, path: origin.path, line: origin.line, reads };
}

function isDeeper(value: JsonValue, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((below: JsonValue) => isDeeper(below, levels - 1));
}

function toObject(value: JsonValue): EngineObject | undefined {
  if (!isObject(value) || !isObject(value['manifest'])) return undefined;
  const origin = objectAt(value, 'origin');
  const [path, document, line] = [textAt(origin, 'path'), numberAt(origin, 'document'), numberAt(origin, 'line')];
  return {
    manifest: value['manifest'],
    // The engine leaves out what is 0 or empty; a document without an index is the first.
    origin: { ...(path === '' ? {} : { path, document: document ?? 0 }), ...(line === undefined ? {} : { line }) },
    volatile: textsAt(value, 'volatile'),
  };
}

function toProblem(value: JsonValue): FileProblem {
  return {
    path: textAt(value, 'path'),
    line: numberAt(value, 'line') ?? 1,
    code: textAt(value, 'code'),
    message: textAt(value, 'message'),
  };
}

function readsOf(message: JsonObject): readonly Reads[] {
  return listAt(message, 'reads').map((value) => ({
    at: textAt(value, 'at'),
    files: listAt(value, 'files').flatMap((pair) => toPair(pair)),
    present: textsAt(value, 'present'),
    absent: textsAt(value, 'absent'),
    listed: textsAt(value, 'listed'),
    links: textsAt(value, 'links'),
  }));
}

function toPair(value: JsonValue): readonly (readonly [string, string])[] {
  const [path, oid] = Array.isArray(value) ? (value as readonly JsonValue[]) : [];
  return typeof path === 'string' && typeof oid === 'string' ? [[path, oid]] : [];
}

function numberAt(value: JsonValue, key: string): number | undefined {
  const found = isObject(value) ? value[key] : undefined;
  return typeof found === 'number' ? found : undefined;
}

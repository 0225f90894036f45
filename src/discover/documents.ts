import { isKubernetesObject } from '../model/manifest.ts';
import type { Oid } from '../model/ids.ts';
import type { JsonObject } from '../model/json.ts';
import { MODES } from '../model/tree.ts';
import { type Engine, EngineError } from '../ports/engine.ts';
import type { Memo } from '../ports/memo.ts';
import { RepositoryError } from '../ports/repository.ts';
import type { Definition } from './convention.ts';
import { isManifestName, type Listing } from './listing.ts';

/** Every controller object carries one of these groups in its apiVersion. */
const GROUPS = ['argoproj.io/', 'toolkit.fluxcd.io/', 'source.extensions.fluxcd.io/'];
/** A list of Applications is a few hundred KB; beyond this only one that says so in plain letters is looked for. */
const MAX_BYTES = 5 * 1024 * 1024;

/** An escape, a `!!binary` tag or UTF-16 can spell a group without its letters (A11); such a file is parsed to know. */
const DISGUISES = ['\\', '!', '\u0000'];

function mayDefineApps(bytes: Buffer): boolean {
  const holds = (text: string) => bytes.includes(text);
  return GROUPS.some(holds) || (bytes.length <= MAX_BYTES && DISGUISES.some(holds));
}

/** A file beyond the limits is left to the render that reads it, too; what stopped it here may not stop the next run. */
function nothingBeyondLimits(error: unknown): readonly Document[] {
  if (error instanceof RepositoryError && error.code === 'TOO_LARGE') return [];
  if (error instanceof EngineError && error.code === 'limit') return [];
  throw error;
}

/** An object and the line of its document: all that a blob says whatever it is called. */
type Document = readonly [object: JsonObject, line: number];

interface Reading {
  readonly listing: Listing;
  readonly engine: Engine;
  readonly memo: Memo;
  readonly signal: AbortSignal;
}

async function documentsOf(path: string, oid: Oid, { listing, engine, signal }: Reading): Promise<readonly Document[]> {
  if (!mayDefineApps(Buffer.from(await listing.tree.read(oid)))) return [];
  const mounts = [{ at: '/', tree: listing.tree }];
  const request = { operation: 'yaml.parse', mounts, input: { paths: [`/${path}`] } } as const;
  const { objects } = await engine.run(request, signal);
  return objects
    .filter(({ manifest }) => isKubernetesObject(manifest))
    .map(({ manifest, origin }) => [manifest, origin.line ?? 1]);
}

async function definitionsOf(path: string, reading: Reading): Promise<readonly Definition[]> {
  const entry = reading.listing.files.get(path);
  if (entry === undefined || entry.mode === MODES.link || entry.mode === MODES.submodule) return [];
  const documents = await reading.memo
    .about(entry.oid, 'documents/1', () => documentsOf(path, entry.oid, reading))
    .catch(nothingBeyondLimits);
  return documents.map(([object, line]) => ({ object, definedIn: { file: path, line }, cluster: undefined }));
}

/**
 * The controller objects that stand in files, as the API server would read them. What cannot be parsed is left to the
 * render that reads the file (templates of a chart, for example, are no YAML). One request a file, so that the other
 * side of the change, and the next run, repeat only those that differ.
 */
export async function definitionsIn(reading: Reading): Promise<readonly Definition[]> {
  const paths = [...reading.listing.files.keys()].filter(isManifestName);
  const found = await Promise.all(paths.map((path) => definitionsOf(path, reading)));
  return found.flat();
}

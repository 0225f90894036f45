import { isKubernetesObject } from '../model/manifest.ts';
import { MODES } from '../model/tree.ts';
import { type Engine, type EngineAnswer, EngineError } from '../ports/engine.ts';
import { RepositoryError } from '../ports/repository.ts';
import type { Definition } from './convention.ts';
import { isManifestName, type Listing } from './listing.ts';

/** Every controller object carries one of these groups in its apiVersion. */
const GROUPS = ['argoproj.io/', 'toolkit.fluxcd.io/', 'source.extensions.fluxcd.io/'];
/** A list of Applications is a few hundred KB; beyond this only one that says so in plain letters is looked for. */
const MAX_BYTES = 5 * 1024 * 1024;

/** An escape, a `!!binary` tag or UTF-16 can spell a group without its letters (A11); such a file is parsed to know. */
const DISGUISES = ['\\', '!', '\u0000'];

async function mayDefineApps(path: string, { tree, files }: Listing): Promise<boolean> {
  const entry = files.get(path);
  if (entry === undefined || entry.mode === MODES.link || entry.mode === MODES.submodule) return false;
  const bytes = Buffer.from(await tree.read(entry.oid).catch(emptyWhereTooLarge));
  const holds = (text: string) => bytes.includes(text);
  return GROUPS.some(holds) || (bytes.length <= MAX_BYTES && DISGUISES.some(holds));
}

function emptyWhereTooLarge(error: unknown): Uint8Array {
  if (error instanceof RepositoryError && error.code === 'TOO_LARGE') return new Uint8Array();
  throw error;
}

/** A file beyond the limits is left to the render that reads it, too. */
function nothingBeyondLimits(error: unknown): Pick<EngineAnswer, 'objects'> {
  if (error instanceof EngineError && error.code === 'limit') return { objects: [] };
  throw error;
}

async function definitionsOf(
  path: string,
  listing: Listing,
  engine: Engine,
  signal: AbortSignal,
): Promise<readonly Definition[]> {
  if (!(await mayDefineApps(path, listing))) return [];
  const mounts = [{ at: '/', tree: listing.tree }];
  const request = { operation: 'yaml.parse', mounts, input: { paths: [`/${path}`] } } as const;
  const { objects } = await engine.run(request, signal).catch(nothingBeyondLimits);
  return objects
    .filter(({ manifest }) => isKubernetesObject(manifest))
    .map(({ manifest, origin }) => ({
      object: manifest,
      definedIn: { file: path, line: origin.line ?? 1 },
      cluster: undefined,
    }));
}

/**
 * The controller objects that stand in files, as the API server would read them. What cannot be parsed is left to the
 * render that reads the file (templates of a chart, for example, are no YAML). One request a file, so that the other
 * side of the change repeats only those that differ.
 */
export async function definitionsIn(
  listing: Listing,
  engine: Engine,
  signal: AbortSignal,
): Promise<readonly Definition[]> {
  const paths = [...listing.files.keys()].filter(isManifestName);
  const found = await Promise.all(paths.map((path) => definitionsOf(path, listing, engine, signal)));
  return found.flat();
}

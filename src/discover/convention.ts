import { type App, appId } from '../model/app.ts';
import type { JsonObject } from '../model/json.ts';
import type { Policy } from '../model/policy.ts';
import type { RenderSource } from '../model/render-source.ts';
import type { Listing } from './listing.ts';

/** A controller object, from a file or out of a render. */
export interface Definition {
  readonly object: JsonObject;
  readonly definedIn: { readonly file: string; readonly line: number };
  /** The cluster of the app that brings it; undefined where it was read from a file. */
  readonly cluster: string | undefined;
  /** The app that brings it; absent where it was read from a file. */
  readonly broughtBy?: string;
}

/** What a convention may know while it reads definitions of one side. */
export interface DiscoverContext {
  readonly listing: Listing;
  /** Every name of this repository: `--repo-url`, the forge's own, those that policy declares. */
  readonly ownUrls: readonly string[];
  readonly baseBranch: string;
  readonly policy: Policy;
  /** All definitions of the side, for references from one to another (a Flux sourceRef). */
  readonly definitions: readonly Definition[];
  /** Objects that apps of a cluster are known to bring, for references to values (`valuesFrom`, `substituteFrom`). */
  objectsOf(cluster: string): readonly JsonObject[];
  /** Apps of a cluster that bring objects from elsewhere which this run has not looked at, in words for a sentence. */
  unseenIn(cluster: string): readonly string[];
}

/** How one controller names and describes what it syncs; one file each, listed in src/discover/index.ts. */
export interface Convention {
  readonly id: string;
  /** Is this object one that the controller acts on (and not a patch of one)? */
  defines(object: JsonObject): boolean;
  toApp(definition: Definition, context: DiscoverContext): App;
}

/** The app that a controller object defines, once its identity and its source are known. */
export function definedApp(
  identity: Pick<App, 'kind' | 'name' | 'namespace' | 'cluster'>,
  source: RenderSource,
  { object, definedIn, broughtBy }: Definition,
): App {
  const parent = broughtBy === undefined ? {} : { broughtBy };
  return { id: appId(identity), ...identity, path: source.path, definedIn, ...parent, definition: object, source };
}

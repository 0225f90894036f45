import type { AppKind } from './app.ts';
import type { AppFacts, ObjectFacts } from './facts.ts';
import type { JsonObject } from './json.ts';
import type { Origin } from './manifest.ts';

/** One object as its app would apply it, Secret values masked, and where it was written. */
export interface RenderedObject {
  readonly manifest: JsonObject;
  readonly origin: Origin;
  /** Hooks, waves and sync options; left out where there are none. */
  readonly facts?: ObjectFacts;
}

export interface RenderedApp {
  readonly id: string;
  readonly kind: AppKind;
  readonly name: string;
  readonly namespace: string;
  readonly cluster: string;
  readonly path: string;
  /** What the controller object says besides; left out where it says nothing. */
  readonly facts?: AppFacts;
  readonly objects: readonly RenderedObject[];
}

/** What `presync render` prints. The form is a contract: DESIGN 10, docs/cli.md. */
export interface RenderReport {
  readonly schema: 'presync.render/v1';
  readonly versions: Readonly<Record<string, string>>;
  readonly apps: readonly RenderedApp[];
  /** Apps that could not be rendered, each with a sentence. */
  readonly errors: readonly { readonly app: string; readonly reason: string }[];
}

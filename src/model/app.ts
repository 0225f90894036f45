import type { JsonObject } from './json.ts';
import type { RenderSource } from './render-source.ts';

/** Units of a controller, by the kind of their object. */
export type ControllerKind = 'Application' | 'ApplicationSet' | 'Kustomization' | 'HelmRelease';
/** Plain roots: what no controller object covers. */
export type PlainKind = 'KustomizeRoot' | 'Chart' | 'Manifests';
export type AppKind = ControllerKind | PlainKind;

/**
 * One unit that a GitOps controller syncs, or a plain root. `path` is the folder it renders from, relative to the
 * repository; `definedIn` the file that holds the controller object, absent for plain roots.
 */
export interface App {
  readonly id: string;
  readonly kind: AppKind;
  readonly name: string;
  readonly namespace: string;
  /** The cluster that it is synced to; '' where nothing says. */
  readonly cluster: string;
  readonly path: string;
  readonly definedIn?: { readonly file: string; readonly line: number };
  /** Id of the app that renders the controller object; absent where it was read from a file. */
  readonly broughtBy?: string;
  /** The controller object itself; absent for plain roots. */
  readonly definition?: JsonObject;
  readonly source: RenderSource;
}

export function isPlainRoot({ kind }: Pick<App, 'kind'>): boolean {
  return kind === 'KustomizeRoot' || kind === 'Chart' || kind === 'Manifests';
}

export function appId(app: Pick<App, 'kind' | 'cluster' | 'namespace' | 'name'>): string {
  return `${app.kind}:${app.cluster}/${app.namespace}/${app.name}`;
}

import type { RenderSource } from './render-source.ts';

/** `Application` and `Kustomization` belong to a controller; the other three are plain roots that no controller object covers. */
export type AppKind = 'Application' | 'Kustomization' | 'KustomizeRoot' | 'Chart' | 'Manifests';

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
  readonly source: RenderSource;
}

export function appId(app: Pick<App, 'kind' | 'cluster' | 'namespace' | 'name'>): string {
  return `${app.kind}:${app.cluster}/${app.namespace}/${app.name}`;
}

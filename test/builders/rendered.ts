import type { App } from '../../src/model/app.ts';
import { HERE } from '../../src/model/content.ts';
import { appId } from '../../src/model/app.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import type { AppPair } from '../../src/pipeline/affected.ts';
import type { RenderFailure, Rendered } from '../../src/pipeline/render-app.ts';

/** A Kustomize app of Argo CD in `apps/<name>`. */
export function anApp(given: Partial<App> = {}): App {
  const { name = 'shop', cluster = 'production' } = given;
  const path = `apps/${name}`;
  const identity = { kind: 'Application', name, namespace: 'argocd', cluster } as const;
  return {
    id: appId(identity),
    ...identity,
    path,
    source: { type: 'kustomize', path, input: {}, content: HERE },
    ...given,
  };
}

export function aRendered(manifests: readonly Manifest[] = [], failure?: RenderFailure): Rendered {
  const rendered = { app: anApp(), manifests, looks: [], uses: [], warnings: [] };
  return failure === undefined ? rendered : { ...rendered, failure };
}

/** The app `shop` on both sides; leave one out for an app that comes or goes. */
export function aPair({ base, merged }: { readonly base?: Rendered; readonly merged?: Rendered }): AppPair {
  const come = base === undefined ? 'added' : 'changed';
  return { id: anApp().id, base, merged, change: merged === undefined ? 'removed' : come };
}

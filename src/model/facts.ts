import { isObject, type JsonObject, listAt, objectAt, textAt } from './json.ts';

/** What a controller does with an object besides applying it. */
export interface ObjectFacts {
  /** Phases in which it runs: of Argo CD (`PreSync`) or of Helm (`pre-install`). */
  readonly hooks?: readonly string[];
  readonly hookDeletePolicy?: readonly string[];
  /** Of Argo CD the sync wave, of a Helm hook its weight. */
  readonly wave?: number;
  readonly syncOptions?: readonly string[];
}

function words(text: string): readonly string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

/** https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/ and https://helm.sh/docs/topics/charts_hooks/ */
export function objectFacts(object: JsonObject): ObjectFacts {
  const annotations = objectAt(objectAt(object, 'metadata'), 'annotations');
  const first = (...keys: readonly string[]) =>
    keys.map((key) => textAt(annotations, key)).find((text) => text !== '') ?? '';
  const hooks = words(first('argocd.argoproj.io/hook', 'helm.sh/hook'));
  const hookDeletePolicy = words(first('argocd.argoproj.io/hook-delete-policy', 'helm.sh/hook-delete-policy'));
  const syncOptions = words(first('argocd.argoproj.io/sync-options'));
  const wave = first('argocd.argoproj.io/sync-wave', 'helm.sh/hook-weight');
  return {
    ...(hooks.length === 0 ? {} : { hooks }),
    ...(hookDeletePolicy.length === 0 ? {} : { hookDeletePolicy }),
    ...(/^-?\d+$/.test(wave) ? { wave: Number(wave) } : {}),
    ...(syncOptions.length === 0 ? {} : { syncOptions }),
  };
}

/** What a controller object says about its app besides what it renders to. */
export interface AppFacts {
  /** Flux does not apply it until somebody resumes it. */
  readonly suspended?: true;
  /** Are objects removed that it brings no longer? */
  readonly prune?: boolean;
  /** `namespace/name` of what has to be ready before, in the order in which it is written. */
  readonly dependsOn?: readonly string[];
  /** `kind namespace/name` of what has to be healthy after. */
  readonly healthChecks?: readonly string[];
  /** JSON pointers at which helm-controller lets the cluster differ. */
  readonly driftIgnored?: readonly string[];
}

/** https://fluxcd.io/flux/components/kustomize/kustomizations/ and https://fluxcd.io/flux/components/helm/helmreleases/ */
export function appFacts(definition: JsonObject | undefined): AppFacts {
  const spec = objectAt(definition, 'spec');
  const namespace = textAt(objectAt(definition, 'metadata'), 'namespace');
  const named = (one: JsonObject) => `${textAt(one, 'namespace') || namespace}/${textAt(one, 'name')}`;
  const dependsOn = listAt(spec, 'dependsOn').filter(isObject).map(named);
  const healthChecks = listAt(spec, 'healthChecks')
    .filter(isObject)
    .map((one) => `${textAt(one, 'kind')} ${named(one)}`);
  const ignored = listAt(objectAt(spec, 'driftDetection'), 'ignore').filter(isObject);
  const driftIgnored = ignored.flatMap((one) => listAt(one, 'paths').filter((path) => typeof path === 'string'));
  return {
    ...(spec['suspend'] === true ? { suspended: true as const } : {}),
    ...(typeof spec['prune'] === 'boolean' ? { prune: spec['prune'] } : {}),
    ...(dependsOn.length === 0 ? {} : { dependsOn }),
    ...(healthChecks.length === 0 ? {} : { healthChecks }),
    ...(driftIgnored.length === 0 ? {} : { driftIgnored }),
  };
}

import { isObject, type JsonObject, type JsonValue, listAt, objectAt } from '../model/json.ts';
import { groupOf, type Manifest } from '../model/manifest.ts';

/** Who creates the pods, where it is not the object itself. */
const OWNERS: Readonly<Record<string, { readonly apiVersion: string; readonly kind: string }>> = {
  Deployment: { apiVersion: 'apps/v1', kind: 'ReplicaSet' },
  CronJob: { apiVersion: 'batch/v1', kind: 'Job' },
};

/** Their values are no pods: what is made of them is rendered and judged as an app of its own. */
const RENDERED = new Set([
  'helm.toolkit.fluxcd.io HelmRelease',
  'argoproj.io Application',
  'argoproj.io ApplicationSet',
]);

/**
 * The pods that a controller makes of an object: whatever looks like a pod spec, at any depth, in any kind but a Pod. A policy about
 * pods judges them when they are created, whoever creates them.
 */
export function podsOf({ id, object }: Manifest, namespace: string): readonly JsonObject[] {
  if ((id.kind === 'Pod' && id.apiVersion === 'v1') || RENDERED.has(`${groupOf(id.apiVersion)} ${id.kind}`)) return [];
  const owner = {
    ...(OWNERS[id.kind] ?? { apiVersion: id.apiVersion, kind: id.kind }),
    name: id.name,
    controller: true,
  };
  return templatesIn(object, {}).map(({ metadata, spec }) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, namespace, generateName: `${id.name}-`, ownerReferences: [owner] },
    spec,
  }));
}

interface Template {
  readonly metadata: JsonObject;
  readonly spec: JsonObject;
}

/** `metadata` is that beside the value. */
function templatesIn(value: JsonValue, metadata: JsonObject): readonly Template[] {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).flatMap((item) => templatesIn(item, {}));
  if (!isObject(value)) return [];
  if (listAt(value, 'containers').some((one) => isObject(one) && typeof one['image'] === 'string'))
    return [{ metadata, spec: value }];
  return Object.entries(value).flatMap(([key, child]) =>
    templatesIn(child, key === 'spec' ? objectAt(value, 'metadata') : {}),
  );
}

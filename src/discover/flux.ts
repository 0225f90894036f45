import { isObject, type JsonObject, listAt, objectAt, textAt } from '../model/json.ts';
import { objectIdOf } from '../model/manifest.ts';
import { joinPath, normalPath } from '../model/path.ts';
import type { RenderSource } from '../model/render-source.ts';
import { type Convention, definedApp, type Definition, type DiscoverContext } from './convention.ts';
import { fluxCluster } from './flux-cluster.ts';
import { sourceName, sourceNamed } from './flux-sources.ts';
import { valuesFor } from './flux-values.ts';

const GROUP = /^kustomize\.toolkit\.fluxcd\.io\//;

/** Flux Kustomizations: https://fluxcd.io/flux/components/kustomize/kustomizations/ */
export const flux: Convention = {
  id: 'flux',
  defines: (object) =>
    GROUP.test(textAt(object, 'apiVersion')) &&
    textAt(object, 'kind') === 'Kustomization' &&
    textAt(objectAt(objectAt(object, 'spec'), 'sourceRef'), 'kind') !== '',
  toApp(definition, context) {
    const { name, namespace } = objectIdOf(definition.object);
    const identity = {
      kind: 'Kustomization',
      name,
      namespace: namespace || 'flux-system',
      cluster: fluxCluster(definition, context),
    } as const;
    return definedApp(identity, sourceOf(definition, identity.namespace, context), definition);
  },
};

function sourceOf(definition: Definition, namespace: string, context: DiscoverContext): RenderSource {
  const { object } = definition;
  const spec = objectAt(object, 'spec');
  const written = textAt(spec, 'path');
  const inside = normalPath(written);
  const stop = (reason: string): RenderSource => ({ type: 'unknowable', path: inside ?? '', reason });
  const found = sourceNamed(sourceName(objectAt(spec, 'sourceRef'), namespace), { definition, context });
  if ('reason' in found) return { type: 'unknowable', path: '', reason: found.reason };
  if (inside === undefined) return stop(`its path ${written} leaves the repository`);
  const from = listAt(objectAt(spec, 'postBuild'), 'substituteFrom').filter(isObject);
  const substitutes = valuesFor(from, namespace, definition, context);
  if ('reason' in substitutes) return stop(substitutes.reason);
  const input: JsonObject = {
    kustomization: object,
    ...(found.ignore === '' ? {} : { ignore: found.ignore }),
    ...(substitutes.length === 0 ? {} : { substitutes }),
    ...(context.policy.flux.strictSubstitution ? { strict: true } : {}),
  };
  const path = found.root === '' ? inside : joinPath(found.root, inside);
  return { type: 'flux', path, input, content: found.content };
}

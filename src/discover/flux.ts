import { canonicalJson, isObject, type JsonObject, listAt, objectAt, textAt } from '../model/json.ts';
import { objectIdOf } from '../model/manifest.ts';
import { baseNameOf, folderOf, normalPath } from '../model/path.ts';
import type { RenderSource } from '../model/render-source.ts';
import { followsBranch, isThisRepository } from '../model/repository-url.ts';
import { clusterOfPath } from './clusters.ts';
import { type Convention, definedApp, type Definition, type DiscoverContext } from './convention.ts';

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
    const source = sourceOf(definition, identity.namespace, context);
    return definedApp(identity, source, definition);
  },
};

/**
 * Flux objects do not name the cluster that they run in: it is that of the app which brings them, else what policy says of
 * the file, else the folder of the file, where `flux bootstrap` keeps its own part in `flux-system` below it.
 */
export function fluxCluster({ object, definedIn, cluster }: Definition, { policy }: DiscoverContext): string {
  const remote = textAt(objectAt(objectAt(objectAt(object, 'spec'), 'kubeConfig'), 'secretRef'), 'name');
  const folder = folderOf(definedIn.file);
  const own =
    clusterOfPath(definedIn.file, policy) ??
    cluster ??
    (baseNameOf(folder) === 'flux-system' ? folderOf(folder) : folder);
  return remote === '' ? own : `${own}/${remote}`;
}

function sourceOf(definition: Definition, namespace: string, context: DiscoverContext): RenderSource {
  const { object } = definition;
  const spec = objectAt(object, 'spec');
  const written = textAt(spec, 'path');
  const path = normalPath(written);
  const place = placeOf(definition, namespace, context);
  if (place.type !== 'here') return place;
  if (path === undefined) return { type: 'unknowable', path: '', reason: `its path ${written} leaves the repository` };
  const missing = requiredSubstitute(spec);
  if (missing !== undefined) {
    return {
      type: 'unknowable',
      path,
      reason: `its postBuild takes values from ${missing}, which is known only in the cluster`,
    };
  }
  const input = { kustomization: object };
  return { type: 'flux', path, input: place.ignore === '' ? input : { ...input, ignore: place.ignore } };
}

/** The first ConfigMap or Secret that substitution needs; the optional ones count as absent. */
function requiredSubstitute(spec: JsonObject): string | undefined {
  const sources = listAt(objectAt(spec, 'postBuild'), 'substituteFrom').filter(isObject);
  const required = sources.find((source) => source['optional'] !== true);
  return required && `${textAt(required, 'kind')} ${textAt(required, 'name')}`;
}

/** Where the content is: `elsewhere` where it is no content of the change, else what source-controller leaves out of it. */
type Place = RenderSource | { readonly type: 'here'; readonly ignore: string };

function unknowable(reason: string): Place {
  return { type: 'unknowable', path: '', reason };
}

function placeOf(definition: Definition, namespace: string, context: DiscoverContext): Place {
  const reference = objectAt(objectAt(definition.object, 'spec'), 'sourceRef');
  const kind = textAt(reference, 'kind');
  const name = textAt(reference, 'name');
  if (kind !== 'GitRepository') return unknowable(`its source is ${kind} ${name}, which presync does not read yet`);
  const home = textAt(reference, 'namespace') || namespace;
  const found = context.definitions.filter(({ object }) => isSource(object, name, home));
  if (found.length === 0) {
    // `flux bootstrap` creates this one in the cluster, from this very repository.
    if (name === 'flux-system') return { type: 'here', ignore: '' };
    return unknowable(`GitRepository ${home}/${name} is in no file of this repository`);
  }
  const cluster = fluxCluster(definition, context);
  const near = found.filter((one) => fluxCluster(one, context) === cluster);
  const answer = [found, near]
    .map((some) => unanimous(some.map(({ object }) => placeIn(object, context))))
    .find((one) => one !== undefined);
  const files = [...new Set(found.map(({ definedIn }) => definedIn.file))].filter((file) => file !== '').toSorted();
  return answer ?? unknowable(`GitRepository ${home}/${name} is defined in several ways: ${files.join(', ')}`);
}

/** Which of several definitions the cluster holds is not known, so it must not matter. */
function unanimous(places: readonly Place[]): Place | undefined {
  const [place] = places;
  return place !== undefined && places.every((other) => canonicalJson(other) === canonicalJson(place))
    ? place
    : undefined;
}

function placeIn(repository: JsonObject, context: DiscoverContext): Place {
  const spec = objectAt(repository, 'spec');
  const url = textAt(spec, 'url');
  if (!isThisRepository(url, context.ownUrls)) return { type: 'elsewhere', path: '', where: url };
  if (listAt(spec, 'include').length > 0)
    return unknowable('its GitRepository includes others, which presync does not read yet');
  return otherRevision(objectAt(spec, 'ref'), context.baseBranch) ?? { type: 'here', ignore: textAt(spec, 'ignore') };
}

function isSource(object: JsonObject, name: string, namespace: string): boolean {
  const id = objectIdOf(object);
  return id.kind === 'GitRepository' && id.name === name && (id.namespace || 'flux-system') === namespace;
}

/** Flux prefers commit, then name, semver, tag, branch; without any it follows `master`. https://fluxcd.io/flux/components/source/gitrepositories/#reference */
function otherRevision(ref: JsonObject, branch: string): RenderSource | undefined {
  const pinned = ['commit', 'name', 'semver', 'tag'].map((key) => textAt(ref, key)).find((text) => text !== '');
  const followed = pinned ?? (textAt(ref, 'branch') || 'master');
  return followsBranch(followed, branch)
    ? undefined
    : { type: 'elsewhere', path: '', where: `revision ${followed} of this repository` };
}

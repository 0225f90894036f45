import type { Problem } from '../model/finding.ts';
import { canonicalJson, isObject, listAt, objectAt, textAt, valueAt } from '../model/json.ts';
import { groupOf, identityKey, type Manifest, type ObjectId } from '../model/manifest.ts';
import type { Policy } from '../model/policy.ts';
import type { World } from '../model/world.ts';
import type { AppPair } from './affected.ts';
import { isController, isTrusted } from './trusted.ts';
import type { Dependent, Undeclared } from './undeclared.ts';

const VERSION = 'kubernetes';

/** Which app of which cluster, for what is said about it. */
interface Place {
  readonly app: string;
  readonly side: Problem['side'];
  /** The key of the cluster in policy, or what stands for it. */
  readonly cluster: string;
  /** APIs that objects of the same cluster define. */
  readonly defined: ReadonlySet<string>;
  readonly shown: readonly Manifest[];
  /** Other forms of what is shown. */
  readonly forms: readonly Manifest[];
}

const WHY = 'Nobody has declared it: what was reviewed may not be what is applied.';

/** Where it matters what a cluster has that nobody declared. */
export function undeclared(
  pairs: readonly AppPair[],
  worlds: Readonly<Record<Problem['side'], World>>,
  policy: Policy,
): readonly Problem[] {
  return (['base', 'merged'] as const).flatMap((side) => {
    const defined = definedIn(worlds[side].manifests);
    return pairs.flatMap((pair) => {
      const rendered = pair[side];
      if (rendered === undefined) return [];
      const { id: app, cluster } = rendered.app;
      const place = {
        app,
        side,
        cluster: keyOf(cluster, policy),
        defined: defined.get(cluster) ?? new Set<string>(),
        shown: rendered.manifests,
        forms: rendered.variants ?? [],
      };
      return (rendered.undeclared ?? []).flatMap((one) => inRender(one, place));
    });
  });
}

function inRender(render: Undeclared, place: Place): readonly Problem[] {
  const dependent = render.dependent.filter((one) => !isFilledByOpenShift(one, place));
  return [
    ...dependent.filter((one) => matters(one, place)).map((one) => dependentProblem(one, place)),
    ...listedProblem(render, place),
    ...partialProblem(render, place),
    ...advice(dependent, place),
  ];
}

/** What is there anyway, or cannot be applied anyway, harms nobody: every form of it was judged. */
function matters({ object, pointer, on }: Dependent, { defined }: Place): boolean {
  // The engine pairs objects of one group: the same object in another version.
  if (pointer === '/apiVersion' || !isTrusted(object, pointer)) return false;
  if (isController(object)) return true;
  if (on.every((name) => defined.has(name))) return false;
  return !(pointer === '' && on.every((name) => isOwnApi(name, object)));
}

/** An object cannot be applied where its own API is missing. */
function isOwnApi(name: string, { apiVersion, kind }: ObjectId): boolean {
  return name === apiVersion || name === `${apiVersion}/${kind}`;
}

/**
 * Charts leave these to OpenShift, which refuses fixed ones and gives each namespace its own range:
 * https://docs.redhat.com/en/documentation/openshift_container_platform/4.19/html/authentication_and_authorization/managing-pod-security-policies
 */
const FILLED_BY_OPENSHIFT = /\/securityContext\/(runAsUser|runAsGroup|fsGroup|supplementalGroups|seLinuxOptions)(\/|$)/;

function isFilledByOpenShift(dependent: Dependent, place: Place): boolean {
  const { pointer, on, isGone } = dependent;
  const isAsked = on.every((name) => name.startsWith('security.openshift.io/'));
  return isGone && isAsked && (FILLED_BY_OPENSHIFT.test(pointer) || hasOnlyFilled(dependent, place));
}

/** A chart may leave out the whole of a security context, where there is nothing else in it. */
function hasOnlyFilled({ object, pointer }: Dependent, { shown }: Place): boolean {
  const key = identityKey(object);
  const manifest = pointer.endsWith('/securityContext') && shown.find(({ id }) => identityKey(id) === key);
  const value = manifest ? valueAt(manifest.object, pointer) : undefined;
  return isObject(value) && Object.keys(value).every((field) => FILLED_BY_OPENSHIFT.test(`${pointer}/${field}`));
}

function dependentProblem({ object, pointer, on }: Dependent, place: Place): Problem {
  const what = pointer === '' ? 'whether it exists' : pointer;
  return {
    ...blocking(place),
    object,
    pointer,
    key: `cluster ${pointer}`,
    facets: isController(object) ? [...on, ...formsOf(object, place)] : on,
    message: `${what} depends on ${causeText(on)}`,
    fix: fixText(on, place),
  };
}

/** What another form of a controller's object brings is looked at by nobody, and so each form is a finding of its own. */
function formsOf(object: ObjectId, { forms }: Place): readonly string[] {
  const key = identityKey(object);
  return forms.filter(({ id }) => identityKey(id) === key).map((form) => canonicalJson(form.object));
}

function blocking({ app, side }: Place) {
  const rule = { rule: 'render/not-predictable', alias: '', severity: 'high', enforcement: 'required' } as const;
  return { ...rule, side, app, why: WHY };
}

/** What was not tried on one side says nothing about what is not tried on the other: of the base it makes nothing existing. */
function isUntried(isSo: boolean, { side }: Place): boolean {
  return isSo && side === 'merged';
}

function listedProblem({ isListed }: Undeclared, place: Place): readonly Problem[] {
  if (!isUntried(isListed, place)) return [];
  return [
    {
      ...blocking(place),
      object: null,
      pointer: '',
      key: 'cluster list',
      facets: [],
      message: 'templates go through the list of all APIs of the cluster, so that any of them may decide',
      fix: 'Ask for one API with .Capabilities.APIVersions.Has, or give the source its own list (helm.apiVersions of an Application).',
    },
  ];
}

function partialProblem({ apis, version, isPartial }: Undeclared, place: Place): readonly Problem[] {
  if (!isUntried(isPartial, place)) return [];
  const names = [...apis, ...(version ? [VERSION] : [])];
  return [
    {
      ...blocking(place),
      object: null,
      pointer: '',
      key: 'cluster combinations',
      facets: names,
      message: `templates ask for more of the cluster than can be tried in every combination, so that not all was judged: ${causeText(names)}`,
      fix: fixText(names, place),
    },
  ];
}

/** All of it, also what is harmless: what is shown may not be what this cluster gets. */
function advice(dependent: readonly Dependent[], place: Place): readonly Problem[] {
  const names = [...new Set(dependent.flatMap(({ on }) => on))].toSorted();
  if (names.length === 0) return [];
  return [
    {
      rule: 'render/cluster-not-declared',
      alias: '',
      side: place.side,
      severity: 'low',
      enforcement: 'advice',
      app: place.app,
      object: null,
      pointer: '',
      key: 'capabilities',
      facets: names,
      message: `what the templates make depends on ${causeText(names)}, which nobody has declared`,
      why: 'It is shown for the newest Kubernetes without further APIs, and was judged for the others too.',
      fix: fixText(names, place),
    },
  ];
}

/** `whether the cluster has a/v1 or b/v1, and on its version of Kubernetes`. */
function causeText(on: readonly string[]): string {
  const apis = on.filter((name) => name !== VERSION);
  const has = apis.length === 0 ? [] : [`whether the cluster has ${apis.join(' or ')}`];
  return [...has, ...(on.includes(VERSION) ? ['its version of Kubernetes'] : [])].join(' and on ');
}

function fixText(on: readonly string[], { cluster }: Place): string {
  const apis = on.filter((name) => name !== VERSION);
  const list = apis.length === 0 ? [] : [`${apis.join(', ')} under clusters.${cluster}.apiVersions`];
  const version = on.includes(VERSION) ? [`the version up to its patch as clusters.${cluster}.kubernetes`] : [];
  const absent = apis[0] === undefined ? '' : `; "!${apis[0]}" says that the cluster does not have it`;
  return `Declare ${[...list, ...version].join(', and ')} in .presync.yaml${absent}.`;
}

/** As `clusterNamed` finds it: by its name, or the only one. */
function keyOf(cluster: string, { clusters }: Policy): string {
  const names = Object.keys(clusters);
  const [only = ''] = names;
  if (Object.hasOwn(clusters, cluster)) return cluster;
  return names.length === 1 ? only : '<name>';
}

/** What the CustomResourceDefinitions of each cluster bring. */
function definedIn(manifests: readonly Manifest[]): ReadonlyMap<string, ReadonlySet<string>> {
  const defined = new Map<string, Set<string>>();
  for (const { id, cluster, object } of manifests) {
    if (id.kind !== 'CustomResourceDefinition' || groupOf(id.apiVersion) !== 'apiextensions.k8s.io') continue;
    const names = defined.get(cluster) ?? new Set<string>();
    for (const version of listAt(objectAt(object, 'spec'), 'versions')) {
      if (!isObject(version) || version['served'] !== true) continue;
      const name = `${textAt(objectAt(object, 'spec'), 'group')}/${textAt(version, 'name')}`;
      names.add(name).add(`${name}/${textAt(objectAt(objectAt(object, 'spec'), 'names'), 'kind')}`);
    }
    defined.set(cluster, names);
  }
  return defined;
}

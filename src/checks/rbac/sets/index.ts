import type { Problem } from '../../../model/finding.ts';
import { canonicalJson, listAt, objectAt, pointer, textAt } from '../../../model/json.ts';
import { groupOf, identityKey, type Manifest, objectIdOf } from '../../../model/manifest.ts';
import type { World } from '../../../model/world.ts';
import type { CheckInput } from '../../check.ts';
import { itemsOf } from '../object.ts';
import { operatorGrantsUnread } from '../operators/unread.ts';
import { quoted } from '../wording.ts';
import { type Carried, contentOf } from './content.ts';

/** An object that goes to other clusters, and where the findings about it belong. */
interface Sent {
  readonly manifest: Manifest;
  readonly owner: Manifest;
  readonly pointer: string;
  readonly set: Manifest;
}

interface Unread {
  readonly owner: Manifest;
  readonly set: Manifest;
  readonly why: string;
}

/**
 * What ClusterResourceSets (Cluster API) bring to other clusters: ConfigMaps and Secrets of their namespace, whose values are
 * objects as text. https://cluster-api.sigs.k8s.io/tasks/cluster-resource-set
 */
export interface Sets {
  /** The worlds with these objects, in clusters of their own: those of one selector are in the same clusters. */
  readonly input: CheckInput;
  /** Problems of these objects as problems of what carries them, and what could not be read. */
  addressed(problems: readonly Problem[]): readonly Problem[];
}

export function withSets(input: CheckInput): Sets {
  const { base, merged, whole } = input;
  const touched = new Set([...base.manifests, ...merged.manifests].map(({ app }) => app));
  const [before, after] = [foundIn(whole?.base ?? base, touched), foundIn(whole?.merged ?? merged, touched)];
  const all = [...before.sent, ...after.sent];
  const unread = [
    ...before.unread.map((one) => unreadProblem(one, 'base')),
    ...after.unread.map((one) => unreadProblem(one, 'merged')),
  ];
  if (all.length + unread.length === 0) return { input, addressed: (problems) => problems };
  const everything = whole && {
    ...whole,
    base: wholeWith(whole.base, before),
    merged: wholeWith(whole.merged, after),
  };
  const affects = ({ owner, set }: Sent): boolean => touched.has(owner.app) || touched.has(set.app);
  const sides = {
    base: withSent(base, before.sent.filter(affects)),
    merged: withSent(merged, after.sent.filter(affects)),
  };
  return {
    input: { ...input, ...sides, whole: everything },
    addressed: (problems) => [...addressedTo(all, problems), ...unread.filter(({ app }) => touched.has(app))],
  };
}

/** Does what is touched bring anything to other clusters, or may it? */
export function isOfSets(touched: readonly Manifest[], all: readonly Manifest[]): boolean {
  if (touched.some((one) => itemsOfSets(one).length > 0)) return true;
  return touched.some(isMap) && all.some((one) => itemsOfSets(one).length > 0);
}

function withSent(world: World, sent: readonly Sent[]): World {
  if (sent.length === 0) return world;
  return { ...world, manifests: [...world.manifests, ...sent.map(({ manifest }) => manifest)] };
}

const GROUP = 'addons.cluster.x-k8s.io';

interface Found {
  readonly sent: readonly Sent[];
  readonly unread: readonly Unread[];
}

/** Blame asks about many merge results and one base: what a world brings elsewhere, by what is touched, and that world with it. */
const FOUND = new WeakMap<World, Map<string, Found>>();
const WHOLE = new WeakMap<Found, World>();

function foundIn(world: World, touched: ReadonlySet<string>): Found {
  const byTouched = FOUND.get(world) ?? new Map<string, Found>();
  FOUND.set(world, byTouched);
  const key = JSON.stringify([...touched].toSorted());
  const found = byTouched.get(key) ?? findIn(world, touched);
  byTouched.set(key, found);
  return found;
}

function wholeWith(world: World, found: Found): World {
  const known = WHOLE.get(found) ?? withSent(world, found.sent);
  WHOLE.set(found, known);
  return known;
}

function findIn({ manifests }: World, touched: ReadonlySet<string>): Found {
  const sets = manifests.flatMap(itemsOfSets);
  if (sets.length === 0) return { sent: [], unread: [] };
  const maps = Map.groupBy(manifests.filter(isMap), (one) => `${one.cluster}\u0001${identityKey(one.id)}`);
  const found = sets.flatMap((set) =>
    referencesOf(set).map((reference) => carriedBy(set, reference, { maps, touched })),
  );
  return { sent: found.flatMap(({ sent = [] }) => sent), unread: found.flatMap(({ unread = [] }) => unread) };
}

type Reference = Readonly<Record<'kind' | 'name', string>>;

function referencesOf({ object }: Manifest): readonly Reference[] {
  return listAt(objectAt(object, 'spec'), 'resources').map((one) => {
    return { kind: textAt(one, 'kind'), name: textAt(one, 'name') };
  });
}

interface Carrying {
  readonly maps: ReadonlyMap<string, readonly Manifest[]>;
  readonly touched: ReadonlySet<string>;
}

function carriedBy(set: Manifest, { kind, name }: Reference, { maps, touched }: Carrying): Partial<Found> {
  // Others are refused by the API server.
  if (kind !== 'ConfigMap' && kind !== 'Secret') return {};
  const id = { apiVersion: 'v1', kind, namespace: set.id.namespace, name };
  const found = maps.get(`${set.cluster}\u0001${identityKey(id)}`) ?? [];
  const what = `${kind} ${quoted(name)}`;
  if (found.length === 0) return { unread: [{ owner: set, set, why: `${what} is in no app` }] };
  const contents = found.map((map) => ({ map, content: contentOf(map) }));
  return {
    unread: contents.flatMap(({ map, content }) =>
      'unread' in content ? [{ owner: ownerIn(set, map, touched), set, why: `${what}: ${content.unread}` }] : [],
    ),
    sent: contents.flatMap(({ map, content }) =>
      'unread' in content ? [] : sentIn(set, map, content.carried, touched),
    ),
  };
}

/** What an app that is not touched carries is brought by the set that names it. */
function ownerIn(set: Manifest, map: Manifest, touched: ReadonlySet<string>): Manifest {
  return touched.has(map.app) ? map : set;
}

function sentIn(
  set: Manifest,
  map: Manifest,
  carried: readonly Carried[],
  touched: ReadonlySet<string>,
): readonly Sent[] {
  const owner = ownerIn(set, map, touched);
  return carried.map(({ object, pointer: at }) => {
    return {
      manifest: sentBy(set, owner, object),
      owner,
      set,
      pointer: owner === map ? at : pointer('spec', 'resources'),
    };
  });
}

function itemsOfSets(manifest: Manifest): readonly Manifest[] {
  if (groupOf(manifest.id.apiVersion) !== GROUP) return [];
  return itemsOf(manifest).filter(({ id }) => id.kind === 'ClusterResourceSet');
}

function isMap({ id }: Manifest): boolean {
  return groupOf(id.apiVersion) === '' && (id.kind === 'ConfigMap' || id.kind === 'Secret');
}

/** Neither the app nor the cluster is one that anybody can name, so that what goes elsewhere never meets what is here. */
function sentBy(set: Manifest, owner: Manifest, object: Manifest['object']): Manifest {
  const selector = canonicalJson(objectAt(objectAt(set.object, 'spec'), 'clusterSelector'));
  const cluster = `${set.cluster}\u0002${set.id.namespace}\u0002${selector}`;
  const app = [owner.app, identityKey(owner.id), identityKey(set.id)].join('\u0002');
  return { ...owner, id: objectIdOf(object), object, app, cluster };
}

function addressedTo(all: readonly Sent[], problems: readonly Problem[]): readonly Problem[] {
  const byPlace = new Map(all.map((one) => [placeOf(one.manifest.app, one.manifest.id), one]));
  const at = ({ app, object }: Placed): Sent | undefined =>
    object === null ? undefined : byPlace.get(placeOf(app, object));
  return problems.map((problem) => {
    const path = problem.path?.map((step) => ({ ...step, ...ownerOf(at(step)) }));
    const steps = path === undefined ? {} : { path };
    const found = at(problem);
    if (found === undefined) return { ...problem, ...steps };
    const { id } = found.set;
    const key = `${problem.key} of ${identityKey(found.manifest.id)} by ${identityKey(id)}`;
    const message = `${problem.message}, in the clusters of ClusterResourceSet ${quoted(id.name)}`;
    return { ...problem, ...steps, ...ownerOf(found), key, message };
  });
}

type Placed = Pick<Problem, 'app' | 'object'>;

function ownerOf(
  sent: Sent | undefined,
): (Pick<Problem, 'app' | 'pointer'> & { readonly object: Manifest['id'] }) | undefined {
  return sent && { app: sent.owner.app, object: sent.owner.id, pointer: sent.pointer };
}

function placeOf(app: string, id: Manifest['id']): string {
  return `${app}\u0000${identityKey(id)}`;
}

function unreadProblem({ owner, set, why }: Unread, side: Problem['side']): Problem {
  const { id, alias, severity, enforcement, why: reason, fix } = operatorGrantsUnread;
  const message = `ClusterResourceSet ${quoted(set.id.name)} is not read: its ${why}`;
  const said = { severity, enforcement, why: reason, fix, side, rule: id, alias };
  return {
    ...said,
    app: owner.app,
    object: owner.id,
    pointer: '',
    key: `set ${identityKey(set.id)}`,
    facets: [why],
    message,
  };
}

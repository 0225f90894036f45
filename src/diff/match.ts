import { canonicalJson, isObject, type JsonObject, type JsonValue, textAt, textsAt } from '../model/json.ts';
import { hasDependentVariables } from './noise.ts';

/** Two items of a list that stand for the same thing; `undefined` on the side that has no such item. `label` names it. */
export interface Pair {
  readonly label: string;
  readonly before: number | undefined;
  readonly after: number | undefined;
}

/** `order` holds what stands on both sides, in each side's order, where the order has a meaning and is another. */
export interface Matched {
  readonly pairs: readonly Pair[];
  readonly order: { readonly before: readonly string[]; readonly after: readonly string[] } | undefined;
}

type Identify = (item: JsonObject) => string;

const byName: Identify = (item) => textAt(item, 'name');
const byPort: Identify = (item) => {
  const port = item['containerPort'] ?? item['port'];
  return port === undefined ? '' : `${scalarText(port)}/${textAt(item, 'protocol') || 'TCP'}`;
};

/** Lists that the API server merges by a key, and in which order means nothing (patchMergeKey in k8s.io/api). */
const UNORDERED: ReadonlyMap<string, Identify> = new Map(
  Object.entries({
    containers: byName,
    ephemeralContainers: byName,
    volumes: byName,
    env: byName,
    imagePullSecrets: byName,
    secrets: byName,
    webhooks: byName,
    volumeMounts: (item) => textAt(item, 'mountPath'),
    volumeDevices: (item) => textAt(item, 'devicePath'),
    hostAliases: (item) => textAt(item, 'ip'),
    conditions: (item) => textAt(item, 'type'),
    ports: byPort,
    subjects: (item) => [textAt(item, 'kind'), textAt(item, 'namespace'), textAt(item, 'name')].join(' '),
    tolerations: (item) => canonicalJson(item),
  } satisfies Record<string, Identify>),
);

/** Lists of words that are sets. */
const SETS = new Set(
  'verbs apiGroups resources resourceNames nonResourceURLs accessModes policyTypes finalizers namespaces shortNames categories'.split(
    ' ',
  ),
);

function isSet(name: string, owner: string): boolean {
  return SETS.has(name) || (owner === 'capabilities' && (name === 'add' || name === 'drop'));
}

/** What a rule of a Role is about; its verbs are compared inside. */
function ruleSubject(rule: JsonObject): string {
  const words = ['apiGroups', 'resources', 'resourceNames', 'nonResourceURLs'].map((key) =>
    textsAt(rule, key).toSorted(),
  );
  return words
    .map((list) => list.join(','))
    .join(' ')
    .trim();
}

function isRbacRule(item: JsonValue): boolean {
  return isObject(item) && Array.isArray(item['verbs']);
}

/**
 * Pairs the items of a list at `tokens`: by key where the list has one, as a set where it is one, else by place after equal
 * beginnings and ends. Nothing is lost: an index of either side stands in exactly one pair or equals its partner.
 */
export function matchItems(
  tokens: readonly string[],
  before: readonly JsonValue[],
  after: readonly JsonValue[],
): Matched {
  const name = tokens.at(-1) ?? '';
  const all = [...before, ...after];
  if (all.every(isRbacRule) && all.length > 0) return asKeyed(before, after, ruleSubject) ?? asSet(before, after);
  if (all.every(isObject)) return matchObjects(name, before, after);
  if (all.some((item) => isObject(item) || Array.isArray(item))) return byPlace(before, after);
  return isSet(name, tokens.at(-2) ?? '') ? asSet(before, after) : asFlags(before, after);
}

function matchObjects(name: string, before: readonly JsonValue[], after: readonly JsonValue[]): Matched {
  const identify = UNORDERED.get(name);
  const known = identify && asKeyed(before, after, identify);
  if (known !== undefined && !(name === 'env' && hasDependentVariables([...before, ...after]))) return known;
  const named = asKeyed(before, after, byName);
  return named === undefined ? byPlace(before, after) : withOrder(named, before, after);
}

/** Undefined where a key is missing or stands twice: then it tells nothing. */
function asKeyed(before: readonly JsonValue[], after: readonly JsonValue[], identify: Identify): Matched | undefined {
  const [left, right] = [before, after].map((list) => indexed(list, (item) => (isObject(item) ? identify(item) : '')));
  if (left === undefined || right === undefined) return undefined;
  const keys = [...new Set([...left.keys(), ...right.keys()])].toSorted();
  return {
    pairs: keys.map((label) => ({ label, before: left.get(label), after: right.get(label) })),
    order: undefined,
  };
}

function indexed(
  list: readonly JsonValue[],
  identify: (item: JsonValue) => string,
): ReadonlyMap<string, number> | undefined {
  const found = new Map(list.map((item, index) => [identify(item), index]));
  return found.has('') || found.size !== list.length ? undefined : found;
}

/** In a list that nothing says to be a set, an order that changed is told: init containers run in theirs. */
function withOrder({ pairs }: Matched, before: readonly JsonValue[], after: readonly JsonValue[]): Matched {
  const kept = new Set(
    pairs.filter((pair) => pair.before !== undefined && pair.after !== undefined).map(({ label }) => label),
  );
  const names = (list: readonly JsonValue[]) =>
    list.map((item) => textAt(item, 'name')).filter((label) => kept.has(label));
  return { pairs, order: unlessEqual(names(before), names(after)) };
}

function unlessEqual(before: readonly string[], after: readonly string[]): Matched['order'] {
  return before.every((label, index) => label === after[index]) ? undefined : { before, after };
}

/** Equal items cancel out, however they are ordered; what is left over is a removal or an addition. */
function asSet(before: readonly JsonValue[], after: readonly JsonValue[]): Matched {
  const left = Map.groupBy(before.keys(), (index) => canonicalJson(before[index] ?? null));
  const right = Map.groupBy(after.keys(), (index) => canonicalJson(after[index] ?? null));
  const keys = [...new Set([...left.keys(), ...right.keys()])].toSorted();
  const pairs = keys.flatMap((key) => {
    const [ours, theirs] = [left.get(key) ?? [], right.get(key) ?? []];
    const shared = Math.min(ours.length, theirs.length);
    const removed = ours.slice(shared).map((index) => ({ label: '', before: index, after: undefined }));
    return [...removed, ...theirs.slice(shared).map((index) => ({ label: '', before: undefined, after: index }))];
  });
  return { pairs, order: undefined };
}

/** `--name=value` and `NAME=value` by their name, as long as each stands once and in the same order; else by place. */
function asFlags(before: readonly JsonValue[], after: readonly JsonValue[]): Matched {
  const [left, right] = [before, after].map((list) => indexed(list, flagName));
  if (left === undefined || right === undefined) return byPlace(before, after);
  const [ours, theirs] = [
    [...left.keys()].filter((key) => right.has(key)),
    [...right.keys()].filter((key) => left.has(key)),
  ];
  if (unlessEqual(ours, theirs) !== undefined) return byPlace(before, after);
  const keys = [...new Set([...left.keys(), ...right.keys()])].toSorted();
  return {
    pairs: keys.map((label) => ({ label, before: left.get(label), after: right.get(label) })),
    order: undefined,
  };
}

function flagName(item: JsonValue): string {
  const text = scalarText(item);
  return /^[-\w.]+(?==)/.exec(text)?.[0] ?? text;
}

/** Equal beginnings and ends are dropped, the middle is paired by place: linear, and the same from both sides. */
function byPlace(before: readonly JsonValue[], after: readonly JsonValue[]): Matched {
  const [ours, theirs] = [before, after].map((list) => list.map((item) => canonicalJson(item)));
  const shorter = Math.min(before.length, after.length);
  const isSame = (left: number, right: number) => ours?.[left] === theirs?.[right];
  let start = 0;
  while (start < shorter && isSame(start, start)) start += 1;
  let end = 0;
  while (end < shorter - start && isSame(before.length - 1 - end, after.length - 1 - end)) end += 1;
  const middle = Math.max(before.length, after.length) - start - end;
  const pairs = Array.from({ length: middle }, (_, offset) => {
    const index = start + offset;
    const at = (list: readonly JsonValue[]) => (index < list.length - end ? index : undefined);
    return { label: String(index), before: at(before), after: at(after) };
  });
  return { pairs, order: undefined };
}

function scalarText(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

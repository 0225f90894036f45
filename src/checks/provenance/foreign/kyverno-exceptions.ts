import { matchesGlob } from '../../../model/glob.ts';
import { isObject, type JsonObject, listAt, objectAt, textAt, textsAt } from '../../../model/json.ts';
import { groupOf, type Manifest } from '../../../model/manifest.ts';
import { type Action, namespaceGlob } from './kyverno-actions.ts';
import { nameOf, Untranslatable } from './reading.ts';

/** What exceptions leave of a rule. */
export interface Excepted {
  readonly actions: readonly Action[];
  readonly unread: readonly string[];
}

export function isRuleException({ id: { apiVersion, kind } }: Manifest): boolean {
  return groupOf(apiVersion) === 'kyverno.io' && kind === 'PolicyException';
}

/** https://github.com/kyverno/kyverno/blob/main/api/kyverno/v2/policy_exception_types.go (Contains) */
export function isExceptedBy(exception: Manifest, policy: Manifest, rule: string): boolean {
  const { namespace, name } = policy.id;
  const key = namespace === '' ? name : `${namespace}/${name}`;
  const own = listAt(objectAt(exception.object, 'spec'), 'exceptions').filter(
    (one) => textAt(one, 'policyName') === key,
  );
  return (
    isRuleException(exception) &&
    exception.cluster === policy.cluster &&
    own.some((one) => textsAt(one, 'ruleNames').some((pattern) => matchesGlob(pattern.replace(/\*+/g, '**'), rule)))
  );
}

/** Its rules about images, as they are written and as autogen calls them. */
export function verifyingRules({ object }: Manifest): readonly string[] {
  const rules = listAt(objectAt(object, 'spec'), 'rules').filter((rule) => listAt(rule, 'verifyImages').length > 0);
  return rules.flatMap((rule) => formsOf(textAt(rule, 'name')));
}

function formsOf(rule: string): readonly string[] {
  return [rule, `autogen-${rule}`, `autogen-cronjob-${rule}`];
}

/**
 * Where an exception leaves out all that is made of a pod in namespaces that it names, the rule does not hold. What else it leaves out
 * is not read: where that may be, the rule only advises.
 */
export function withoutExcepted(
  actions: readonly Action[],
  { policy, rule, all }: { readonly policy: Manifest; readonly rule: string; readonly all: readonly Manifest[] },
): Excepted {
  const forms = formsOf(rule);
  const meant = all.filter((one) => forms.some((form) => isExceptedBy(one, policy, form)));
  if (meant.length === 0) return { actions, unread: [] };
  const read = meant.map((exception) => {
    const isWhole = forms.every((form) => isExceptedBy(exception, policy, form)) && isExact(exception);
    return { exception, namespaces: namespacesOf(exception), isWhole };
  });
  const free = read.flatMap(({ isWhole, namespaces = [] }) => (isWhole ? namespaces : []));
  const doubted = read.filter(({ isWhole, namespaces }) => !isWhole || namespaces === undefined);
  const open = doubted.map(({ namespaces }) => namespaces);
  const unread = doubted.map(
    ({ exception }) =>
      `${nameOf(exception)} may leave objects out of its rule ${rule}, which only advises where that may be`,
  );
  return { actions: actions.flatMap((action) => leftOf(action, free, open)), unread };
}

function leftOf(
  action: Action,
  free: readonly string[],
  open: readonly (readonly string[] | undefined)[],
): readonly Action[] {
  const rest = { ...action, exceptNamespaces: [...(action.exceptNamespaces ?? []), ...free] };
  const named = open.flatMap((one) => one ?? []);
  if (action.mode !== 'block' || open.length === 0) return [rest];
  const own = open.includes(undefined) ? undefined : within(action.namespaces, named);
  if (own === undefined) return [{ ...rest, mode: 'advise' }];
  const advised: readonly Action[] = own.length === 0 ? [] : [{ ...rest, namespaces: own, mode: 'advise' }];
  return [{ ...rest, exceptNamespaces: [...rest.exceptNamespaces, ...named] }, ...advised];
}

/** Those of the names that the rule is about; undefined where that is no list. */
function within(namespaces: readonly string[] | undefined, names: readonly string[]): readonly string[] | undefined {
  if (namespaces === undefined) return names;
  if (names.some((name) => name.includes('*'))) return undefined;
  return names.filter((name) => namespaces.some((glob) => matchesGlob(glob, name)));
}

function selectionsOf({ object }: Manifest): readonly JsonObject[] {
  const match = objectAt(objectAt(object, 'spec'), 'match');
  return [...listAt(match, 'any'), ...listAt(match, 'all')].filter(isObject);
}

/** Undefined where it names none, or in a way that has no counterpart. */
function namespacesOf(exception: Manifest): readonly string[] | undefined {
  const selections = selectionsOf(exception).map((one) => textsAt(objectAt(one, 'resources'), 'namespaces'));
  if (selections.length === 0 || selections.some((names) => names.length === 0)) return undefined;
  try {
    return selections.flat().map(namespaceGlob);
  } catch (error) {
    if (error instanceof Untranslatable) return undefined;
    throw error;
  }
}

/** Kinds of which autogen makes rules: https://kyverno.io/docs/policy-types/cluster-policy/autogen/ */
const KINDS = [
  'Pod',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Job',
  'CronJob',
];

/** Does it leave out everything in the namespaces that it names? */
function isExact(exception: Manifest): boolean {
  const spec = objectAt(exception.object, 'spec');
  const selections = selectionsOf(exception);
  const isPlain = Object.keys(spec).every((key) => ['exceptions', 'match', 'background'].includes(key));
  return isPlain && listAt(objectAt(spec, 'match'), 'all').length <= 1 && selections.every(isWholeNamespace);
}

function isWholeNamespace(selection: JsonObject): boolean {
  const resources = objectAt(selection, 'resources');
  const kinds = textsAt(resources, 'kinds');
  const isPlain =
    Object.keys(selection).every((key) => key === 'resources') &&
    Object.keys(resources).every((key) => ['kinds', 'namespaces'].includes(key));
  return isPlain && (kinds.includes('*') || KINDS.every((kind) => kinds.includes(kind)));
}

import { isObject, type JsonObject, listAt, objectAt, pointer, textAt } from '../../../model/json.ts';
import { matchesGlob } from '../../../model/glob.ts';
import { groupOf, type Manifest } from '../../../model/manifest.ts';
import { isLooseKind, type Loose } from '../gitops-facts.ts';
import { quoted } from '../wording.ts';

/** A kind, or a pattern of kinds, as a project lists it. A name limits kinds without a namespace. */
type Entry = Readonly<Record<'group' | 'kind' | 'name', string>>;

const SCOPES = ['namespace', 'cluster'] as const;
type Scope = (typeof SCOPES)[number];

const RBAC = 'rbac.authorization.k8s.io';
const ADMISSION = 'admissionregistration.k8s.io';

function entry(group: string, kind: string): Entry {
  return { group, kind, name: '' };
}

/** Kinds by which somebody gets more than a project means to give. */
const RULING: Readonly<Record<Scope, readonly Entry[]>> = {
  namespace: [
    entry(RBAC, 'Role'),
    entry(RBAC, 'RoleBinding'),
    entry('argoproj.io', 'AppProject'),
    entry('argoproj.io', 'Application'),
    entry('argoproj.io', 'ApplicationSet'),
  ],
  cluster: [
    entry(RBAC, 'ClusterRole'),
    entry(RBAC, 'ClusterRoleBinding'),
    ...[
      'MutatingWebhookConfiguration',
      'ValidatingWebhookConfiguration',
      'MutatingAdmissionPolicy',
      'MutatingAdmissionPolicyBinding',
      'ValidatingAdmissionPolicy',
      'ValidatingAdmissionPolicyBinding',
    ].map((kind) => entry(ADMISSION, kind)),
  ],
};

/** Real projects list some dozens; each is compared with all others. */
const MAX_ENTRIES = 400;
const TOO_MANY = 'lists more kinds than can be compared with the base; use patterns';

/**
 * Kinds that the project did not let its Applications bring, and does now, as Argo CD decides: all with a namespace unless they are
 * listed, none without one unless they are listed, and never what is denied.
 * https://github.com/argoproj/argo-cd/blob/master/pkg/apis/application/v1alpha1/app_project_types.go, IsGroupKindNamePermitted
 */
export function newlyAllowedKinds(before: Manifest, after: Manifest): readonly Loose[] {
  if (groupOf(after.id.apiVersion) !== 'argoproj.io' || after.id.kind !== 'AppProject') return [];
  return SCOPES.flatMap((scope) => {
    const [from, to] = [before, after].map(({ object }) => listsOf(objectAt(object, 'spec'), scope));
    return from === undefined || to === undefined ? [] : newlyAllowed(from, to, scope);
  });
}

interface Lists {
  /** Undefined: all kinds. */
  readonly allowed: readonly Entry[] | undefined;
  readonly denied: readonly Entry[];
}

function listsOf(spec: JsonObject, scope: Scope): Lists {
  const isWritten = Array.isArray(spec[`${scope}ResourceWhitelist`]);
  const [allowed, denied] = ['Whitelist', 'Blacklist'].map((list) => entriesAt(spec, `${scope}Resource${list}`));
  return { allowed: isWritten || scope === 'cluster' ? (allowed ?? []) : undefined, denied: denied ?? [] };
}

function entriesAt(spec: JsonObject, list: string): readonly Entry[] {
  return listAt(spec, list)
    .filter(isObject)
    .map((one) => ({ group: textAt(one, 'group'), kind: textAt(one, 'kind'), name: textAt(one, 'name') }));
}

function newlyAllowed(from: Lists, to: Lists, scope: Scope): readonly Loose[] {
  const written = [from, to].flatMap(({ allowed = [], denied }) => [...allowed, ...denied]);
  if (written.length > MAX_ENTRIES) throw new Error(`a project of Argo CD ${TOO_MANY}`);
  const said = scope === 'cluster' ? newlyLoose(from, to) : [];
  const asked = new Map([...written, ...RULING[scope]].map((one) => [textOf(one), one]));
  return [...asked].flatMap(([text, one]): readonly Loose[] => {
    const example = exampleOf(one);
    if (!permits(to, example) || permits(from, example) || said.some((each) => fits(each, example))) return [];
    const isRuling = RULING[scope].some((ruling) => fits(one, ruling));
    const loose = { pointer: pointer('spec'), facet: `kind ${text}`, sentence: `brings ${quoted(text)} now` };
    return [isRuling ? loose : { ...loose, severity: 'medium' }];
  });
}

/** Entries that rbac/permissive-project says as new. */
function newlyLoose(from: Lists, to: Lists): readonly Entry[] {
  const known = new Set(from.allowed?.map(textOf));
  return (to.allowed ?? []).filter((one) => isLooseKind(one) && !known.has(textOf(one)));
}

function textOf({ group, kind, name }: Entry): string {
  return [group || 'core', kind, ...(name === '' ? [] : [name])].join('/');
}

/** Of a pattern, something that it matches and hardly anything else does. */
function exampleOf({ group, kind, name }: Entry): Entry {
  const [one = '', other = '', third = ''] = [group, kind, name].map((text) => text.replaceAll(/\*+/g, 'Any'));
  return { group: one, kind: other, name: third || 'any' };
}

function permits({ allowed, denied }: Lists, one: Entry): boolean {
  return (allowed === undefined || allowed.some((each) => fits(each, one))) && !denied.some((each) => fits(each, one));
}

function fits(pattern: Entry, one: Entry): boolean {
  const isNamed = pattern.name === '' || isMatch(pattern.name, one.name);
  return isMatch(pattern.kind, one.kind) && isMatch(pattern.group, one.group) && isNamed;
}

function isMatch(pattern: string, text: string): boolean {
  return pattern === text || (pattern.includes('*') && matchesGlob(pattern, text));
}

import { type JsonValue, listAt, objectAt, textAt } from '../../../model/json.ts';
import type { ResourceAtom } from '../../../model/rbac.ts';
import { type FluxApp, type FluxKind, type GitopsObjects, inSpec, type Project } from './gitops-objects.ts';
import type { Found, MoveFacts } from './lead.ts';
import { isPrivileged } from '../scope.ts';
import { accountNode, hubNode, type Lead, namespaceEnd, placeOf, POWER } from './node.ts';

/**
 * Whoever writes an Application has Argo CD apply what it likes: within the project that the Application names, and in the
 * namespaces of Argo CD it may name any. Elsewhere a project has to take Applications of that namespace.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/app-any-namespace/
 */
export function byWritingApplications(found: Found, { gitops }: MoveFacts): readonly Lead[] {
  const { scope } = found;
  if (found.isNamed && !resourcesIn(found).some((atom) => isThere(atom, scope, gitops))) return [];
  const isHome = scope === '' || gitops.argoNamespaces.has(scope);
  if (isHome && (writesProjects(found) || !isLimited(gitops.projects))) return gitops.argo();
  const projects = gitops.projects.filter(({ sourceNamespaces }) => isHome || takesFrom(sourceNamespaces, scope));
  return projects.flatMap((project) => withinProject(project, gitops)).map((lead) => ({ ...lead, isJoint: true }));
}

function resourcesIn({ atoms }: Found): readonly ResourceAtom[] {
  return atoms.filter((atom): atom is ResourceAtom => 'resource' in atom);
}

function isThere({ resource, name }: ResourceAtom, scope: string, gitops: GitopsObjects): boolean {
  return resource === 'applications' && name !== undefined && gitops.hasApplication(scope, name);
}

function writesProjects(found: Found): boolean {
  return !found.isNamed && resourcesIn(found).some(({ resource }) => resource === 'appprojects');
}

/** The project `default` is made by Argo CD and allows everything, unless it is written down with less. */
function isLimited(projects: readonly Project[]): boolean {
  return projects.some(({ manifest }) => manifest.id.name === 'default');
}

/** As Argo CD matches: a glob, or a regular expression between slashes; one that cannot be read is taken to match. */
function takesFrom(patterns: readonly string[], namespace: string): boolean {
  return patterns.some((pattern) => {
    if (pattern === namespace || pattern === '*') return true;
    if (pattern.startsWith('/')) return true;
    return /[*?[]/.test(pattern) && isGlobMatch(pattern, namespace);
  });
}

/** `*` and `?` alone; a pattern with brackets is taken to match. Without a regular expression, which a stranger could make slow. */
function isGlobMatch(pattern: string, text: string): boolean {
  if (pattern.includes('[')) return true;
  const [first = '', ...rest] = pattern.split('*');
  if (!fits(first, text.slice(0, first.length))) return false;
  let at = first.length;
  const last = rest.pop();
  for (const part of rest) {
    const found = indexOfPart(part, text, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  if (last === undefined) return text.length === at;
  return text.length - last.length >= at && fits(last, text.slice(text.length - last.length));
}

function fits(part: string, text: string): boolean {
  return part.length === text.length && part.split('').every((one, index) => one === '?' || one === text[index]);
}

function indexOfPart(part: string, text: string, from: number): number {
  for (let at = from; at + part.length <= text.length; at += 1) {
    if (fits(part, text.slice(at, at + part.length))) return at;
  }
  return -1;
}

const HERE: ReadonlySet<string> = new Set(['https://kubernetes.default.svc', 'in-cluster']);

/** To this cluster: others are judged apart. */
function isHere(destination: JsonValue): boolean {
  return ['server', 'name'].some((key) => HERE.has(textAt(destination, key)) || textAt(destination, key) === '*');
}

/** Kinds without a namespace that make somebody more than it was. */
const RULING = /^(?:\*|ClusterRole|ClusterRoleBinding|(?:Mutating|Validating)WebhookConfiguration)$/;

/**
 * A project that brings kinds without a namespace, or goes into every namespace, is as good as Argo CD itself; one with
 * accounts of its own is these, where that is switched on; any other may start what it likes in its namespaces.
 */
function withinProject({ manifest }: Project, gitops: GitopsObjects): readonly Lead[] {
  const spec = objectAt(manifest.object, 'spec');
  const by = [inSpec(manifest, 'sourceNamespaces'), inSpec(manifest, 'destinations')];
  const accounts = listAt(spec, 'destinationServiceAccounts').filter((one) => isHere(one));
  if (gitops.impersonation !== undefined) {
    const own = inSpec(manifest, 'destinationServiceAccounts');
    return accounts.flatMap((one) => asAccount(one).map((to) => ({ to, by: [...by, own] })));
  }
  const destinations = listAt(spec, 'destinations').filter(isHere);
  if (destinations.length === 0) return [];
  const namespaces = destinations.map((one) => textAt(one, 'namespace')).filter((one) => !one.startsWith('!'));
  const kinds = listAt(spec, 'clusterResourceWhitelist').filter((one) => RULING.test(textAt(one, 'kind')));
  if (kinds.length > 0 || namespaces.some((one) => /[*?[]/.test(one))) {
    const more = kinds.length > 0 ? [inSpec(manifest, 'clusterResourceWhitelist')] : [];
    return gitops.argo().map((lead) => ({ ...lead, by: [...by, ...more, ...(lead.by ?? [])] }));
  }
  return namespaces.flatMap((namespace) => {
    if (isPrivileged(namespace)) return [{ to: POWER, by }];
    return [hubNode('accounts', namespace), namespaceEnd(namespace)].map((to) => ({ to, by }));
  });
}

/** `account` or `namespace:account`; the first is of the namespace that is deployed to. */
function asAccount(destination: JsonValue): readonly Lead['to'][] {
  const written = textAt(destination, 'defaultServiceAccount');
  const [namespace = '', name = ''] = written.includes(':')
    ? written.split(':')
    : [textAt(destination, 'namespace'), written];
  return name === '' || /[*?[]/.test(namespace) ? [] : [accountNode(namespace, name)];
}

const APPS: Readonly<Record<string, FluxKind>> = { kustomizations: 'Kustomization', helmreleases: 'HelmRelease' };
const SOURCES: Readonly<Record<string, string>> = {
  gitrepositories: 'GitRepository',
  ocirepositories: 'OCIRepository',
  buckets: 'Bucket',
  helmrepositories: 'HelmRepository',
  helmcharts: 'HelmChart',
};

/**
 * Whoever writes a Kustomization or a HelmRelease has it applied by any account of its namespace, or by the controller; whoever
 * writes a source, by those who apply what comes from it. https://fluxcd.io/flux/components/kustomize/kustomizations/#role-based-access-control
 */
export function byWritingFlux(found: Found, { gitops }: MoveFacts): readonly Lead[] {
  const { scope } = found;
  const atoms = resourcesIn(found);
  const kinds = new Set(atoms.flatMap((atom) => writableApp(atom, scope, gitops)));
  const applied = gitops.fluxApps.filter((app) => atoms.some((atom) => isSourceOf(app, atom, scope)));
  return [
    ...(kinds.size > 0 ? [{ to: hubNode('accounts', scope) }] : []),
    ...[...kinds].flatMap((kind) => gitops.flux(kind)),
    ...applied.flatMap((app) => applierOf(app, gitops)),
  ];
}

function writableApp({ resource, name }: ResourceAtom, scope: string, gitops: GitopsObjects): readonly FluxKind[] {
  const kind = Object.hasOwn(APPS, resource) ? APPS[resource] : undefined;
  if (kind === undefined) return [];
  const isKnown = gitops.fluxApps.some(
    ({ manifest: { id } }) => id.kind === kind && id.name === name && id.namespace === scope,
  );
  return name === undefined || isKnown ? [kind] : [];
}

function isSourceOf({ source }: FluxApp, { resource, name }: ResourceAtom, scope: string): boolean {
  const kind = Object.hasOwn(SOURCES, resource) ? SOURCES[resource] : undefined;
  const [sourceKind, namespace, sourceName] = source.split('/');
  return (
    kind !== undefined &&
    sourceKind === kind &&
    (scope === '' || namespace === scope) &&
    (name === undefined || name === sourceName)
  );
}

function applierOf({ manifest, account }: FluxApp, gitops: GitopsObjects): readonly Lead[] {
  const kind = manifest.id.kind === 'HelmRelease' ? 'HelmRelease' : 'Kustomization';
  const as = account || gitops.fluxDefault(kind);
  const by = [inSpec(manifest, 'sourceRef')];
  if (as !== '') return [{ to: accountNode(placeOf(manifest), as), by }];
  return gitops.flux(kind).map((lead) => ({ ...lead, by: [...by, ...(lead.by ?? [])] }));
}

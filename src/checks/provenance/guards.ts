import type { Problem } from '../../model/finding.ts';
import { groupOf, identityKey, type Manifest } from '../../model/manifest.ts';
import type { ImageRule } from '../../model/policy.ts';
import type { World } from '../../model/world.ts';
import type { CheckInput, Rule } from '../check.ts';
import type { GuardLost } from './foreign/guard-lost.ts';
import { guardsLost } from './foreign/guards.ts';
import { isEvaluated } from './foreign/image-validating-policy.ts';
import { foreignRules, readerOf, type Unread } from './foreign/index.ts';
import { nameOf } from './foreign/reading.ts';
import { withManagedNamespaces } from './managed-namespaces.ts';

/** A guard taken away (DESIGN 8): blocks without any policy. */
export const guardRemoved: Omit<Rule, 'hits'> = {
  id: 'provenance/guard-removed',
  alias: '',
  title: 'What other tools ask of images is not taken away',
  severity: 'critical',
  enforcement: 'required',
  why: 'An image that nobody would let in today runs after the merge, and nobody is asked again.',
  fix: 'Keep the object as it is, or put one in its place that asks for as much; under images: in .presync.yaml it would be asked before the merge.',
  references: ['https://docs.sigstore.dev/policy-controller/overview/'],
};

export const guardUnread: Omit<Rule, 'hits'> = {
  id: 'provenance/guard-unread',
  alias: '',
  title: 'What other tools ask of images is asked before the merge',
  severity: 'low',
  enforcement: 'advice',
  why: 'Its own tool judges when the change is applied, and may refuse then what is green here.',
  fix: 'Say the same under images: in .presync.yaml, as far as it goes.',
  references: [],
};

/** Do objects of other tools ask anything, on either side? */
export function hasGuards({ whole }: Pick<CheckInput, 'whole'>): boolean {
  return [whole?.base, whole?.merged].some((world) => world?.manifests.some((one) => readerOf(one) !== undefined));
}

/** Over whole worlds: an object may take over what another one asked, in whichever app it stands. */
export function guardProblems({ whole, provenance }: Pick<CheckInput, 'whole' | 'provenance'>): readonly Problem[] {
  if (whole === undefined) return [];
  // Of an app that could not be rendered nobody knows what it takes away; it is errored itself.
  const unknown = new Set(whole.notCounted.filter(({ side }) => side === 'merged').map(({ app }) => app));
  const isKnown = ({ app }: Manifest) => !unknown.has(app);
  const base = withManagedNamespaces(whole.base);
  const lost = guardsLost(base, withManagedNamespaces(whole.merged)).filter(({ guard }) => isKnown(guard));
  const evaluated = provenance?.imagePolicies === undefined ? [] : whole.base.manifests.filter(isEvaluated);
  const judged = new Set(evaluated.map(guardKey));
  const unread = [whole.base, whole.merged].flatMap((world) => unreadProblems(world, judged));
  return [...lost.map(lostProblem), ...unread];
}

function lostProblem({ guard, key, message, isCertain }: GuardLost): Problem {
  const { id: rule, ...rest } = textOf(guardRemoved);
  const doubt = isCertain ? {} : ({ severity: 'high', enforcement: 'advice' } as const);
  const place = { side: 'merged', app: guard.app, object: guard.id, pointer: '', key, facets: [message] } as const;
  return { ...rest, ...doubt, ...place, rule, message };
}

function guardKey({ cluster, id }: Manifest): string {
  return [cluster, identityKey(id)].join('\u0001');
}

/** Expressions are evaluated as the base has them: a policy that comes with the change is not asked about it. */
function unreadProblems(world: World, judged: ReadonlySet<string>): readonly Problem[] {
  const { side } = world;
  const manifests = withManagedNamespaces(world);
  const left = manifests
    .filter((one) => isEvaluated(one) && !judged.has(guardKey(one)))
    .map((one) => unreadBecause(one, NOT_EVALUATED));
  const { rules, unread } = foreignRules(manifests);
  const astray = strays(manifests, rules).map((one) => unreadBecause(one, NOWHERE));
  return [...unread, ...left, ...astray].map((one) => unreadProblem(side, one));
}

function unreadBecause({ id, cluster, app }: Manifest, reason: string): Unread {
  return { object: id, cluster, app, reason };
}

/** Policies of which nobody says in which cluster they are: they are asked about nothing that goes to one. */
function strays(manifests: readonly Manifest[], rules: readonly ImageRule[]): readonly Manifest[] {
  if (manifests.every(({ cluster }) => cluster === '')) return [];
  const asking = new Set(rules.flatMap(({ cluster, from }) => (cluster === '' ? [from.replace(/ \(.*$/s, '')] : [])));
  return manifests.filter(
    (one) =>
      one.cluster === '' &&
      !groupOf(one.id.apiVersion).endsWith('.toolkit.fluxcd.io') &&
      (isEvaluated(one) || asking.has(nameOf(one))),
  );
}

const NOWHERE =
  'nothing says in which cluster it is; name its file under clusters.<name>.paths, or have an app of the cluster bring it';

const NOT_EVALUATED = 'its CEL expressions are not evaluated, as the base branch does not have it yet';

function unreadProblem(side: World['side'], { object, app, reason }: Unread): Problem {
  const { id: rule, ...rest } = textOf(guardUnread);
  const name = `${object.kind} ${object.namespace === '' ? '' : `${object.namespace}/`}${object.name}`;
  const message = `${name} is not applied before the merge, or not all of it: ${reason}`;
  return { ...rest, side, rule, app, object, pointer: '', key: reason, facets: [], message };
}

function textOf({ id, alias, severity, enforcement, why, fix }: Omit<Rule, 'hits'>) {
  return { id, alias, severity, enforcement, why, fix };
}

import type { Check, CheckInput } from '../checks/check.ts';
import { CHECKS } from '../checks/index.ts';
import { sentenceOf } from '../model/error.ts';
import type { Finding, FindingStatus, Problem } from '../model/finding.ts';
import { canonicalJson } from '../model/json.ts';
import { identityKey, type Manifest } from '../model/manifest.ts';
import { type Outcome, outcomeOf } from '../model/outcome.ts';
import type { Policy } from '../model/policy.ts';
import { blockedBy } from '../model/rbac-grant.ts';
import { reaches, type Severity } from '../model/severity.ts';
import { allowedBy, waiverFor } from '../model/waiver.ts';
import type { Side, World } from '../model/world.ts';
import type { AppPair } from './affected.ts';
import type { Rendered } from './render-app.ts';

export interface Judged {
  readonly id: string;
  readonly outcome: Outcome;
  readonly findings: readonly Finding[];
  /** What it could not look at, a sentence each. */
  readonly unknowns: readonly string[];
}

/** From this severity on a family blocks. Those that policy has no word for block from critical (DESIGN 8). */
function threshold(rule: string, policy: Policy): Severity {
  return rule.startsWith('rbac/') ? policy.rbac.block : 'critical';
}

function wouldBlock({ enforcement, rule, severity }: Problem, policy: Policy): boolean {
  if (enforcement === 'required') return true;
  return enforcement === 'threshold' && reaches(severity, threshold(rule, policy));
}

/** Policy may block by what is granted, to whom and where, whatever the severity; advice too, since that is its choice. */
function namedBlock(problem: Problem, { rbac }: Policy): number | undefined {
  return problem.rule.startsWith('rbac/') ? blockedBy(problem, rbac.blockWhere) : undefined;
}

/** Who accepts it, in words: until a day, or for good. */
function acceptedBy(problem: Problem, context: JudgeContext): string | undefined {
  const { policy, now } = context;
  const cluster = context.clusterOf(problem.app);
  const waiver = waiverFor(problem, cluster, policy.waivers, now);
  if (waiver !== undefined) return `${waiver.owner}: ${waiver.reason} (until ${waiver.expires})`;
  const allowed = allowedBy(problem, cluster, policy.rbac.allow);
  return allowed === undefined ? undefined : `${allowed.owner}: ${allowed.reason} (rbac.allow)`;
}

function sameKey({ rule, app, object, key }: Problem): string {
  return [rule, app, object === null ? '' : identityKey(object), key].join('\u0001');
}

function toFinding(problem: Problem, status: FindingStatus, context: JudgeContext): Finding {
  const { policy } = context;
  const waivedBy = acceptedBy(problem, context);
  const entry = namedBlock(problem, policy);
  const { rule, alias, severity, app, object, pointer, message, why, fix, gain, location, path } = problem;
  return {
    rule,
    alias,
    severity,
    blocking: waivedBy === undefined && (entry !== undefined || wouldBlock(problem, policy)),
    status,
    ...(waivedBy === undefined ? {} : { waivedBy }),
    app,
    object,
    pointer,
    message,
    why: entry === undefined ? why : `${why} Policy blocks it by rbac.blockWhere[${entry}].`,
    fix,
    ...(gain === undefined ? {} : { gain }),
    location: location ?? null,
    ...(path === undefined ? {} : { path }),
  };
}

export interface JudgeContext {
  readonly policy: Policy;
  readonly now: Date;
  clusterOf(app: string): string;
}

/**
 * New, existing and fixed: a problem of the merge result is existing only if the base has the same one with every fact of it;
 * a problem of the base is fixed if the merge result has it no more.
 */
export function compareSides(problems: readonly Problem[], context: JudgeContext): readonly Finding[] {
  const base = Map.groupBy(
    problems.filter(({ side }) => side === 'base'),
    sameKey,
  );
  const merged = problems.filter(({ side }) => side === 'merged');
  const known = new Map([...base].map(([key, found]) => [key, new Set(found.flatMap(({ facets }) => facets))]));
  const standing = new Set(merged.map(sameKey));
  const now = merged.map((problem) => {
    const before = known.get(sameKey(problem));
    const isKnown = before !== undefined && problem.facets.every((facet) => before.has(facet));
    return toFinding(problem, isKnown ? 'existing' : 'new', context);
  });
  const gone = [...base].filter(([key]) => !standing.has(key)).flatMap(([, found]) => found);
  return [...now, ...gone.map((problem) => toFinding(problem, 'fixed', context))];
}

/**
 * Only here an Outcome is made of what a check says. A check that throws is `errored`, and so is one that would have passed but for
 * what it could not look at.
 */
export async function judge(
  check: Check,
  input: CheckInput,
  context: JudgeContext,
  signal: AbortSignal,
): Promise<Judged> {
  const { id } = check;
  try {
    if (!check.looksAt(input))
      return { id, outcome: { status: 'skipped', reason: 'nothing to look at' }, findings: [], unknowns: [] };
    const findings = compareSides(distinct(await check.run(input, signal)), context);
    const unknowns = check.unknowns?.(input) ?? [];
    return { id, outcome: withUnknowns(outcomeOf(findings), unknowns), findings, unknowns };
  } catch (error) {
    signal.throwIfAborted();
    return { id, outcome: { status: 'errored', reason: sentenceOf(error) }, findings: [], unknowns: [] };
  }
}

/** In one sentence; more would not be read. */
const NAMED_UNKNOWNS = 20;

/** `a; b; and 3 more`. */
export function unknownsText(unknowns: readonly string[]): string {
  const rest = unknowns.length - NAMED_UNKNOWNS;
  return [...unknowns.slice(0, NAMED_UNKNOWNS), ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ');
}

function withUnknowns(outcome: Outcome, unknowns: readonly string[]): Outcome {
  if (unknowns.length === 0 || outcome.status !== 'passed') return outcome;
  return { status: 'errored', reason: unknownsText(unknowns) };
}

/** Two forms of one object have most problems in common; each is said once. */
function distinct(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((problem) => [canonicalJson(problem), problem])).values()];
}

/** All forms of all objects: what an object may be at another render is judged like what it is. */
export function formsOf({ manifests, variants = [] }: Rendered): readonly Manifest[] {
  return [...manifests, ...variants];
}

export function worldOf(side: Side, pairs: readonly AppPair[]): World {
  const rendered = pairs.flatMap((pair) => pair[side] ?? []);
  return { side, apps: rendered.map(({ app }) => app), manifests: rendered.flatMap(formsOf) };
}

export function judgeContext(pairs: readonly AppPair[], policy: Policy, now: Date): JudgeContext {
  const clusters = new Map(pairs.map(({ id, base, merged }) => [id, (merged ?? base)?.app.cluster ?? '']));
  return { policy, now, clusterOf: (app) => clusters.get(app) ?? '' };
}

/** Every check of the list on the affected apps; `whole` where there is a base to compare with. */
export async function judgeAll(
  pairs: readonly AppPair[],
  judging: JudgeContext & Pick<CheckInput, 'proposed' | 'whole' | 'provenance'>,
  signal: AbortSignal,
): Promise<readonly Judged[]> {
  const input: CheckInput = {
    base: worldOf('base', pairs),
    merged: worldOf('merged', pairs),
    policy: judging.policy,
    proposed: judging.proposed,
    whole: judging.whole,
    provenance: judging.provenance,
  };
  const asked = CHECKS.filter((check) => check.isAsked?.(input) ?? true);
  return Promise.all(asked.map((check) => judge(check, input, judging, signal)));
}

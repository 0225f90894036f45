import type { AppPair } from './affected.ts';
import { isPlainRoot } from '../model/app.ts';
import type { Finding } from '../model/finding.ts';
import type { AcceptedApp, Policy } from '../model/policy.ts';
import { isValidOn } from '../model/waiver.ts';
import type { AppResult, ObjectChange } from '../model/verdict.ts';
import type { RenderFailure } from './render-app.ts';

export interface AppFacts {
  readonly pair: AppPair;
  readonly changes: readonly ObjectChange[];
  readonly findings: readonly Finding[];
}

type Status = Pick<AppResult, 'outcome' | 'reason'>;

/** An affected app that cannot be rendered is errored, unless it was broken before and base policy accepts that. */
export function failureOf({ id, base, merged }: AppPair, policy: Policy, now: Date): Status | undefined {
  if (merged?.failure === undefined) return undefined;
  const before = base?.failure === undefined ? '' : 'was broken before: ';
  const reason = `${before}${merged.failure.reason}`;
  const accepted =
    before !== '' && policy.accept.some((entry: AcceptedApp) => entry.app === id && isValidOn(entry.expires, now));
  return accepted
    ? { outcome: 'skipped', reason: `accepted by base policy: ${reason}` }
    : { outcome: 'errored', reason };
}

/** What a reader should know of an app that was judged, although its base side was broken or shown in part. */
function remarkOnBase({ reason, isPartial }: RenderFailure, change: AppPair['change']): string {
  if (change !== 'removed') return `was broken before (${reason}); everything in it counts as new`;
  return `what it removes is ${isPartial === true ? 'not all known' : 'not known'}: ${reason}`;
}

function remark({ base, merged, change }: AppPair): string {
  if (base?.failure !== undefined) return remarkOnBase(base.failure, change);
  const app = (merged ?? base)?.app;
  return app !== undefined && isPlainRoot(app) ? 'read by no app of Argo CD or Flux; rendered with default values' : '';
}

function statusOf({ pair, findings }: AppFacts, policy: Policy, now: Date): Status {
  if (pair.change === 'unchanged') return { outcome: 'skipped', reason: 'unaffected' };
  const failure = failureOf(pair, policy, now);
  if (failure !== undefined) return failure;
  const fails = findings.some(({ app, status, blocking }) => app === pair.id && status === 'new' && blocking);
  return { outcome: fails ? 'failed' : 'passed', reason: remark(pair) };
}

export function appResult(facts: AppFacts, policy: Policy, now: Date): AppResult | undefined {
  const { pair, changes } = facts;
  const rendered = pair.merged ?? pair.base;
  if (rendered === undefined) return undefined;
  const { id, kind, name, namespace, cluster, path } = rendered.app;
  const count = (change: ObjectChange['change']) =>
    changes.filter((one) => one.app === id && one.change === change).length;
  const isKnown = pair.merged !== undefined && pair.merged.failure === undefined;
  const total = isKnown ? (pair.merged?.manifests.length ?? 0) : null;
  const objects = { added: count('added'), changed: count('changed'), removed: count('removed'), total };
  return { id, kind, name, namespace, cluster, path, change: pair.change, ...statusOf(facts, policy, now), objects };
}

import type { Finding, Gain } from '../model/finding.ts';
import type { AppResult, CheckResult, Verdict } from '../model/verdict.ts';
import { byWeight, sortedBy } from './order.ts';

/** The numbers of a verdict, counted once, so that title, summary and annotations agree (U10). */
export interface Tally {
  /** New and blocking: what the verdict failed for. */
  readonly blocking: readonly Finding[];
  /** New, and not blocking by policy. */
  readonly advice: readonly Finding[];
  /** New, and accepted by a waiver of the base. */
  readonly accepted: readonly Finding[];
  /** New findings that say who can do what, and what somebody can do no more. */
  readonly gained: readonly GainFinding[];
  readonly lost: readonly GainFinding[];
  /** Apps in the tables of gains that name no cluster: nobody knows with which others they are applied. */
  readonly unplaced: readonly string[];
  readonly existing: number;
  readonly fixed: number;
  /** Apps that have a blocking finding. */
  readonly blockedApps: number;
  readonly affected: readonly AppResult[];
  readonly unaffected: number;
  readonly erroredApps: readonly AppResult[];
  /** Without `render`, where the errored apps say the same by name. */
  readonly erroredChecks: readonly CheckResult[];
  readonly objects: { readonly added: number; readonly changed: number; readonly removed: number };
}

export interface GainFinding extends Finding {
  readonly gain: Gain;
}

export function tallyOf({ apps, checks, findings }: Verdict): Tally {
  const fresh = byWeight(findings.filter(({ status }) => status === 'new'));
  const blocking = fresh.filter((finding) => finding.blocking);
  const rest = fresh.filter((finding) => !finding.blocking);
  const erroredApps = apps.filter(({ outcome }) => outcome === 'errored');
  const affected = apps.filter(({ change, outcome }) => change !== 'unchanged' || outcome === 'errored');
  const [gained, lost] = [gainsIn(fresh), gainsIn(findings.filter(({ status }) => status === 'fixed'))];
  const inTables = new Set([...gained, ...lost].map(({ app }) => app));
  return {
    blocking,
    advice: rest.filter(({ waivedBy }) => waivedBy === undefined),
    accepted: rest.filter(({ waivedBy }) => waivedBy !== undefined),
    gained,
    lost,
    unplaced: apps.filter(({ id, cluster }) => cluster === '' && inTables.has(id)).map(({ id }) => id),
    existing: findings.filter(({ status }) => status === 'existing').length,
    fixed: findings.filter(({ status, gain }) => status === 'fixed' && gain === undefined).length,
    blockedApps: new Set(blocking.map(({ app }) => app).filter((app) => app !== '')).size,
    affected,
    unaffected: apps.length - affected.length,
    erroredApps,
    erroredChecks: checks.filter(
      ({ id, outcome }) => outcome === 'errored' && !(id === 'render' && erroredApps.length > 0),
    ),
    objects: sumOf(affected),
  };
}

/** By whom, the whole cluster before its namespaces. */
function gainsIn(findings: readonly Finding[]): readonly GainFinding[] {
  const found = findings.flatMap((finding) => (finding.gain === undefined ? [] : [{ ...finding, gain: finding.gain }]));
  return sortedBy(found, ({ app, gain: { subject, namespace } }) => [
    subject.kind,
    subject.namespace,
    subject.name,
    namespace === null ? '' : `in ${namespace}`,
    app,
  ]);
}

function sumOf(apps: readonly AppResult[]): Tally['objects'] {
  const sum = (side: 'added' | 'changed' | 'removed') => apps.reduce((total, { objects }) => total + objects[side], 0);
  return { added: sum('added'), changed: sum('changed'), removed: sum('removed') };
}

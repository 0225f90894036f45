import type { Finding } from '../model/finding.ts';
import type { AppResult, CheckResult, Verdict } from '../model/verdict.ts';
import { byWeight } from './order.ts';

/** The numbers of a verdict, counted once, so that title, summary and annotations agree (U10). */
export interface Tally {
  /** New and blocking: what the verdict failed for. */
  readonly blocking: readonly Finding[];
  /** New, and not blocking by policy. */
  readonly advice: readonly Finding[];
  /** New, and accepted by a waiver of the base. */
  readonly accepted: readonly Finding[];
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

export function tallyOf({ apps, checks, findings }: Verdict): Tally {
  const fresh = byWeight(findings.filter(({ status }) => status === 'new'));
  const blocking = fresh.filter((finding) => finding.blocking);
  const rest = fresh.filter((finding) => !finding.blocking);
  const erroredApps = apps.filter(({ outcome }) => outcome === 'errored');
  const affected = apps.filter(({ change, outcome }) => change !== 'unchanged' || outcome === 'errored');
  return {
    blocking,
    advice: rest.filter(({ waivedBy }) => waivedBy === undefined),
    accepted: rest.filter(({ waivedBy }) => waivedBy !== undefined),
    existing: findings.filter(({ status }) => status === 'existing').length,
    fixed: findings.filter(({ status }) => status === 'fixed').length,
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

function sumOf(apps: readonly AppResult[]): Tally['objects'] {
  const sum = (side: 'added' | 'changed' | 'removed') => apps.reduce((total, { objects }) => total + objects[side], 0);
  return { added: sum('added'), changed: sum('changed'), removed: sum('removed') };
}

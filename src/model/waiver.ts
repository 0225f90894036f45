import type { Problem } from './finding.ts';
import { groupOf, type ObjectId } from './manifest.ts';

/** An accepted finding, from the base commit only. An omitted group, namespace or cluster means any; nothing is a wildcard. */
export interface Waiver {
  readonly rule: string;
  readonly object: {
    readonly kind: string;
    readonly name: string;
    readonly group?: string | undefined;
    readonly namespace?: string | undefined;
    readonly cluster?: string | undefined;
  };
  readonly owner: string;
  readonly reason: string;
  /** YYYY-MM-DD; valid to the end of that day, UTC. */
  readonly expires: string;
}

/** A standing decision, from the base commit only: one rule and one object of one cluster, each part of it exact, without an end. */
export interface Allowed {
  readonly rule: string;
  readonly object: {
    readonly kind: string;
    readonly name: string;
    readonly group: string;
    readonly namespace: string;
    readonly cluster: string;
  };
  readonly owner: string;
  readonly reason: string;
}

/** The decision that is about this problem. What is about no object cannot be allowed. */
export function allowedBy(
  { rule, object }: Pick<Problem, 'rule' | 'object'>,
  cluster: string,
  allowed: readonly Allowed[],
): Allowed | undefined {
  if (object === null) return undefined;
  const place = placeOf(object, cluster);
  return allowed.find((one) => one.rule === rule && isAbout(one.object, place));
}

/**
 * The waiver that accepts a problem of an object in `cluster`, if one does alone: two that fit in part never combine
 * (A35; GHSA-gg4x-fgg2-h9w9). What is about no object cannot be waived.
 */
export function waiverFor(
  problem: Pick<Problem, 'rule' | 'object'>,
  cluster: string,
  waivers: readonly Waiver[],
  now: Date,
): Waiver | undefined {
  const { rule, object } = problem;
  if (object === null) return undefined;
  const place = placeOf(object, cluster);
  return waivers.find(
    (waiver) => waiver.rule === rule && isAbout(waiver.object, place) && isValidOn(waiver.expires, now),
  );
}

function placeOf({ apiVersion, kind, namespace, name }: ObjectId, cluster: string): Required<Waiver['object']> {
  return { kind, name, group: groupOf(apiVersion), namespace, cluster };
}

function isAbout(object: Waiver['object'], place: Required<Waiver['object']>): boolean {
  const parts = ['kind', 'name', 'group', 'namespace', 'cluster'] as const;
  return parts.every((part) => object[part] === undefined || object[part] === place[part]);
}

/** Days are days of UTC: the last instant of `expires` still counts. What is no date is never valid. */
export function isValidOn(expires: string, now: Date): boolean {
  return isDay(expires) && now.getTime() <= endOf(expires).getTime();
}

/** YYYY-MM-DD, and a day that exists: Date alone takes 2027-02-30 for the second of March. */
export function isDay(text: string): boolean {
  const isForm = /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(endOf(text).getTime());
  return isForm && endOf(text).toISOString().startsWith(text);
}

function endOf(day: string): Date {
  return new Date(`${day}T23:59:59.999Z`);
}

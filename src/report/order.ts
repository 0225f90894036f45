import type { Finding } from '../model/finding.ts';
import { identityKey, type ObjectId } from '../model/manifest.ts';
import { SEVERITIES } from '../model/severity.ts';
import type { AppResult, ObjectChange } from '../model/verdict.ts';

/** Sorts by the parts in turn, by code unit, so that every machine sorts alike. */
export function sortedBy<T>(items: readonly T[], parts: (item: T) => readonly string[]): readonly T[] {
  const keyed = items.map((item) => ({ item, key: parts(item) }));
  return keyed.toSorted((a, b) => compareParts(a.key, b.key)).map(({ item }) => item);
}

function compareParts(left: readonly string[], right: readonly string[]): number {
  const at = left.findIndex((part, index) => part !== right[index]);
  const [a = '', b = ''] = [left[at], right[at]];
  return a < b ? -1 : Number(a > b);
}

function objectOrder(id: ObjectId | null): string {
  return id === null ? '' : identityKey(id);
}

/** The order of the contract: app id, object, rule, pointer (DESIGN 10). */
export function inOrder(findings: readonly Finding[]): readonly Finding[] {
  return sortedBy(findings, (one) => [
    one.app,
    objectOrder(one.object),
    one.rule,
    one.pointer,
    one.status,
    one.message,
  ]);
}

export function changesInOrder(changes: readonly ObjectChange[]): readonly ObjectChange[] {
  return sortedBy(changes, ({ app, object, change }) => [app, objectOrder(object), change]);
}

const WEIGHT = { failed: 0, errored: 1, passed: 2, skipped: 3 } as const;

/** Failed apps first, then those that could not be checked. */
export function appsInOrder(apps: readonly AppResult[]): readonly AppResult[] {
  return apps.toSorted((a, b) => WEIGHT[a.outcome] - WEIGHT[b.outcome]);
}

/** The order for a reader with little time: blocking first, then by severity. */
export function byWeight(findings: readonly Finding[]): readonly Finding[] {
  return sortedBy(inOrder(findings), ({ blocking, severity }) => [
    blocking ? '0' : '1',
    String(SEVERITIES.indexOf(severity)),
  ]);
}

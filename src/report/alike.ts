import type { Finding } from '../model/finding.ts';
import { counted } from './wording.ts';

/** Findings that read the same but for their app: one base in five clusters is one thing to read. */
export interface Alike<Known extends Finding = Finding> {
  readonly finding: Known;
  /** Each once, in the order of the findings; '' is the change itself. */
  readonly apps: readonly string[];
}

const MAX_APPS = 6;

/** Nothing is left out but the repetition; in the order of the first of each. */
export function alike<Known extends Finding>(findings: readonly Known[]): readonly Alike<Known>[] {
  const groups = Map.groupBy(findings, sameText);
  return [...groups.values()].flatMap((group) => {
    const [finding] = group;
    return finding === undefined ? [] : [{ finding, apps: [...new Set(group.map(({ app }) => app))] }];
  });
}

/** The steps of a way name apps too, which no reader sees. */
function sameText({ path = [], ...said }: Finding): string {
  return JSON.stringify([
    Object.entries({ ...said, app: '' }).toSorted(byName),
    path.map((step) => ({ ...step, app: '' })),
  ]);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

export interface AppsAlike<Known extends Finding = Finding> {
  readonly apps: readonly string[];
  readonly findings: readonly Known[];
}

/** What the same apps have in common, under one heading. */
export function byApps<Known extends Finding>(findings: readonly Known[]): readonly AppsAlike<Known>[] {
  const groups = Map.groupBy(alike(findings), ({ apps }) => JSON.stringify(apps.toSorted()));
  return [...groups.values()].map((group) => ({
    apps: group[0]?.apps ?? [],
    findings: group.map(({ finding }) => finding),
  }));
}

/** The names, bounded, each made harmless for where it is shown; the change itself in our words. */
export function appsWords(apps: readonly string[], quote: (app: string) => string): string {
  const left = apps.length - MAX_APPS;
  const shown = apps.slice(0, MAX_APPS).map((app) => (app === '' ? 'this change' : quote(app)));
  return left > 0 ? `${shown.join(', ')} and ${left} more` : shown.join(', ');
}

/** `2`, or `2 in each of 3 apps`: so that headings add up. */
export function eachWords({ apps, findings }: AppsAlike): string {
  return apps.length < 2 ? String(findings.length) : `${findings.length} in each of ${counted(apps.length, 'app')}`;
}

import type { Finding } from '../model/finding.ts';
import type { ObjectId } from '../model/manifest.ts';
import { reaches } from '../model/severity.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Tally } from './tally.ts';

/** `1 app`, `1,200 apps`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[]): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`;
}

function isAre(count: number): string {
  return count === 1 ? 'is' : 'are';
}

/** What could not be checked, in numbers; '' where all could. */
function unchecked({ erroredApps, erroredChecks, affected }: Tally): string {
  const apps = erroredApps.length === 0 ? [] : [`${erroredApps.length} of ${counted(affected.length, 'app')}`];
  const names = erroredChecks.map(({ id }) => id);
  return listed([
    ...apps,
    ...(names.length === 0 ? [] : [`${names.length === 1 ? 'check' : 'checks'} ${listed(names)}`]),
  ]);
}

/** The verdict and its counts, in words of ours alone: title of the check run and first line of every report. */
export function titleOf({ conclusion, checks }: Pick<Verdict, 'conclusion' | 'checks'>, tally: Tally): string {
  const missing = unchecked(tally);
  switch (conclusion) {
    case 'failed': {
      const { blocking, blockedApps } = tally;
      const where = blockedApps === 0 ? '' : ` in ${counted(blockedApps, 'app')}`;
      const failed = checks.filter(({ outcome }) => outcome === 'failed').map(({ id }) => id);
      const what =
        blocking.length === 0 ? `Failed: ${listed(failed)}` : `${counted(blocking.length, 'blocking finding')}${where}`;
      return missing === '' ? what : `${what}; could not be checked: ${missing}`;
    }
    case 'errored':
      return `Could not be checked: ${missing === '' ? 'nothing was judged' : missing}`;
    case 'passed':
      return passedTitle(tally);
  }
}

function passedTitle({ affected, objects, advice }: Tally): string {
  const remarks = advice.length === 0 ? '' : `, ${counted(advice.length, 'remark')}`;
  if (affected.length === 0) return `No manifests changed${remarks}`;
  const changes = objects.added + objects.changed + objects.removed;
  return `Passed: ${counted(affected.length, 'app')}, ${changes === 0 ? 'no object changes' : `${counted(changes, 'object')} changed`}${remarks}`;
}

/** What the reader can do now. */
export function nextStep({ conclusion }: Pick<Verdict, 'conclusion'>, { advice }: Tally): string {
  switch (conclusion) {
    case 'failed':
      return 'Fix the blocking findings below, or have them accepted by a waiver on the base branch.';
    case 'errored':
      return 'What could not be checked is never green. The reasons are below; resolve them and run the check again.';
    case 'passed':
      return advice.length === 0 ? 'There is nothing to do.' : 'Nothing blocks; the remarks below are worth a look.';
  }
}

/** Debt that was there before, what the change repairs, what was accepted: counts, because none of them blocks. */
export function aside({ existing, fixed, accepted }: Tally): string {
  const parts = [
    ...(existing === 0 ? [] : [`${counted(existing, 'finding')} existed before`]),
    ...(fixed === 0 ? [] : [`${fixed} ${isAre(fixed)} fixed by this change`]),
    ...(accepted.length === 0 ? [] : [`${accepted.length} ${isAre(accepted.length)} accepted by a waiver`]),
  ];
  return parts.length === 0 ? '' : `Besides, ${listed(parts)}; none of these blocks.`;
}

export function objectWords({ kind, namespace, name }: ObjectId): string {
  return `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`;
}

/** The object that a finding is about, '' where there is none or where its message names it. */
export function subjectWords({ object, message }: Pick<Finding, 'object' | 'message'>): string {
  if (object === null) return '';
  const { kind, name } = object;
  return [`\`${name}\``, `"${name}"`, `${kind} ${name}`].some((form) => message.includes(form))
    ? ''
    : objectWords(object);
}

/** `rbac/wildcard (RB-012), critical`. */
export function ruleWords({ rule, alias, severity }: Finding): string {
  return `${rule}${alias === '' ? '' : ` (${alias})`}, ${severity}`;
}

export function placeWords({ location }: Pick<Finding, 'location'>): string {
  if (location === null) return '';
  const { file, line, endLine } = location;
  return endLine > line ? `${file}:${line}-${endLine}` : `${file}:${line}`;
}

/** In words, above all tables (U7): what is new and weighs at least `high`, and what would be deleted. */
export function dangersIn(
  { changes }: Pick<Verdict, 'changes'>,
  { blocking, advice, accepted }: Tally,
): { readonly heavy: readonly Finding[]; readonly removed: readonly ObjectId[] } {
  return {
    heavy: [...blocking, ...advice, ...accepted].filter(
      ({ severity, blocking: blocks }) => blocks || reaches(severity, 'high'),
    ),
    removed: changes.filter(({ change }) => change === 'removed').map(({ object }) => object),
  };
}

/** `2 added, 1 changed and 3 removed`; '' for none. */
export function changeCounts({ added, changed, removed }: Tally['objects']): string {
  const parts = [
    [added, 'added'],
    [changed, 'changed'],
    [removed, 'removed'],
  ] as const;
  return listed(
    parts.filter(([count]) => count > 0).map(([count, word]) => `${count.toLocaleString('en-US')} ${word}`),
  );
}

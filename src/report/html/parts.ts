import type { AppResult, ObjectChange, Verdict } from '../../model/verdict.ts';
import { changeLines, changeTitle, foldedIn, foldedWords, isOnlyNoise } from '../change-lines.ts';
import { appsInOrder, changesInOrder } from '../order.ts';
import type { Tally } from '../tally.ts';
import { changeCounts, counted } from '../wording.ts';
import { type Child, type Markup, tag } from './markup.ts';
import { bounded, folded, name, sentence, table } from './words.ts';

/** More rows than a person reads, and few enough for a phone. */
const MAX_ROWS = 500;

export function uncheckedPart({ erroredApps, erroredChecks }: Tally): Child {
  const all = [...erroredApps, ...erroredChecks];
  if (all.length === 0) return [];
  const items = bounded(all, { most: MAX_ROWS, noun: 'reason', around: 'li' }, ({ id, reason }) =>
    tag('li', {}, name(id), ': ', sentence(reason)),
  );
  return [tag('h2', {}, `Could not be checked: ${all.length}`), tag('ul', {}, items)];
}

export function appsPart({ affected, unaffected }: Tally): Child {
  const rest = unaffected === 0 ? [] : [tag('p', { class: 'soft' }, `${counted(unaffected, 'app')} not affected.`)];
  if (affected.length === 0) return rest;
  const head = ['App', 'Change', 'Added', 'Changed', 'Removed', 'Outcome'];
  return [tag('h2', {}, 'Apps'), table(head, appsInOrder(affected).map(appRow), MAX_ROWS), ...rest];
}

function appRow({ id, change, outcome, objects: { added, changed, removed, total } }: AppResult): readonly Child[] {
  // Objects of an app that is shown in part are counted as far as they are known.
  const isUnknown = outcome === 'errored' && total === null && added + changed + removed === 0;
  const counts = isUnknown ? ['?', '?', '?'] : [added, changed, removed];
  const shown = outcome === 'errored' ? 'could not be checked' : outcome;
  return [name(id), change, ...counts, tag('strong', { class: outcome }, shown)];
}

export function imagesPart({ images }: Verdict): Child {
  if (images.length === 0) return [];
  const rows = images.map(({ ref, status, signer }) => [name(ref, 512), status, signer === null ? '' : name(signer)]);
  return folded(counted(images.length, 'image'), false, table(['Image', 'Provenance', 'Signer'], rows, MAX_ROWS));
}

export function checksPart({ checks }: Verdict): Child {
  if (checks.length === 0) return [];
  const rows = checks.map(({ id, outcome, reason }) => [
    name(id),
    tag('span', { class: outcome }, outcome),
    sentence(reason),
  ]);
  return folded(counted(checks.length, 'check'), false, table(['Check', 'Outcome', 'Reason'], rows, MAX_ROWS));
}

/** What would be applied: the objects of each app that differ, as a diff; noise is folded and counted. */
export function changesPart({ changes }: Verdict): Child {
  if (changes.length === 0) return [];
  const byApp = [...Map.groupBy(changesInOrder(changes), ({ app }) => app)];
  return [
    tag('h2', {}, `What would be applied: ${counted(changes.length, 'object')}`),
    bounded(byApp, { most: MAX_ROWS, noun: 'app' }, ([app, own]) => appChanges(app, own)),
  ];
}

function appChanges(app: string, changes: readonly ObjectChange[]): Markup {
  const noise = foldedIn(changes);
  const count = (word: ObjectChange['change']) => changes.filter(({ change }) => change === word).length;
  const counts = changeCounts({ added: count('added'), changed: count('changed'), removed: count('removed') });
  const shown = changes.filter((one) => !isOnlyNoise(one));
  return folded(
    [name(app), `: ${counts}`],
    false,
    bounded(shown, { most: MAX_ROWS, noun: 'object' }, objectChange),
    ...(noise.lines === 0 ? [] : [tag('p', { class: 'soft' }, foldedWords(noise))]),
  );
}

function objectChange(change: ObjectChange): Markup {
  const lines = [changeTitle(change), ...changeLines(change)];
  return tag(
    'pre',
    { tabindex: 0 },
    lines.map((line) => [inked(line), '\n']),
  );
}

function inked(line: string): Child {
  if (line.startsWith('-')) return tag('span', { class: 'del' }, line);
  return line.startsWith('+') ? tag('span', { class: 'add' }, line) : line;
}

/** What the numbers stand on. */
export function footerPart({ base, head, versions }: Verdict): Child {
  const built = Object.entries(versions).map(([part, version]) => `${part} ${version}`);
  const merge: Child =
    head === '' ? [] : ['Merge of ', name(head.slice(0, 12)), ' into ', name(base.slice(0, 12)), '. '];
  return tag('footer', {}, tag('p', {}, merge, built.length === 0 ? '' : `Rendered with ${built.join(', ')}.`));
}

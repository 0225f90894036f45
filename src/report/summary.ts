import type { Finding, PathStep } from '../model/finding.ts';
import type { ObjectId } from '../model/manifest.ts';
import type { AppResult, ImageResult, ObjectChange, Verdict } from '../model/verdict.ts';
import { type Alike, alike, appsWords, byApps, eachWords } from './alike.ts';
import { briefWords, ownWords } from './brief.ts';
import { changeLines, changeTitle, foldedIn, foldedWords, isOnlyNoise } from './change-lines.ts';
import { code, fenced, html, prose, SENTENCE_CHARACTERS } from './foreign.ts';
import { mermaid } from './mermaid.ts';
import { appsInOrder, changesInOrder } from './order.ts';
import { gainSections, withoutGains } from './gains.ts';
import { fixed, type Section } from './sections.ts';
import type { Tally } from './tally.ts';
import { waySteps } from './way.ts';
import {
  aside,
  changeCounts,
  counted,
  dangersIn,
  nextStep,
  objectWords,
  placeWords,
  ruleWords,
  subjectWords,
  titleOf,
} from './wording.ts';

/** More rows than a person reads; failing and errored apps come first. */
const MAX_ROWS = 100;
const MAX_DANGERS = 10;
const MAX_REMOVED = 5;

/** The parts of a report in Markdown, the most important first. All foreign text is code, escaped or fenced (A17). */
export function summarySections(
  verdict: Verdict,
  tally: Tally,
  { drawsMermaid }: { readonly drawsMermaid: boolean },
): readonly Section[] {
  const sections = (title: string, findings: readonly Finding[], isOpen: boolean) =>
    findingSections({ title, findings, isOpen, drawsMermaid });
  return [
    fixed(`**${titleOf(verdict, tally)}.** ${nextStep(verdict, tally)}`),
    paragraphs(verdict.notes),
    dangers(verdict, tally),
    reasons(tally),
    appTable(tally),
    ...sections('Blocking', tally.blocking, true),
    ...gainSections(tally),
    ...sections('Advice', withoutGains(tally.advice), false),
    ...sections('Accepted by a waiver', tally.accepted, false),
    fixed(...[aside(tally)].filter((line) => line !== '')),
    imageTable(verdict),
    checkTable(verdict),
    fixed(footer(verdict)),
  ];
}

function paragraphs(notes: readonly string[]): Section {
  return { head: [], items: notes.map((note) => `${prose(note)}\n`), tail: [], noun: 'note', most: MAX_ROWS };
}

function reasons({ erroredApps, erroredChecks }: Tally): Section {
  const items = [...erroredApps, ...erroredChecks].map(({ id, reason }) => `- ${code(id)}: ${prose(reason)}`);
  const head = items.length === 0 ? [] : [`### Could not be checked: ${items.length}`, ''];
  return { head, items, tail: [], noun: 'reason', most: MAX_ROWS };
}

function dangers(verdict: Verdict, tally: Tally): Section {
  const { heavy, removed } = dangersIn(verdict, tally);
  const items = [...removedLine(removed), ...alike(heavy).map(dangerLine)];
  return { head: [], items, tail: [], noun: 'such change', most: MAX_DANGERS };
}

/** In brief: all of it stands below. */
function dangerLine({ finding, apps }: Alike): string {
  const message = briefWords(finding);
  const where = apps.length < 2 ? '' : ` (in ${counted(apps.length, 'app')})`;
  return `- ${subject({ ...finding, message })}${prose(message)}${where}`;
}

function removedLine(removed: readonly ObjectId[]): readonly string[] {
  if (removed.length === 0) return [];
  const named = removed.slice(0, MAX_REMOVED).map((object) => code(objectWords(object)));
  const left = removed.length - named.length;
  return [
    `- Removes ${counted(removed.length, 'object')}: ${named.join(', ')}${left > 0 ? `, and ${left} more` : ''}.`,
  ];
}

function subject(finding: Finding): string {
  const words = subjectWords(finding);
  return words === '' ? '' : `${code(words)}: `;
}

function appTable({ affected, unaffected }: Tally): Section {
  const rest = unaffected === 0 ? [] : ['', `${counted(unaffected, 'app')} not affected.`];
  if (affected.length === 0) return fixed(...rest);
  const rows = appsInOrder(affected).map(appRow);
  const head = ['| App | Change | Added | Changed | Removed | Outcome |', '| :-- | :-- | --: | --: | --: | :-- |'];
  return { head, items: rows, tail: rest, noun: 'app', most: MAX_ROWS };
}

function appRow({ id, change, outcome, objects: { added, changed, removed, total } }: AppResult): string {
  // Objects of an app that is shown in part are counted as far as they are known.
  const isUnknown = outcome === 'errored' && total === null && added + changed + removed === 0;
  const counts = isUnknown ? ['?', '?', '?'] : [added, changed, removed];
  const shown = outcome === 'errored' ? 'could not be checked' : outcome;
  return `| ${[code(id), change, ...counts, outcome === 'passed' ? shown : `**${shown}**`].join(' | ')} |`;
}

interface Shown {
  readonly title: string;
  readonly findings: readonly Finding[];
  readonly isOpen: boolean;
  /** Does the reader's page make pictures of Mermaid? Else it would show the text of them. */
  readonly drawsMermaid: boolean;
}

function findingSections({ title, findings, isOpen, drawsMermaid }: Shown): readonly Section[] {
  if (findings.length === 0) return [];
  return [
    fixed(`### ${title}: ${findings.length}`),
    ...byApps(findings).map((group) => {
      const named = appsWords(group.apps, (app) => html(app));
      const head = [`<details${isOpen ? ' open' : ''}><summary>${named}: ${eachWords(group)}</summary>`, ''];
      return {
        head,
        items: group.findings.map((finding) => findingItem(finding, drawsMermaid)),
        tail: ['', '</details>'],
        noun: 'finding',
        most: MAX_ROWS,
      };
    }),
  ];
}

/** One list item: what, where, why, fix; continued lines are indented into it. */
function findingItem(finding: Finding, drawsMermaid: boolean): string {
  const { why, fix, pointer, waivedBy, path = [] } = finding;
  const message = ownWords(finding);
  const place = placeWords(finding);
  const where = [
    ...(pointer === '' ? [] : [`at ${code(pointer)}`]),
    ...(place === '' ? [] : [`written in ${code(place)}`]),
  ].join(', ');
  const said = [`- ${subject({ ...finding, message })}${prose(message)}`, ...(where === '' ? [] : [`  ${where}`])].join(
    '  \n',
  );
  const lines = [
    ...(why === '' ? [] : [`  **Why:** ${prose(why)}`]),
    ...(fix === '' ? [] : [`  **Fix:** ${prose(fix)}`]),
    ...(waivedBy === undefined ? [] : [`  **Accepted by** ${prose(waivedBy)}`]),
    `  ${code(ruleWords(finding))}`,
  ];
  return [`${said}${path.length === 0 ? '  ' : ''}`, ...wayLines(path, drawsMermaid), lines.join('  \n')].join('\n');
}

/** A list and perhaps a picture, as blocks of their own inside of the item. */
function wayLines(path: readonly PathStep[], drawsMermaid: boolean): readonly string[] {
  if (path.length === 0) return [];
  const picture = drawsMermaid ? ['', ...mermaid(path)] : [];
  return ['', ...waySteps(path), ...picture, ''].map((line) => (line === '' ? '' : `  ${line}`));
}

function imageTable({ images }: Verdict): Section {
  if (images.length === 0) return fixed();
  const rows = images.map((image) => `| ${code(image.ref, 512)} | ${image.status} | ${behind(image)} |`);
  const head = [
    `<details><summary>${counted(images.length, 'image')}</summary>`,
    '',
    '| Image | Provenance | Who stands behind it, or what is missing |',
    '| :-- | :-- | :-- |',
  ];
  return { head, items: rows, tail: ['', '</details>'], noun: 'image', most: MAX_ROWS };
}

/** The signer, the digest that a tag means, and what is missing or was not counted. */
function behind({ ref, digest, signer, note }: ImageResult): string {
  const pin = digest === null || ref.includes('@') ? [] : [`as ${code(`@${digest}`)}`];
  return [
    ...(signer === null ? [] : [code(signer, SENTENCE_CHARACTERS)]),
    ...pin,
    ...(note === undefined ? [] : [prose(note)]),
  ].join('; ');
}

function checkTable({ checks }: Verdict): Section {
  if (checks.length === 0) return fixed();
  const rows = checks.map(({ id, outcome, reason }) => `| ${code(id)} | ${outcome} | ${prose(reason)} |`);
  const head = [
    `<details><summary>${counted(checks.length, 'check')}</summary>`,
    '',
    '| Check | Outcome | |',
    '| :-- | :-- | :-- |',
  ];
  return { head, items: rows, tail: ['', '</details>'], noun: 'check', most: MAX_ROWS };
}

/** What the numbers stand on. */
function footer({ base, head, versions }: Verdict): string {
  const built = Object.entries(versions).map(([name, version]) => `${prose(name)} ${prose(version)}`);
  const merge = head === '' ? [] : [`Merge of ${code(head.slice(0, 12))} into ${code(base.slice(0, 12))}`];
  const parts = [...merge, ...(built.length === 0 ? [] : [`rendered with ${built.join(', ')}`])];
  return parts.length === 0 ? '' : `${parts.join(', ')}.`;
}

/** What would be applied: the objects of each app that differ, as a diff; noise is folded and counted. */
export function changeSections({ changes }: Verdict): readonly Section[] {
  if (changes.length === 0) return [];
  const byApp = [...Map.groupBy(changesInOrder(changes), ({ app }) => app)];
  return [
    fixed(`### What would be applied: ${counted(changes.length, 'object')}`),
    ...byApp.map(([app, own]) => changeSection(app, own)),
  ];
}

function changeSection(app: string, changes: readonly ObjectChange[]): Section {
  const folded = foldedIn(changes);
  const count = (word: ObjectChange['change']) => changes.filter(({ change }) => change === word).length;
  const counts = changeCounts({ added: count('added'), changed: count('changed'), removed: count('removed') });
  return {
    head: [`<details><summary>${html(app)}: ${counts}</summary>`, ''],
    items: changes
      .filter((one) => !isOnlyNoise(one))
      .map((one) => [...fenced('diff', [changeTitle(one), ...changeLines(one)]), ''].join('\n')),
    tail: [...(folded.lines === 0 ? [] : [foldedWords(folded), '']), '</details>'],
    noun: 'object',
    most: Number.POSITIVE_INFINITY,
  };
}

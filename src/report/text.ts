import type { Finding } from '../model/finding.ts';
import type { AppResult, ObjectChange, Verdict } from '../model/verdict.ts';
import { alike, appsWords, type AppsAlike, byApps, eachWords } from './alike.ts';
import { ownWords } from './brief.ts';
import { changeLines, changeTitle, foldedIn, foldedWords, isOnlyNoise } from './change-lines.ts';
import { plain, plainSentence } from './foreign.ts';
import { rightsText, scopeText, subjectText, throughText, unplacedLines, withoutGains } from './gains.ts';
import { changesInOrder } from './order.ts';
import { type Ink, type Paint, painter } from './paint.ts';
import { type GainFinding, type Tally, tallyOf } from './tally.ts';
import { plainWaySteps } from './way.ts';
import { aside, counted, nextStep, objectWords, placeWords, ruleWords, titleOf } from './wording.ts';

/** More than a person reads in a terminal. */
const MAX_GAINS = 100;

/** For a terminal: the verdict and what to do first, then what it stands on. Foreign text cannot steer the terminal. */
export function text(verdict: Verdict, { color }: { readonly color: boolean }): string {
  const paint = painter(color);
  const tally = tallyOf(verdict);
  const blocks = [
    headline(verdict, tally, paint),
    verdict.notes.map((note) => plainSentence(note)),
    findingsBlock('Blocking', tally.blocking, paint, 'red'),
    uncheckedBlock(tally, paint),
    gainsBlock('Who gains what', tally.gained, paint),
    unplacedLines(tally.unplaced, (app) => plain(app)),
    findingsBlock('Advice', withoutGains(tally.advice), paint, 'yellow'),
    gainsBlock('Who loses what', tally.lost, paint),
    [aside(tally)].filter((line) => line !== ''),
    appsBlock(tally, paint),
    changesBlock(verdict, paint),
    imagesBlock(verdict, paint),
    checksBlock(verdict, paint),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function headline(verdict: Verdict, tally: Tally, paint: Paint): readonly string[] {
  const ink = { passed: 'green', failed: 'red', errored: 'yellow' } as const;
  return [`${paint(ink[verdict.conclusion], titleOf(verdict, tally))}. ${nextStep(verdict, tally)}`];
}

function findingsBlock(title: string, findings: readonly Finding[], paint: Paint, ink: Ink): readonly string[] {
  if (findings.length === 0) return [];
  return [
    paint('bold', `${title} (${findings.length})`),
    ...byApps(findings).flatMap((group) => [
      ...appHeading(group),
      ...group.findings.flatMap((finding) => findingLines(finding, paint, ink)),
    ]),
  ];
}

function appHeading(group: AppsAlike): readonly string[] {
  const { apps } = group;
  if (apps.length > 1) return [`  ${appsWords(apps, (app) => plain(app))}: ${eachWords(group)}`];
  return apps.filter((app) => app !== '').map((app) => `  ${plain(app)}`);
}

function findingLines(finding: Finding, paint: Paint, ink: Ink): readonly string[] {
  const { object, why, fix, pointer, path = [] } = finding;
  const where = [object === null ? '' : plain(objectWords(object)), pointer === '' ? '' : plain(pointer)]
    .filter((part) => part !== '')
    .join(' ');
  const place = placeWords(finding);
  return [
    `    ${paint(ink, plainSentence(ownWords(finding)))}`,
    ...[where, place === '' ? '' : `written at ${plain(place)}`]
      .filter((line) => line !== '')
      .map((line) => `      ${line}`),
    ...plainWaySteps(path).map((step) => `      ${step}`),
    ...(why === '' ? [] : [`      Why: ${plainSentence(why)}`]),
    ...(fix === '' ? [] : [`      Fix: ${plainSentence(fix)}`]),
    `      ${paint('dim', plain(ruleWords(finding)))}`,
  ];
}

function gainsBlock(title: string, found: readonly GainFinding[], paint: Paint): readonly string[] {
  if (found.length === 0) return [];
  const rows = alike(found);
  const lines = rows.slice(0, MAX_GAINS).flatMap(({ finding, apps }) => {
    const { gain } = finding;
    const named = apps.filter((app) => app !== '');
    const place = placeWords(finding);
    return [
      `  ${subjectText(gain, plain)}: ${rightsText(gain, plain)}`,
      `    ${scopeText(gain, plain)}, by ${throughText(gain, plain)}${named.length === 0 ? '' : `, in ${appsWords(named, (app) => plain(app))}`}`,
      ...(place === '' ? [] : [`    written at ${plain(place)}`]),
    ];
  });
  const left = rows.length - MAX_GAINS;
  const more = left > 0 ? [`  … and ${left} more; --format json has all`] : [];
  return [paint('bold', `${title} (${rows.length})`), ...lines, ...more];
}

function uncheckedBlock({ erroredApps, erroredChecks }: Tally, paint: Paint): readonly string[] {
  const count = erroredApps.length + erroredChecks.length;
  if (count === 0) return [];
  return [
    paint('bold', `Could not be checked (${count})`),
    ...[...erroredApps, ...erroredChecks].map(
      ({ id, reason }) => `  ${paint('yellow', plain(id))}: ${plainSentence(reason)}`,
    ),
  ];
}

function appsBlock({ affected, unaffected }: Tally, paint: Paint): readonly string[] {
  const rest = unaffected === 0 ? [] : [`  ${counted(unaffected, 'app')} not affected`];
  if (affected.length === 0) return rest.length === 0 ? [] : [paint('bold', 'Apps'), ...rest];
  const width = Math.min(72, Math.max(...affected.map(({ id }) => plain(id, 72).length)));
  return [paint('bold', 'Apps'), ...affected.map((app) => appLine(app, width)), ...rest];
}

function appLine({ id, change, outcome, reason, objects }: AppResult, width: number): string {
  const { added, changed, removed, total } = objects;
  const isUnknown = total === null && outcome === 'errored' && added + changed + removed === 0;
  const counts = isUnknown ? 'not rendered' : `+${added} ~${changed} -${removed}`;
  const known = outcome === 'errored' || reason === '' ? '' : `  (${plainSentence(reason)})`;
  return `  ${plain(id, 72).padEnd(width)}  ${change.padEnd(7)}  ${counts.padEnd(12)}  ${outcome}${known}`;
}

function changesBlock({ changes }: Verdict, paint: Paint): readonly string[] {
  if (changes.length === 0) return [];
  const byApp = Map.groupBy(changesInOrder(changes), ({ app }) => app);
  const lines = [...byApp].flatMap(([app, own]) => [
    `  ${plain(app)}`,
    ...own.filter((one) => !isOnlyNoise(one)).flatMap((one) => objectLines(one, paint)),
    ...foldedLine(own),
  ]);
  return [paint('bold', `Objects (${changes.length})`), ...lines];
}

function objectLines(change: ObjectChange, paint: Paint): readonly string[] {
  return [`    ${changeTitle(change)}`, ...changeLines(change).map((line) => `        ${inked(line, paint)}`)];
}

function foldedLine(changes: readonly ObjectChange[]): readonly string[] {
  const folded = foldedIn(changes);
  return folded.lines === 0 ? [] : [`    ${foldedWords(folded)}`];
}

function inked(line: string, paint: Paint): string {
  if (line.startsWith('-')) return paint('red', line);
  return line.startsWith('+') ? paint('green', line) : line;
}

function imagesBlock({ images }: Verdict, paint: Paint): readonly string[] {
  if (images.length === 0) return [];
  const lines = images.flatMap(({ ref, status, signer, note }) => [
    `  ${plain(ref)}  ${status}${signer === null ? '' : ` by ${plainSentence(signer)}`}`,
    ...(note === undefined ? [] : [`      ${plainSentence(note)}`]),
  ]);
  return [paint('bold', `Images (${images.length})`), ...lines];
}

function checksBlock({ checks }: Verdict, paint: Paint): readonly string[] {
  const lines = checks.map(
    ({ id, outcome, reason }) =>
      `  ${plain(id)}: ${outcome}${reason === '' || outcome === 'errored' ? '' : `, ${plainSentence(reason)}`}`,
  );
  return [paint('bold', 'Checks'), ...lines];
}

import type { Difference, ObjectChange } from '../model/verdict.ts';
import { MASK } from '../model/secret-text.ts';
import { plain, shortened } from './foreign.ts';
import { counted, objectWords } from './wording.ts';

/** A value that fits beside its path; the JSON report has the whole. */
const VALUE_CHARACTERS = 240;
const MAX_DIFFERENCES = 40;
const MAX_TEXT_LINES = 20;

/** What was noise in some objects, as a number: folded, never hidden silently (A38, U8). */
export interface Folded {
  readonly lines: number;
  /** Objects in which nothing else differs. */
  readonly objects: number;
}

export function foldedIn(changes: readonly ObjectChange[]): Folded {
  const lines = changes.reduce((sum, { differences }) => sum + differences.filter(({ noise }) => noise).length, 0);
  return { lines, objects: changes.filter(isOnlyNoise).length };
}

export function isOnlyNoise({ change, differences }: ObjectChange): boolean {
  return change === 'changed' && differences.length > 0 && differences.every(({ noise }) => noise);
}

export function foldedWords({ lines, objects }: Folded): string {
  const verb = lines === 1 ? 'is' : 'are';
  const only =
    objects === 0 ? '' : ` ${counted(objects, 'object')} ${objects === 1 ? 'differs' : 'differ'} in nothing else.`;
  return `${counted(lines, 'line')} ${verb} folded: chart and version labels, checksums, and values that each render makes anew.${only}`;
}

const SIGNS = { added: '+', changed: '~', removed: '-' } as const;

/** `~ Deployment shop/web`. */
export function changeTitle({ change, object }: ObjectChange): string {
  return `${SIGNS[change]} ${plain(objectWords(object))}`;
}

/** The differences of one object that are no noise, as the lines of a diff; neutral for a terminal, not yet for Markdown. */
export function changeLines({ differences }: ObjectChange): readonly string[] {
  const shown = differences.filter(({ noise }) => !noise);
  const lines = shown.slice(0, MAX_DIFFERENCES).flatMap(differenceLines);
  const left = shown.length - MAX_DIFFERENCES;
  return left > 0 ? [...lines, `  … and ${counted(left, 'more difference')}`] : lines;
}

function differenceLines({ path, before, after }: Difference): readonly string[] {
  const place = plain(path);
  if (before === MASK && after === MASK) return [`~ ${place}: changed; the value is hidden`];
  if (typeof before === 'string' && typeof after === 'string' && `${before}${after}`.includes('\n'))
    return textLines(place, before, after);
  return [
    ...(before === undefined ? [] : [`- ${place}: ${valueWords(before)}`]),
    ...(after === undefined ? [] : [`+ ${place}: ${valueWords(after)}`]),
  ];
}

function valueWords(value: unknown): string {
  const bounded = typeof value === 'string' ? shortened(value, VALUE_CHARACTERS) : value;
  return plain(JSON.stringify(bounded), 2 * VALUE_CHARACTERS);
}

/** Of a text of many lines only those between its equal beginning and end. */
function textLines(place: string, before: string, after: string): readonly string[] {
  const [ours, theirs] = [before.split('\n'), after.split('\n')];
  const shorter = Math.min(ours.length, theirs.length);
  let start = 0;
  while (start < shorter && ours[start] === theirs[start]) start += 1;
  let end = 0;
  while (end < shorter - start && ours.at(-1 - end) === theirs.at(-1 - end)) end += 1;
  const removed = ours.slice(start, ours.length - end);
  const added = theirs.slice(start, theirs.length - end);
  return [`~ ${place}, from its line ${start + 1}:`, ...signed('-', removed), ...signed('+', added)];
}

function signed(sign: string, lines: readonly string[]): readonly string[] {
  const shown = lines.slice(0, MAX_TEXT_LINES).map((line) => `${sign}   ${plain(line, VALUE_CHARACTERS)}`);
  const left = lines.length - MAX_TEXT_LINES;
  return left > 0 ? [...shown, `${sign}   … and ${counted(left, 'more line')}`] : shown;
}

import type { Finding, Location } from '../model/finding.ts';
import { type JsonValue, pointerTokens, valueAt } from '../model/json.ts';
import type { Manifest } from '../model/manifest.ts';
import type { LineHunk } from './lines.ts';

/** One place that the change wrote; `lines` are the new ones, none where it only removed. */
export interface AuthoredHunk extends LineHunk {
  readonly file: string;
  readonly lines: readonly string[];
}

/** Re-renders to be spent on one finding; delta debugging of 16 hunks wants about that many. */
const MAX_QUESTIONS = 24;

export interface BlameInput {
  readonly finding: Finding;
  readonly manifest: Manifest | undefined;
  /** The hunks in what the app reads, in file order. */
  readonly hunks: readonly AuthoredHunk[];
  /** Does the finding stand when the change consists of these hunks only? */
  stands(hunks: readonly AuthoredHunk[]): Promise<boolean>;
}

/**
 * The line that a person wrote and that brings the finding (DESIGN 7): the smallest set of hunks with which it stands, whatever
 * template, patch or value carried it; inside the hunk the line that holds the value. `null` where no hunk is the cause.
 */
export async function blame(input: BlameInput): Promise<Location | null> {
  const causes = await smallestCause(likelyFirst(input), input);
  const [cause] = likelyFirst({ ...input, hunks: causes });
  return cause === undefined ? null : locationIn(cause, input);
}

/** Hunks of the file that the object came from, and those that show the value, are asked first. */
function likelyFirst({ hunks, manifest, finding }: BlameInput): readonly AuthoredHunk[] {
  const words = wordsOf(finding, manifest);
  const weight = (hunk: AuthoredHunk) =>
    Number(hunk.file === manifest?.origin.path?.replace(/^\//, '')) +
    2 * Number(hunk.lines.some((line) => words.some((word) => line.includes(word))));
  return hunks
    .map((hunk, index) => ({ hunk, index, weight: weight(hunk) }))
    .toSorted((a, b) => b.weight - a.weight || a.index - b.index)
    .map(({ hunk }) => hunk);
}

/** Delta debugging (Zeller, "Yesterday, my program worked", 1999), with single hunks first since they nearly always suffice. */
async function smallestCause(hunks: readonly AuthoredHunk[], input: BlameInput): Promise<readonly AuthoredHunk[]> {
  if (hunks.length <= 1) return hunks;
  const budget = { left: MAX_QUESTIONS };
  const asks = async (subset: readonly AuthoredHunk[]) => {
    budget.left -= 1;
    return budget.left >= 0 && (await input.stands(subset));
  };
  for (const hunk of hunks.slice(0, MAX_QUESTIONS / 3)) if (await asks([hunk])) return [hunk];
  let kept = hunks;
  for (let parts = 2; kept.length > 1 && budget.left > 0; ) {
    const smaller = await firstThatStands(chunks(kept, parts), kept, asks);
    if (smaller !== undefined) {
      kept = smaller;
      parts = Math.max(2, parts - 1);
    } else if (parts >= kept.length) break;
    else parts = Math.min(kept.length, parts * 2);
  }
  return kept;
}

function chunks<T>(items: readonly T[], parts: number): readonly (readonly T[])[] {
  const size = Math.ceil(items.length / parts);
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

async function firstThatStands(
  parts: readonly (readonly AuthoredHunk[])[],
  whole: readonly AuthoredHunk[],
  asks: (subset: readonly AuthoredHunk[]) => Promise<boolean>,
): Promise<readonly AuthoredHunk[] | undefined> {
  for (const part of parts) {
    const rest = whole.filter((hunk) => !part.includes(hunk));
    if (rest.length > 0 && (await asks(rest))) return rest;
  }
  return undefined;
}

/** Texts that the line in question probably holds: the value at the pointer, else the last keys of the pointer. */
function wordsOf({ pointer }: Finding, manifest: Manifest | undefined): readonly string[] {
  const value = manifest && valueAt(manifest.object, pointer);
  const scalars = scalarsIn(value ?? null).filter((text) => text.length > 1);
  if (scalars.length > 0) return scalars;
  const keys = pointerTokens(pointer).filter((token) => !/^\d+$/.test(token));
  return keys.slice(-1).map((key) => `${key}:`);
}

function scalarsIn(value: JsonValue): readonly string[] {
  if (typeof value !== 'object') return [String(value)];
  return value === null ? [] : Object.values(value).flatMap((item: JsonValue) => scalarsIn(item));
}

function locationIn(hunk: AuthoredHunk, { finding, manifest }: BlameInput): Location {
  if (hunk.lines.length === 0)
    return { file: hunk.file, line: Math.max(1, hunk.newStart), endLine: Math.max(1, hunk.newStart) };
  const words = wordsOf(finding, manifest);
  const from =
    manifest?.origin.path?.replace(/^\//, '') === hunk.file
      ? Math.max(0, (manifest.origin.line ?? 1) - 1 - hunk.newStart)
      : 0;
  const counts = hunk.lines.map((line, index) =>
    index < from ? 0 : words.filter((word) => line.includes(word)).length,
  );
  const best = Math.max(...counts);
  const index = best === 0 ? Math.min(from, hunk.lines.length - 1) : counts.indexOf(best);
  const line = hunk.newStart + index + 1;
  return { file: hunk.file, line, endLine: line };
}

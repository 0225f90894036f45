import { counted } from './wording.ts';

/**
 * A part of a Markdown report that can be shortened between its items and nowhere else, so that fences, tables and `<details>`
 * stay whole. `noun` names an item in "and 12 more …".
 */
export interface Section {
  readonly head: readonly string[];
  /** Whole lines each; a table row, a list item, a finding, a fenced difference. */
  readonly items: readonly string[];
  readonly tail: readonly string[];
  readonly noun: string;
  /** How many items a reader wants at most, whatever would fit. */
  readonly most: number;
}

/** Room for the line that says what was left out. */
const LINE_BYTES = 160;

/** GitHub counts characters (C3, R4); bytes are never fewer, and the stricter reading holds for both. */
function bytesOf(lines: readonly string[]): number {
  return new TextEncoder().encode(lines.join('\n')).length + 1;
}

/** Lines that are always there, such as a headline. */
export function fixed(...lines: readonly string[]): Section {
  return { head: lines, items: [], tail: [], noun: '', most: 0 };
}

/** Joins sections until the limit, each shortened between items with a line that says how many are missing (U5). */
export function fit(sections: readonly Section[], maxBytes: number): string {
  const filled = sections.filter(({ head, items }) => items.length > 0 || head.length > 0);
  const out: string[] = [];
  let left = maxBytes - LINE_BYTES;
  let dropped = 0;
  for (const section of filled) {
    const lines = shortenedTo(section, left);
    if (lines === undefined) dropped += 1;
    else out.push(...lines);
    left -= lines === undefined ? 0 : bytesOf(lines);
  }
  if (dropped > 0)
    out.push(
      `… and ${counted(dropped, 'more section')}, for which there is no room here; \`presync check\` prints all.`,
      '',
    );
  return out.join('\n').replace(/\n{3,}/g, '\n\n');
}

function shortenedTo({ head, items, tail, noun, most }: Section, maxBytes: number): readonly string[] | undefined {
  const frame = bytesOf(head) + bytesOf(tail) + LINE_BYTES;
  if (frame > maxBytes) return undefined;
  const kept: string[] = [];
  let left = maxBytes - frame;
  for (const item of items.slice(0, most)) {
    left -= bytesOf([item]);
    if (left < 0) break;
    kept.push(item);
  }
  const missing = items.length - kept.length;
  const more = missing === 0 ? [] : ['', `… and ${counted(missing, `more ${noun}`)}.`, ''];
  return [...head, ...kept, ...more, ...tail, ''];
}

import type { PathStep } from '../../model/finding.ts';
import { arrowText } from '../arrow.ts';
import { plain, plainSentence } from '../foreign.ts';
import { objectWords, placeWords } from '../wording.ts';
import { type Markup, tag } from './markup.ts';

/** In units of the picture, which is as wide as a phone; `CHARACTER` is the advance of a monospaced letter at 12 units. */
const WIDTH = 360;
const MARGIN = 2;
const LINE = 16;
const PADDING = 8;
const CHARACTER = 7.3;
const ARROW = 14;
const INDENT = 28;
/** Longer ways are told in the list beside the picture. */
const MAX_STEPS = 12;
const MAX_LINES = 6;

interface Block {
  readonly kind: 'box' | 'step' | 'end';
  readonly lines: readonly { readonly words: string; readonly kind: 'words' | 'object' | 'place' }[];
}

/** The way as a column of boxes: who acts, by what, whom or what it gets. Ours alone, so that no script is needed. */
export function pathPicture(path: readonly PathStep[], title: string): Markup {
  let y = 2;
  const drawn = blocksOf(path).map((block) => {
    const top = y;
    y += block.lines.length * LINE + (block.kind === 'step' ? ARROW : 2 * PADDING);
    return drawBlock(block, top, y);
  });
  const view = `0 0 ${WIDTH} ${y + 2}`;
  return tag('svg', { class: 'path', viewBox: view, role: 'img' }, tag('title', {}, plainSentence(title)), drawn);
}

function blocksOf(path: readonly PathStep[]): readonly Block[] {
  const shown = path.slice(0, MAX_STEPS);
  const left = path.length - shown.length;
  const start = shown.slice(0, 1).map(({ from }): Block => box(from, 'box'));
  const steps = shown.flatMap((step, index): readonly Block[] => [
    stepBlock(step),
    box(step.to, index === path.length - 1 ? 'end' : 'box'),
  ]);
  const more = left > 0 ? [box(`… and ${left} more steps`, 'end')] : [];
  return [...start, ...steps, ...more];
}

function box(words: string, kind: Block['kind']): Block {
  return {
    kind,
    lines: wrapped(bare(words), WIDTH - 2 * MARGIN - 2 * PADDING).map((line) => ({ words: line, kind: 'words' })),
  };
}

function stepBlock(step: PathStep): Block {
  const room = WIDTH - MARGIN - INDENT - PADDING;
  const place = placeWords(step);
  const lines = [
    ...wrapped(bare(arrowText(step)), room).map((words) => ({ words, kind: 'words' }) as const),
    ...(step.object === null
      ? []
      : wrapped(plain(objectWords(step.object)), room).map((words) => ({ words, kind: 'object' }) as const)),
    ...(place === '' ? [] : wrapped(plain(place), room).map((words) => ({ words, kind: 'place' }) as const)),
  ];
  return { kind: 'step', lines };
}

/** Marks of code are for texts that can show it. */
function bare(text: string): string {
  return plainSentence(text).replaceAll('`', '');
}

function drawBlock(block: Block, top: number, bottom: number): Markup {
  return block.kind === 'step' ? drawStep(block, top, bottom) : drawBox(block, top, bottom);
}

function drawBox({ kind, lines }: Block, top: number, bottom: number): Markup {
  const frame = { x: MARGIN, y: top, width: WIDTH - 2 * MARGIN, height: bottom - top, rx: 6 };
  return tag('g', { class: kind }, tag('rect', frame), textLines(lines, MARGIN + PADDING, top + PADDING));
}

/** An arrow down along the left, and beside it what allows the step. */
function drawStep({ lines }: Block, top: number, bottom: number): Markup {
  const x = MARGIN + INDENT / 2;
  const arrow = `M${x} ${top}V${bottom - 2}m-4 -5l4 5l4 -5`;
  return tag('g', { class: 'step' }, tag('path', { d: arrow }), textLines(lines, MARGIN + INDENT, top + ARROW / 2));
}

function textLines(lines: Block['lines'], x: number, top: number): readonly Markup[] {
  return lines.map(({ words, kind }, index) =>
    tag('text', { x, y: top + index * LINE + LINE - 4, class: kind }, words),
  );
}

/** Lines that fit, broken between words where there are any; SVG breaks none by itself. */
function wrapped(text: string, room: number): readonly string[] {
  const most = Math.floor(room / CHARACTER);
  const lines = [''];
  for (const word of text.split(' ').flatMap((one) => pieces(one, most))) {
    const last = lines.at(-1) ?? '';
    const joined = last === '' ? word : `${last} ${word}`;
    if (widthOf(joined) <= most) lines[lines.length - 1] = joined;
    else lines.push(word);
  }
  return lines.length <= MAX_LINES ? lines : [...lines.slice(0, MAX_LINES - 1), '…'];
}

/** A word that is longer than a line, in pieces. */
function pieces(word: string, most: number): readonly string[] {
  const found: string[] = [''];
  for (const { segment } of new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(word)) {
    const joined = `${found.at(-1) ?? ''}${segment}`;
    if (widthOf(joined) <= most) found[found.length - 1] = joined;
    else found.push(segment);
  }
  return found;
}

/** In letters: what is not Latin, Greek or Cyrillic may be twice as wide. */
function widthOf(text: string): number {
  return Array.from(text).reduce((width, character) => width + ((character.codePointAt(0) ?? 0) < 0x590 ? 1 : 2), 0);
}

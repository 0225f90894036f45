import { NAME_CHARACTERS, plain, plainSentence, SENTENCE_CHARACTERS } from '../foreign.ts';
import { counted } from '../wording.ts';
import { type Child, type Markup, tag } from './markup.ts';

/** A name or value. */
export function name(text: string, most = NAME_CHARACTERS): Markup {
  const shown = plain(text, most);
  return tag('code', {}, shown.trim() === '' ? '(empty)' : shown);
}

/** A sentence; what stands between two back-ticks is code, as in Markdown. */
export function sentence(text: string): Child {
  const parts = plainSentence(text).split(/(?<!`)`([^`]+)`(?!`)/);
  return parts.map((part, index) => (index % 2 === 1 ? name(part, SENTENCE_CHARACTERS) : part));
}

interface Bounds {
  readonly most: number;
  readonly noun: string;
  /** The element that says how many are missing; a paragraph where absent. */
  readonly around?: 'p' | 'li';
}

/** The first of them, and how many more there are. */
export function bounded<T>(items: readonly T[], { most, noun, around = 'p' }: Bounds, show: (item: T) => Child): Child {
  const left = items.length - most;
  const more = left > 0 ? [tag(around, { class: 'more' }, `… and ${counted(left, `more ${noun}`)}.`)] : [];
  return [...items.slice(0, most).map(show), ...more];
}

/** Folded, or open from the start. */
export function folded(title: Child, isOpen: boolean, ...inside: readonly Child[]): Markup {
  return tag('details', isOpen ? { open: '' } : {}, tag('summary', {}, title), ...inside);
}

/** It scrolls by itself where it is wider than the screen, so that the page never does; on a phone each row is a list. */
export function table(head: readonly string[], rows: readonly (readonly Child[])[], most: number): Markup {
  const left = rows.length - most;
  const more = left > 0 ? [tag('tr', {}, tag('td', {}, `… and ${left.toLocaleString('en-US')} more`))] : [];
  const body = rows.slice(0, most).map((row) =>
    tag(
      'tr',
      {},
      row.map((cell, index) => tag('td', { 'data-label': head[index] ?? '' }, cell)),
    ),
  );
  const names = tag(
    'tr',
    {},
    head.map((one) => tag('th', {}, one)),
  );
  return tag(
    'div',
    { class: 'wide', tabindex: 0 },
    tag('table', {}, tag('thead', {}, names), tag('tbody', {}, body, more)),
  );
}

import { xmlText } from '../foreign.ts';

/** HTML of our own making: whatever else goes into a page is text, and is escaped on the way. */
export interface Markup {
  readonly markup: string;
}

export type Child = Markup | string | number | readonly Child[];

/** Names are ours, values may be anybody's. */
export function tag(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  ...children: readonly Child[]
): Markup {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`);
  return { markup: `<${name}${written.join('')}>${children.map(markupOf).join('')}</${name}>` };
}

export function markupOf(child: Child): string {
  if (typeof child === 'string') return escaped(child);
  if (typeof child === 'number') return String(child);
  return 'markup' in child ? child.markup : child.map(markupOf).join('');
}

function escaped(text: string): string {
  return xmlText(text).replaceAll("'", '&#39;');
}

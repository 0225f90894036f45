import { visible } from '../foreign.ts';

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

/** Text and quoted attribute values. Line breaks are kept, all else that cannot be seen is shown. */
function escaped(text: string): string {
  return text
    .split('\n')
    .map(visible)
    .join('\n')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

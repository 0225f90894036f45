import type { PathStep } from '../model/finding.ts';
import { subjectWords } from './wording.ts';

/** How one gets from box to box, for a picture that has who acts, who is reached and the object in places of their own. */
export function arrowText({ from, to, text, object }: PathStep): string {
  const start = text.startsWith(`${from} `) ? text.slice(from.length + 1) : text;
  const by = object === null ? '' : `, by ${object.kind} \`${object.name}\``;
  return withoutEnd(withoutEnd(start, `, and so becomes ${to}`), by);
}

function withoutEnd(text: string, end: string): string {
  return end !== '' && text.endsWith(end) ? text.slice(0, -end.length) : text;
}

/** The object behind a step, '' where there is none or where the sentence names it. */
export function stepObject({ object, text }: PathStep): string {
  return subjectWords({ object, message: text });
}

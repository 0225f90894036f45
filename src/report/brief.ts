import type { Finding } from '../model/finding.ts';

/** Two lines of a page; what is told in full further down needs no more above. */
const MAX_BRIEF = 200;

/** The message; of a way, whose steps stand beside it, only where it starts and where it ends. */
export function ownWords({ message, path = [] }: Pick<Finding, 'message' | 'path'>): string {
  const [first, last] = [path.at(0), path.at(-1)];
  const told = path.map(({ text }) => text).join('; ');
  if (first === undefined || last === undefined || path.length < 2 || !message.startsWith(told)) return message;
  return `${first.from} can get to ${last.to} in ${path.length} steps${message.slice(told.length)}`;
}

/** Its beginning, up to a comma, a colon or a semicolon outside of names. */
export function briefWords(finding: Pick<Finding, 'message' | 'path'>): string {
  const text = ownWords(finding);
  if (text.length <= MAX_BRIEF) return text;
  const ends = [...text.slice(0, MAX_BRIEF).matchAll(/[,:;] /g)].map(({ index }) => index);
  const end = ends.findLast((one) => text.slice(0, one).split('`').length % 2 === 1);
  return end === undefined ? text : `${text.slice(0, end)} …`;
}

import { refuse } from './reading.ts';

const SPECIAL = /[\\^$.|?*+()[\]{}]/;

/** A character that stands for itself, or its escape; a bare `.` is taken for the dot that its author means. */
const CHARACTER = /^(?:\\([.\-/@:+()[\]{}^$|?_])|[^\\])/s;

/**
 * A regular expression (RE2) as a glob, where the two take the same texts: characters, `.*`, `[^/]*` and anchors. Where an anchor is
 * missing, anything may stand there. Reading a bare `.` strictly refuses only what nobody means (P-A2).
 */
export function globOfRegexp(regexp: string): string {
  const [, start = '', body = '', end = ''] = /^(\^?)(.*?)((?:(?<!\\)\$)?)$/s.exec(regexp) ?? [];
  const parts = [start === '' ? '**' : '', ...partsOf(body, regexp), end === '' ? '**' : ''];
  return parts.filter((part) => part !== '').reduce(followedBy, '');
}

/** Two wildcards in a row are the wider of the two; written behind one another, two `*` would be a `**`. */
function followedBy(before: string, part: string): string {
  if (!part.startsWith('*') || !before.endsWith('*')) return before + part;
  return part === '**' || before.endsWith('**') ? `${before.replace(/\*+$/, '')}**` : before;
}

function partsOf(body: string, whole: string): readonly string[] {
  const parts: string[] = [];
  for (let rest = body; rest !== ''; ) {
    const [taken, part] = wildcardOf(rest) ?? characterOf(rest, whole);
    parts.push(part);
    rest = rest.slice(taken.length);
  }
  return parts;
}

/** What is read, and what it is in a glob. */
function wildcardOf(rest: string): readonly [string, string] | undefined {
  if (rest.startsWith('.*')) return ['.*', '**'];
  return rest.startsWith('[^/]*') ? ['[^/]*', '*'] : undefined;
}

function characterOf(rest: string, whole: string): readonly [string, string] {
  const [taken = '', escaped] = CHARACTER.exec(rest) ?? [];
  const isPlain = escaped !== undefined || taken === '.' || (taken !== '' && !SPECIAL.test(taken));
  if (!isPlain || /^[*+?{]/.test(rest.slice(taken.length)))
    return refuse(`the regular expression ${whole} has no exact counterpart among patterns`);
  return [taken, escaped ?? taken];
}

import type { FoundBeside, RuleAnswer, VerifiedImage, VerifyReport } from '../model/verify-report.ts';
import { plain, plainSentence } from './foreign.ts';
import { type Paint, painter } from './paint.ts';
import { counted } from './wording.ts';

const INK = {
  verified: 'green',
  'not-required': 'green',
  unsigned: 'red',
  mismatch: 'red',
  unverifiable: 'red',
  errored: 'yellow',
} as const;

const MARKS = { believed: '✓', rejected: '✗', seen: '·' } as const;

interface Branch {
  readonly text: string;
  readonly below: readonly Branch[];
}

export type VerifyFormat = (report: VerifyReport, look: { readonly color: boolean }) => string;

/** Beside the forms themselves, and not in the list of all reports: `presync verify` loads no form of a verdict. */
export function verifyFormat(name: string): VerifyFormat | undefined {
  return VERIFY_FORMATS.get(name);
}

const VERIFY_FORMATS: ReadonlyMap<string, VerifyFormat> = new Map(
  Object.entries({ text: verifyText, json: verifyJson }),
);

/** For a terminal: of each image what stands behind it, as a tree of all that was found and asked. */
export function verifyText({ images, notes }: VerifyReport, { color }: { readonly color: boolean }): string {
  const paint = painter(color);
  const blocks = [notes.map((note) => plainSentence(note)), ...images.map((image) => imageLines(image, paint))];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function imageLines(image: VerifiedImage, paint: Paint): readonly string[] {
  const { ref, digest, status, summary, fix } = image;
  const name = digest === null || ref.includes('@') ? ref : `${ref}@${digest}`;
  return [
    paint('bold', plain(name)),
    `${paint(INK[status], status)}: ${plainSentence(summary)}`,
    ...(fix === '' ? [] : [`Fix: ${plainSentence(fix)}`]),
    ...drawn(branchesOf(image), ''),
  ];
}

function leaf(text: string): Branch {
  return { text, below: [] };
}

function branchesOf({ digest, status, platforms, found, rules }: VerifiedImage): readonly Branch[] {
  const beside = found.length === 0 ? [leaf('nothing was found beside it')] : found.map(foundBranch);
  return [
    ...(platforms.length === 0 ? [] : [leaf(`an index for ${platforms.map((name) => plain(name)).join(', ')}`)]),
    // Of an image that could not be read nobody knows what lies beside it.
    ...(digest === null || status === 'errored'
      ? []
      : [{ text: `beside it (${counted(found.length, 'thing')})`, below: beside }]),
    ...(rules.length === 0 ? [] : [{ text: 'policy', below: rules.map(ruleBranch) }]),
  ];
}

function foundBranch({ outcome, place, what, details }: FoundBeside): Branch {
  return {
    text: `${MARKS[outcome]} ${place === '' ? '' : `${plain(place)}: `}${plainSentence(what)}`,
    below: details.map((detail) => leaf(plainSentence(detail))),
  };
}

function ruleBranch({ match, from, mode, unmet }: RuleAnswer): Branch {
  const where = from === '' ? '' : ` (${plain(from)})`;
  const text = `${unmet.length === 0 ? MARKS.believed : MARKS.rejected} ${plain(match)}${where}`;
  const advice = mode === 'advise' && unmet.length > 0 ? ', advice only' : '';
  const below = unmet.map(({ message, fix }) => ({
    text: plainSentence(message),
    below: fix === '' ? [] : [leaf(`Fix: ${plainSentence(fix)}`)],
  }));
  return { text: `${text}${advice}`, below };
}

function drawn(branches: readonly Branch[], indent: string): readonly string[] {
  return branches.flatMap(({ text, below }, index) => {
    const isLast = index === branches.length - 1;
    return [`${indent}${isLast ? '└─' : '├─'} ${text}`, ...drawn(below, `${indent}${isLast ? '   ' : '│  '}`)];
  });
}

export function verifyJson(report: VerifyReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

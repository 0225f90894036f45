import type { PathStep } from '../model/finding.ts';
import { arrowText } from './arrow.ts';
import { plainSentence, plain, shortened } from './foreign.ts';
import { objectWords, placeWords } from './wording.ts';

/** Longer ways are told in the list beside the picture. */
const MAX_STEPS = 20;
const MAX_LABEL = 160;

/**
 * The way as a picture where GitHub draws one: Markdown files, issues, pull requests and their comments
 * (https://docs.github.com/get-started/writing-on-github/working-with-advanced-formatting/creating-diagrams). Labels are quoted, and
 * all in them but letters, digits and some marks are numbers of characters (https://mermaid.js.org/syntax/flowchart.html,
 * "Entity codes to escape characters"), so that no name can end its label.
 */
export function mermaid(path: readonly PathStep[]): readonly string[] {
  const [first] = path;
  if (first === undefined) return [];
  const shown = path.slice(0, MAX_STEPS);
  const left = path.length - shown.length;
  return [
    '```mermaid',
    'flowchart TD',
    `n0["${label(first.from)}"]`,
    ...shown.map((step, index) => `n${index} -->|"${stepLabel(step)}"| n${index + 1}["${label(step.to)}"]`),
    ...(left > 0 ? [`n${shown.length} -.-> more["${left} more steps"]`] : []),
    '```',
  ];
}

function stepLabel(step: PathStep): string {
  const object = step.object === null ? '' : objectWords(step.object);
  return [arrowText(step), object, placeWords(step)]
    .filter((part) => part !== '')
    .map(label)
    .join('<br/>');
}

function label(text: string): string {
  const bare = shortened(plain(plainSentence(text).replaceAll('`', '')), MAX_LABEL);
  const harmless = bare.replace(/[^A-Za-z0-9 ./:,()-]/gu, (character) => `#${character.codePointAt(0) ?? 0};`);
  return harmless.trim() === '' ? '(empty)' : harmless;
}

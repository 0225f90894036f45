import type { Hunk } from '../model/change.ts';
import type { Finding } from '../model/finding.ts';
import type { ReviewComment } from '../ports/change-host.ts';
import { located } from './annotations.ts';
import { ownWords } from './brief.ts';
import { code, fenced, prose } from './foreign.ts';
import { mermaid } from './mermaid.ts';
import { waySteps } from './way.ts';
import { ruleWords, subjectWords } from './wording.ts';

/** At most this many inline comments, the rest is counted in the summary (Snyk's rule, reference/github.md 9). */
export const MAX_COMMENTS = 10;
/** Findings of one line that are told in full. */
const MAX_PER_LINE = 5;
/** R4 limits a body to 65,536 characters; bytes are never fewer, and the line that counts the rest and a suggestion want some. */
const BODY_BYTES = 60_000;
const SUGGESTION_BYTES = 4_000;

interface Spot {
  readonly path: string;
  readonly startLine: number;
  readonly line: number;
  readonly findings: readonly Finding[];
}

/** Comments for new findings on lines that the change wrote (R2, R3), the heaviest first, one per line. */
export function commentsOf(
  findings: readonly Finding[],
  hunks: readonly Hunk[],
): { readonly comments: readonly ReviewComment[]; readonly left: number } {
  const inside = located(findings).filter(
    (finding) => finding.waivedBy === undefined && hunkOf(finding, hunks) !== undefined,
  );
  const byLine = Map.groupBy(inside, ({ location }) => `${location?.line ?? 0}:${location?.file ?? ''}`);
  const spots = [...byLine.values()].flatMap((own) => spotOf(own, hunks));
  const comments = spots.slice(0, MAX_COMMENTS).map(({ path, startLine, line, findings: own }) => ({
    path,
    startLine,
    line,
    body: bodyOf(own, startLine === line),
  }));
  return { comments, left: Math.max(0, spots.length - MAX_COMMENTS) };
}

function hunkOf({ location }: Finding, hunks: readonly Hunk[]): Hunk | undefined {
  if (location === null) return undefined;
  const { file, line } = location;
  return hunks.find((hunk) => hunk.file === file && line >= hunk.newStart && line < hunk.newStart + hunk.newLines);
}

/** Start and end lie in one hunk, or GitHub refuses the whole review. */
function spotOf(findings: readonly Finding[], hunks: readonly Hunk[]): readonly Spot[] {
  const [first] = findings;
  const hunk = first && hunkOf(first, hunks);
  if (hunk === undefined || first === undefined || first.location === null) return [];
  const { file, line } = first.location;
  const end = Math.max(line, ...findings.map(({ location }) => location?.endLine ?? line));
  return [{ path: file, startLine: line, line: Math.min(end, hunk.newStart + hunk.newLines - 1), findings }];
}

function bodyOf(findings: readonly Finding[], isOneLine: boolean): string {
  const told = withinBody(findings.slice(0, MAX_PER_LINE));
  const left = findings.length - told.length;
  const rest = left > 0 ? [`… and ${left} more on this line; see the check run.`] : [];
  return [...told, ...rest, ...(isOneLine ? suggestionOf(findings) : [])].join('\n\n');
}

/** As many findings as there is room for; the first without its way where that alone is too long. */
function withinBody(findings: readonly Finding[]): readonly string[] {
  const told: string[] = [];
  let left = BODY_BYTES;
  for (const [index, finding] of findings.entries()) {
    const whole = oneBody(finding);
    const body = index === 0 && bytesOf(whole) > left ? oneBody({ ...finding, path: [] }) : whole;
    left -= bytesOf(body);
    if (left < 0) break;
    told.push(body);
  }
  return told;
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/**
 * One block, for GitHub applies it to the lines of the comment as it stands; nothing at all where a character would have to be shown as
 * another: https://docs.github.com/pull-requests/collaborating-with-pull-requests/reviewing-changes-in-pull-requests/commenting-on-a-pull-request
 */
function suggestionOf(findings: readonly Finding[]): readonly string[] {
  const [line] = findings.flatMap(({ suggestion }) => suggestion ?? []);
  if (line === undefined) return [];
  const block = fenced('suggestion', [line]);
  return block[1] === line && bytesOf(line) <= SUGGESTION_BYTES ? [block.join('\n')] : [];
}

function oneBody(finding: Finding): string {
  const { object, why, fix, blocking, path = [] } = finding;
  const message = ownWords(finding);
  const named = subjectWords({ object, message });
  const subject = named === '' ? '' : `${code(named)}: `;
  return [
    `**${blocking ? 'Blocking' : 'Advice'}** (${code(ruleWords(finding))})  `,
    `${subject}${prose(message)}`,
    ...(path.length === 0 ? [] : ['', ...waySteps(path), '', ...mermaid(path)]),
    ...(why === '' ? [] : ['', `**Why:** ${prose(why)}`]),
    ...(fix === '' ? [] : ['', `**Fix:** ${prose(fix)}`]),
  ].join('\n');
}

import type { Finding } from '../model/finding.ts';
import { reaches } from '../model/severity.ts';
import type { Annotation } from '../ports/change-host.ts';
import { plain, plainSentence, shortened } from './foreign.ts';
import { byWeight } from './order.ts';
import { subjectWords } from './wording.ts';

/** 20 requests of 50 (C2); the summary counts what is beyond. */
export const MAX_ANNOTATIONS = 1000;
/** C4: a title has 255 characters at most. */
const TITLE_CHARACTERS = 200;

/** New findings with an authored line, the heaviest first. */
export function located(findings: readonly Finding[]): readonly Finding[] {
  return byWeight(
    findings.filter(({ status, location }) => status === 'new' && location !== null && location.file !== ''),
  );
}

/** Within C4: lines from 1, the end not before the start, title <= 255 characters, message <= 64 KB (sentences are short). */
export function annotationsOf(findings: readonly Finding[]): readonly Annotation[] {
  return located(findings).slice(0, MAX_ANNOTATIONS).flatMap(annotation);
}

function annotation(finding: Finding): readonly Annotation[] {
  const { location, rule, alias, message, why, fix } = finding;
  const subject = subjectWords(finding);
  if (location === null) return [];
  const startLine = Math.max(1, location.line);
  return [
    {
      path: location.file,
      startLine,
      endLine: Math.max(startLine, location.endLine),
      level: levelOf(finding),
      title: disarmed(shortened(plain(`${rule}${alias === '' ? '' : ` (${alias})`}`), TITLE_CHARACTERS)),
      message: [
        `${subject === '' ? '' : `${plain(subject)}: `}${plainSentence(message)}`,
        ...(why === '' ? [] : [`Why: ${plainSentence(why)}`]),
        ...(fix === '' ? [] : [`Fix: ${plainSentence(fix)}`]),
      ]
        .map(disarmed)
        .join('\n'),
    },
  ];
}

/** Annotations are plain text; a mention in one would still reach an inbox. */
function disarmed(text: string): string {
  return text.replaceAll('@', '@\u200b');
}

function levelOf({ blocking, severity, waivedBy }: Finding): Annotation['level'] {
  if (blocking) return 'failure';
  return waivedBy === undefined && reaches(severity, 'medium') ? 'warning' : 'notice';
}

import type { Finding } from '../model/finding.ts';
import { SEVERITIES, type Severity } from '../model/severity.ts';
import type { Verdict } from '../model/verdict.ts';
import { plainSentence } from './foreign.ts';
import { inOrder, sortedBy } from './order.ts';
import { objectWords, subjectWords } from './wording.ts';

/** Code scanning takes 25,000 results of a run: https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning */
const MAX_RESULTS = 25_000;

/** What rules are called, and where one can read more of them. */
export type RuleBook = ReadonlyMap<string, { readonly title: string; readonly references: readonly string[] }>;

/** SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
export function sarif(verdict: Verdict, { rules: words = new Map() }: { readonly rules?: RuleBook }): string {
  const found = inOrder(verdict.findings.filter(({ status }) => status !== 'fixed'));
  const shown = found.slice(0, MAX_RESULTS);
  const rules = sortedBy([...Map.groupBy(shown, ({ rule }) => rule)], ([id]) => [id]);
  const left = found.length - shown.length;
  const more = left === 0 ? [] : [{ text: `${left} more findings are not listed here; --format json has all.` }];
  const failures = [...verdict.apps, ...verdict.checks]
    .filter(({ outcome }) => outcome === 'errored')
    .map(({ id, reason }) => ({ text: `${id} could not be checked: ${plainSentence(reason)}` }));
  const run = {
    tool: {
      driver: {
        name: 'presync',
        version: verdict.versions['presync'] ?? '',
        rules: rules.map(([id, own]) => ruleOf(id, own, words)),
      },
    },
    columnKind: 'utf16CodeUnits',
    // A run that could not look at everything is not successful, whatever it found.
    invocations: [
      {
        executionSuccessful: verdict.conclusion !== 'errored' && failures.length === 0,
        toolExecutionNotifications: [...failures, ...more].map((message) => ({ level: 'error', message })),
      },
    ],
    results: shown.map(resultOf),
  };
  const schema = 'https://json.schemastore.org/sarif-2.1.0.json';
  return `${JSON.stringify({ $schema: schema, version: '2.1.0', runs: [run] }, null, 2)}\n`;
}

/** GitHub sorts by this number: critical from 9.0, high from 7.0, medium from 4.0. */
const SCORES: Readonly<Record<Severity, string>> = {
  critical: '9.5',
  high: '8.0',
  medium: '5.0',
  low: '2.0',
  info: '0.5',
};

/** A rule weighs as much as its gravest finding. */
function ruleOf(id: string, findings: readonly Finding[], words: RuleBook): object {
  const [first] = findings;
  const { title = id, references = [] } = words.get(id) ?? {};
  const helpUri = references.find((text) => text.startsWith('https://'));
  const severity = SEVERITIES.find((one) => findings.some((finding) => finding.severity === one)) ?? 'info';
  return {
    id,
    shortDescription: { text: title },
    ...(helpUri === undefined ? {} : { helpUri }),
    ...(first === undefined || first.why === '' ? {} : { fullDescription: { text: plainSentence(first.why) } }),
    properties: { tags: ['security'], 'security-severity': SCORES[severity] },
  };
}

function resultOf(finding: Finding): object {
  const { rule, message, fix, status, location, object, app, waivedBy } = finding;
  const subject = subjectWords(finding);
  const what = `${subject === '' ? '' : `${subject}: `}${message}`;
  const said = fix === '' ? [what] : [sentence(what), `Fix: ${fix}`];
  const named = object === null ? [] : [{ fullyQualifiedName: `${app} ${objectWords(object)}`, kind: 'resource' }];
  return {
    ruleId: rule,
    level: levelOf(finding),
    message: { text: said.map(plainSentence).join(' ') },
    locations: [
      {
        ...(location === null ? {} : { physicalLocation: physical(location) }),
        ...(named.length === 0 ? {} : { logicalLocations: named }),
      },
    ],
    baselineState: status === 'new' ? 'new' : 'unchanged',
    ...(waivedBy === undefined ? {} : { suppressions: [{ kind: 'external', justification: plainSentence(waivedBy) }] }),
  };
}

/** Messages are parts of sentences and whole ones. */
function sentence(text: string): string {
  return /[.!?…]["')\]`]*\s*$/.test(text) ? text : `${text.trimEnd()}.`;
}

function levelOf({ blocking, severity }: Finding): string {
  if (blocking) return 'error';
  return severity === 'low' || severity === 'info' ? 'note' : 'warning';
}

/** Paths are relative references, each part of them escaped. */
function physical({ file, line, endLine }: NonNullable<Finding['location']>): object {
  const uri = file.split('/').map(encoded).join('/');
  const startLine = Math.max(1, line);
  return { artifactLocation: { uri }, region: { startLine, endLine: Math.max(startLine, endLine) } };
}

/** Half of a surrogate pair has no encoding; it is shown as what it is not. */
function encoded(part: string): string {
  return encodeURIComponent(part.toWellFormed());
}

import type { Finding } from '../model/finding.ts';
import type { Verdict } from '../model/verdict.ts';
import { plainSentence, xmlText } from './foreign.ts';
import { byWeight } from './order.ts';
import { objectWords, placeWords, ruleWords } from './wording.ts';

/** A suite for each check, a case for each finding, as CI systems read it: https://github.com/testmoapp/junitxml */
export function junit(verdict: Verdict): string {
  const byCheck = Map.groupBy(byWeight(verdict.findings), ({ rule }) => rule.split('/', 1)[0] ?? '');
  const known = new Set(verdict.checks.map(({ id }) => id));
  const suites = [
    ...verdict.checks.map((check) =>
      suite(check.id, [...outcomeCase(check), ...findingCases(byCheck.get(check.id) ?? [])]),
    ),
    ...[...byCheck].filter(([id]) => !known.has(id)).map(([id, findings]) => suite(id, findingCases(findings))),
    suite('apps', verdict.apps.flatMap(outcomeCase)),
  ];
  const total = suites.flatMap(({ of }) => of);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="presync"${counts(total)}>\n${suites.map(({ xml }) => xml).join('')}</testsuites>\n`;
}

interface Case {
  readonly result: 'passed' | 'failed' | 'errored' | 'skipped';
  readonly xml: string;
}

function suite(name: string, of: readonly Case[]): { readonly of: readonly Case[]; readonly xml: string } {
  return {
    of,
    xml: `<testsuite name="${xmlText(name)}"${counts(of)}>\n${of.map(({ xml }) => xml).join('')}</testsuite>\n`,
  };
}

function counts(cases: readonly Case[]): string {
  const count = (result: Case['result']): number => cases.filter((one) => one.result === result).length;
  return ` tests="${cases.length}" failures="${count('failed')}" errors="${count('errored')}" skipped="${count('skipped')}"`;
}

/** Of a check or an app: what could not be checked is an error. That one failed, its findings say. */
function outcomeCase({
  id,
  outcome,
  reason,
}: {
  readonly id: string;
  readonly outcome: string;
  readonly reason: string;
}): readonly Case[] {
  const start = `<testcase classname="presync" name="${xmlText(id)}">`;
  const said = xmlText(plainSentence(reason));
  if (outcome === 'errored') return [{ result: 'errored', xml: `${start}<error message="${said}"/></testcase>\n` }];
  if (outcome === 'skipped') return [{ result: 'skipped', xml: `${start}<skipped message="${said}"/></testcase>\n` }];
  return [{ result: 'passed', xml: `${start}</testcase>\n` }];
}

function findingCases(findings: readonly Finding[]): readonly Case[] {
  return findings.filter(({ status }) => status === 'new').map(findingCase);
}

/** Only what blocks is a failure, so that the numbers of a dashboard mean what the verdict means; the rest is told as output. */
function findingCase(finding: Finding): Case {
  const { rule, object, message, why, fix, blocking, app } = finding;
  const where = object === null ? app : objectWords(object);
  const text = [placeWords(finding), message, why === '' ? '' : `Why: ${why}`, fix === '' ? '' : `Fix: ${fix}`];
  const body = xmlText(
    text
      .filter((part) => part !== '')
      .map(plainSentence)
      .join('\n'),
  );
  const start = `<testcase classname="${xmlText(rule)}" name="${xmlText(`${where}: ${plainSentence(message)}`)}">`;
  if (!blocking) return { result: 'passed', xml: `${start}<system-out>${body}</system-out></testcase>\n` };
  const failure = `<failure type="${xmlText(ruleWords(finding))}" message="${xmlText(plainSentence(message))}">${body}</failure>`;
  return { result: 'failed', xml: `${start}${failure}</testcase>\n` };
}

import type { Finding, PathStep } from '../model/finding.ts';
import { maskSentence } from '../model/secret-text.ts';
import type { Verdict } from '../model/verdict.ts';

export function maskReason<T extends { readonly reason: string }>(one: T): T {
  return { ...one, reason: maskSentence(one.reason) };
}

function maskFinding(finding: Finding): Finding {
  const { message, why, fix, path } = finding;
  const masked = { ...finding, message: maskSentence(message), why: maskSentence(why), fix: maskSentence(fix) };
  return path === undefined ? masked : { ...masked, path: path.map(maskStep) };
}

function maskStep(step: PathStep): PathStep {
  return { ...step, from: maskSentence(step.from), to: maskSentence(step.to), text: maskSentence(step.text) };
}

/**
 * Every sentence of a verdict without passwords and tokens: errors of renderers repeat the values that they stumble over. The
 * objects were masked when they were compared (src/diff). To mask what is masked does no harm.
 */
export function maskVerdict(verdict: Verdict): Verdict {
  return {
    ...verdict,
    apps: verdict.apps.map(maskReason),
    checks: verdict.checks.map(maskReason),
    findings: verdict.findings.map(maskFinding),
    notes: verdict.notes.map(maskSentence),
  };
}

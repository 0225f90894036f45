import { textAt, type JsonValue } from '../../../model/json.ts';
import type { SignerRule } from '../../../model/policy.ts';
import { refuse } from './reading.ts';
import { globOfRegexp } from './regexp.ts';

/** Issuer and subject as patterns of ours. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
}

/** Other tools ask for no more than issuer and subject, so neither do we in their name. */
export function identitySigner({ issuer, subject }: Identity): SignerRule {
  if (issuer === '' || subject === '') refuse('it names an issuer or a subject alone, and not both');
  const pattern = issuer.includes('*') ? { issuerPattern: issuer } : {};
  return { kind: 'keyless', issuer, ...pattern, subject, triggers: 'any', allowsSelfHosted: true };
}

/** `issuer` and `subject` as they are, or by regular expression; `literal` says what the plain form means. */
export function identityAt(value: JsonValue | undefined, literal: (text: string) => string): Identity {
  return {
    issuer: fieldAt(value, ['issuer', 'issuerRegExp'], literal),
    subject: fieldAt(value, ['subject', 'subjectRegExp'], literal),
  };
}

function fieldAt(
  value: JsonValue | undefined,
  [plain, regexp]: readonly [string, string],
  literal: (text: string) => string,
): string {
  const [exact, pattern] = [textAt(value, plain), textAt(value, regexp)];
  if (exact !== '' && pattern !== '') refuse(`it has ${plain} and ${regexp}; which counts is for the cluster to say`);
  return pattern === '' ? literal(exact) : globOfRegexp(pattern);
}

/** A text that stands for itself, in a language where `*` does not. */
export function literalText(text: string): string {
  return text.includes('*') ? refuse(`${text} contains *, which is a wildcard here`) : text;
}

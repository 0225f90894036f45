import { coversGlob } from './glob.ts';
import { largestPairing } from './pairing.ts';
import type { ProvenanceRule, SignatureRule, SignerRule } from './policy.ts';

type Keyless = Extract<SignerRule, { kind: 'keyless' }>;
type Triggers = Keyless['triggers'];

/** Is everybody whom `narrow` takes also taken by `wide`? Never true where that is wrong. */
export function coversSigner(wide: SignerRule, narrow: SignerRule): boolean {
  switch (wide.kind) {
    case 'keyless':
      return narrow.kind === 'keyless' && coversKeyless(wide, narrow);
    case 'key':
      return narrow.kind === 'key' && narrow.key === wide.key;
    case 'certificate':
      return narrow.kind === 'certificate' && narrow.root === wide.root && coversGlob(wide.subject, narrow.subject);
  }
}

function coversKeyless(wide: Keyless, narrow: Keyless): boolean {
  const globs = ['subject', 'repository', 'workflow', 'ref'] as const;
  const exact = ['root', 'repositoryId', 'ownerId'] as const;
  return (
    coversIssuer(wide, narrow) &&
    globs.every((key) => coversOptional(wide[key], narrow[key])) &&
    exact.every((key) => wide[key] === undefined || wide[key] === narrow[key]) &&
    coversBuild(wide, narrow)
  );
}

function coversIssuer(wide: Keyless, narrow: Keyless): boolean {
  if (wide.issuerPattern === undefined) return narrow.issuerPattern === undefined && wide.issuer === narrow.issuer;
  return coversGlob(wide.issuerPattern, narrow.issuerPattern ?? narrow.issuer);
}

function coversOptional(wide: string | undefined, narrow: string | undefined): boolean {
  return wide === undefined || (narrow !== undefined && coversGlob(wide, narrow));
}

interface Build {
  readonly triggers?: Triggers;
  readonly allowsSelfHosted: boolean;
}

function coversBuild(wide: Build, narrow: Build): boolean {
  return coversTriggers(wide.triggers, narrow.triggers) && (wide.allowsSelfHosted || !narrow.allowsSelfHosted);
}

function coversTriggers(wide: Triggers, narrow: Triggers): boolean {
  if (wide === 'any') return true;
  if (narrow === 'any' || (wide !== undefined && narrow === undefined)) return false;
  const taken = narrow ?? [];
  return wide === undefined
    ? !taken.some((trigger) => /pull_request|merge_request/.test(trigger))
    : taken.every((trigger) => wide.includes(trigger));
}

/** The signers of a rule that another one does not take. */
export function newSigners(before: SignatureRule, after: SignatureRule): readonly SignerRule[] {
  return after.anyOf.filter((one) => !before.anyOf.some((other) => coversSigner(other, one)));
}

/**
 * Where several must sign, each signer of the new list must stand for one of the old that no other stands for: two signatures under
 * the new rule could else be one under the old.
 */
export function standsForOne(before: SignatureRule, after: SignatureRule): boolean {
  if (before.count <= 1) return false;
  const stands = after.anyOf.map((one) =>
    before.anyOf.flatMap((other, index) => (coversSigner(other, one) ? [index] : [])),
  );
  return largestPairing(stands) < after.anyOf.length;
}

/** What provenance of the new rule would not be provenance under the old one, by the names of its keys. */
export function looserProvenance(before: ProvenanceRule, after: ProvenanceRule): readonly string[] {
  const globs = ['builder', 'source', 'workflow', 'ref'] as const;
  return [
    ...globs.filter((key) => !coversOptional(before[key], after[key])),
    ...(coversTriggers(before.triggers, after.triggers) ? [] : ['triggers']),
    ...(before.allowsSelfHosted || !after.allowsSelfHosted ? [] : ['selfHosted']),
    ...(coversProvenanceSigner(before.signer, after.signer) ? [] : ['signer']),
  ];
}

function coversProvenanceSigner(before: SignerRule | undefined, after: SignerRule | undefined): boolean {
  if (before === undefined || after === undefined) return before === after;
  return coversSigner(before, after);
}

/** A signer in a few words. */
export function signerName(rule: SignerRule): string {
  switch (rule.kind) {
    case 'key':
      return rule.key;
    case 'certificate':
      return `${rule.subject} (certificate of ${rule.root})`;
    case 'keyless': {
      const { issuer, issuerPattern: _pattern, kind: _, triggers, allowsSelfHosted, ...facts } = rule;
      const shown = Object.entries(facts).flatMap(([key, value]) => (value === undefined ? [] : [`${key} ${value}`]));
      const started = triggers === undefined ? [] : [`triggers ${triggers === 'any' ? 'any' : triggers.join(', ')}`];
      return [...shown, ...started, ...(allowsSelfHosted ? ['selfHosted'] : []), `by ${issuer}`].join(', ');
    }
  }
}

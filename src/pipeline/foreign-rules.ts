import type { ForeignRules } from '../checks/provenance/foreign/index.ts';
import { publicKeyOf } from '../config/public-key.ts';
import type { ImageRule, Policy, SignerRule } from '../model/policy.ts';
import type { Trust, TrustedKey } from '../model/provenance.ts';

/** The controllers trust Sigstore's public instance unless they are given another one, and would refuse what stands under GitHub's. */
const NOT_KNOWN_TO_OTHERS = 'github';

/** The rules of the policy and those of objects that other tools obey, with one trust for all of them. */
export interface JoinedRules {
  readonly trust: Trust;
  readonly rules: readonly ImageRule[];
  /** A sentence for each rule whose key cannot be used. */
  readonly leftOut: readonly string[];
}

/**
 * Adds the keys that such objects bring to those of the policy. A key that is trusted already keeps its name, so that one signature
 * is never two; where it is trusted on other terms (log, hash, days), nobody could say on which of them a signature was believed, so
 * that rule is left out and named.
 */
export function joinForeign({ images }: Pick<Policy, 'images'>, trust: Trust, foreign: ForeignRules): JoinedRules {
  const known = new Map(trust.keys.map((key) => [publicKeyOf(key.pem), key]));
  const uses = new Map<string, TrustedKey | string>();
  const added: TrustedKey[] = [];
  for (const key of foreign.keys) {
    const text = publicKeyOf(key.pem);
    const twin = known.get(text);
    uses.set(key.name, useOf(key, text, twin));
    if (text === undefined || twin !== undefined) continue;
    known.set(text, key);
    added.push(key);
  }
  const renamed = foreign.rules.map((rule) => renamedRule(rule, uses));
  return {
    trust: { ...trust, keys: [...trust.keys, ...added] },
    rules: [...images, ...renamed.filter((one) => typeof one !== 'string')],
    leftOut: renamed.filter((one) => typeof one === 'string'),
  };
}

/** The key under the name that it is trusted by, or why it cannot be. */
function useOf(key: TrustedKey, text: string | undefined, twin: TrustedKey | undefined): TrustedKey | string {
  if (text === undefined) return 'its key is no public key that can be read';
  if (twin === undefined) return key;
  return termsOf(twin) === termsOf(key) ? twin : `its key is trusted on other terms already (${twin.name})`;
}

function termsOf({ hash = 'sha256', validFrom, validUntil, needsLog }: TrustedKey): string {
  return JSON.stringify([hash, validFrom, validUntil, needsLog]);
}

function renamedRule(rule: ImageRule, uses: ReadonlyMap<string, TrustedKey | string>): ImageRule | string {
  const { signature } = rule.require;
  if (signature === undefined) return rule;
  const anyOf = signature.anyOf.map((one) => renamedSigner(one, uses));
  const wrong = anyOf.find((one) => typeof one === 'string');
  if (wrong !== undefined)
    return `${rule.from} in ${rule.cluster ?? 'every cluster'} is not applied before the merge: ${wrong}`;
  const signers = anyOf.filter((one) => typeof one !== 'string');
  return { ...rule, require: { ...rule.require, signature: { ...signature, anyOf: signers } } };
}

function renamedSigner(signer: SignerRule, uses: ReadonlyMap<string, TrustedKey | string>): SignerRule | string {
  if (signer.kind === 'certificate') return signer;
  if (signer.kind === 'keyless') return { ...signer, exceptRoot: NOT_KNOWN_TO_OTHERS };
  const use = uses.get(signer.key) ?? 'its key is not there';
  return typeof use === 'string' ? use : { kind: 'key', key: use.name };
}

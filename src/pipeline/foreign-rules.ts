import type { ForeignRules } from '../checks/provenance/foreign/index.ts';
import { publicKeyOf } from '../config/public-key.ts';
import { trustedRootOf } from '../config/trusted-root.ts';
import type { ImageRule, Policy, SignerRule } from '../model/policy.ts';
import { leavesOf, withSigners } from '../model/proof-rule.ts';
import type { Trust, TrustedKey, TrustedRoot } from '../model/provenance.ts';

/** The controllers trust Sigstore's public instance unless they are given another one, and would refuse what stands under GitHub's. */
export const NOT_KNOWN_TO_OTHERS = 'github';

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
 * that rule is left out and named. A root counts for the rules that name it and for nobody else.
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
  const roots = scopedRoots(foreign);
  const usable = { uses, broken: new Set(foreign.roots.map(({ name }) => name).filter((name) => !roots.has(name))) };
  const renamed = foreign.rules.map((rule) => renamedRule(rule, usable));
  return {
    trust: { ...trust, roots: [...trust.roots, ...roots.values()], keys: [...trust.keys, ...added] },
    rules: [...images, ...renamed.filter((one) => typeof one !== 'string')],
    leftOut: renamed.filter((one) => typeof one === 'string'),
  };
}

function scopedRoots({ roots }: ForeignRules): ReadonlyMap<string, TrustedRoot> {
  const read = roots.flatMap(({ name, thresholds, ...keys }) => {
    const json = trustedRootOf(keys);
    return json === undefined ? [] : [[name, { name, json, thresholds, isScoped: true }] as const];
  });
  return new Map(read);
}

interface Usable {
  readonly uses: ReadonlyMap<string, TrustedKey | string>;
  /** Names of roots that cannot be read. */
  readonly broken: ReadonlySet<string>;
}

/** The key under the name that it is trusted by, or why it cannot be. */
function useOf(key: TrustedKey, text: string | undefined, twin: TrustedKey | undefined): TrustedKey | string {
  if (text === undefined) return 'its key is no public key that can be read';
  if (twin === undefined) return key;
  return termsOf(twin) === termsOf(key) ? twin : `its key is trusted on other terms already (${twin.name})`;
}

function termsOf({ hash = 'sha256', validFrom, validUntil, needsLog, root }: TrustedKey): string {
  return JSON.stringify([hash, validFrom, validUntil, needsLog, root]);
}

function renamedRule(rule: ImageRule, usable: Usable): ImageRule | string {
  const { signature, proof } = rule.require;
  const signers = [
    ...(signature?.anyOf ?? []),
    ...(proof === undefined ? [] : leavesOf(proof).map((one) => one.signer)),
  ];
  const wrong = signers.map((one) => faultOf(one, usable)).find((fault) => fault !== undefined);
  if (wrong !== undefined)
    return `${rule.from} in ${rule.cluster ?? 'every cluster'} is not applied before the merge: ${wrong}`;
  const renamed = (one: SignerRule) => renamedSigner(one, usable);
  const parts = {
    ...(signature === undefined ? {} : { signature: { ...signature, anyOf: signature.anyOf.map(renamed) } }),
    ...(proof === undefined ? {} : { proof: withSigners(proof, renamed) }),
  };
  return { ...rule, require: { ...rule.require, ...parts } };
}

function faultOf(signer: SignerRule, { uses, broken }: Usable): string | undefined {
  if (signer.kind === 'keyless')
    return broken.has(signer.root ?? '') ? `a key or certificate of ${signer.root} cannot be read` : undefined;
  if (signer.kind !== 'key') return undefined;
  const use = uses.get(signer.key) ?? 'its key is not there';
  if (typeof use === 'string') return use;
  return broken.has(use.root ?? '') ? `a key or certificate of ${use.root} cannot be read` : undefined;
}

function renamedSigner(signer: SignerRule, { uses }: Usable): SignerRule {
  if (signer.kind === 'keyless') return { ...signer, exceptRoot: NOT_KNOWN_TO_OTHERS };
  if (signer.kind !== 'key') return signer;
  const use = uses.get(signer.key);
  return typeof use === 'object' ? { kind: 'key', key: use.name } : signer;
}

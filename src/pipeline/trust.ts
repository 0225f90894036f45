import { pemOf, trustFile } from '../config/trust-files.ts';
import type { Policy, TrustPolicy } from '../model/policy.ts';
import type { Trust, TrustedAuthority, TrustedKey, TrustedRoot } from '../model/provenance.ts';
import type { TrustedRoots } from '../ports/trusted-roots.ts';

export interface Trusted {
  readonly trust: Trust;
  /** Sentences for the reader. */
  readonly warnings: readonly string[];
}

/** All whose word counts under a policy that src/pipeline/rules.ts has read, files and all; what is wrong with them was said there. */
export function trustOf(policy: Policy, roots: TrustedRoots): Promise<Trusted> {
  return withRoots(ownTrust(policy), policy, roots);
}

/** What the policy itself brings. */
export function ownTrust({ trust }: Policy): Trust {
  return { roots: rootsOf(trust), keys: keysOf(trust), authorities: authoritiesOf(trust) };
}

/** With the roots that are trusted without any policy. */
export async function withRoots(own: Trust, { trust }: Policy, roots: TrustedRoots): Promise<Trusted> {
  const brought = await roots.current();
  const wanted = brought.roots.filter(({ name }) => isTrusted(name, trust));
  const missing = brought.missing?.filter(({ name }) => isTrusted(name, trust)) ?? [];
  return {
    trust: { ...own, roots: [...wanted, ...own.roots], ...(missing.length > 0 && { missing }) },
    warnings: brought.warnings.filter(({ root }) => isTrusted(root, trust)).map(({ sentence }) => sentence),
  };
}

/** What presync brings can be left out; the roots of the operator stay. */
function isTrusted(name: string, { publicGood, github }: TrustPolicy): boolean {
  const instances: Readonly<Record<string, boolean>> = { 'public-good': publicGood, github };
  return instances[name] ?? true;
}

function rootsOf(trust: TrustPolicy): readonly TrustedRoot[] {
  return trust.roots.map(({ file, ...thresholds }) => ({ name: file, json: present(trust, file), thresholds }));
}

function keysOf(trust: TrustPolicy): readonly TrustedKey[] {
  return trust.keys.map((key) => {
    const { name, hash, validFrom, validUntil, needsLog } = key;
    return { name, pem: pemOf(trust, key) ?? '', hash, validFrom, validUntil, needsLog };
  });
}

function authoritiesOf(trust: TrustPolicy): readonly TrustedAuthority[] {
  return trust.authorities.map(({ file, timestamps }) => ({
    name: file,
    pem: present(trust, file),
    timestampPem: timestamps === undefined ? undefined : present(trust, timestamps),
  }));
}

/** An empty text is trusted by nobody: without its file a root proves nothing. */
function present(trust: TrustPolicy, file: string): string {
  return trustFile(trust, file) ?? '';
}

import { createHash } from 'node:crypto';
import type { X509Certificate } from '@sigstore/core';
import { Verifier } from '@sigstore/verify';
// Entries of a kind that the library refuses are proven by it nevertheless; it exports the whole check alone. Versions are pinned.
import { verifyTLogInclusion } from '@sigstore/verify/dist/tlog/index.js';
import { alternativeName } from './certificate.ts';
import { fulcioClaims } from './fulcio-claims.ts';
import { assertInToto001, assertLoggedFor, isInToto001 } from './log-entry.ts';
import { claimedTimes, earliest, type Proof } from './proof.ts';
import { invalid } from './refusal.ts';
import { contentOf, type Signed } from './signed.ts';
import type { UsableRoot } from './usable-trust.ts';

/** Does an authority of the root claim to have issued the certificate? */
export function isIssuedUnder(leaf: X509Certificate, { material }: UsableRoot): boolean {
  return material.certificateAuthorities.some(({ certChain }) =>
    certChain.some(({ subject }) => subject.equals(leaf.issuer)),
  );
}

/** The identity of a certificate that lived for minutes, proven to have signed within them. Throws. */
export function proveByRoot(signed: Signed, leaf: X509Certificate, root: UsableRoot): Proof {
  const { name, material, thresholds, isScoped } = root;
  const { logs, certificateLogs, timestamps } = thresholds;
  const ours = signed.entries.filter(isInToto001);
  for (const entry of ours) verifyTLogInclusion(entry, material.tlogs);
  assertOursHold(signed, ours);
  for (const entry of signed.entries) assertLoggedFor(entry, leaf.root.toDER());
  // The library counts the time of a log as well; where a root asks for timestamps, those of an authority are meant.
  if (signed.timestamps.length < timestamps)
    throw invalid(`its root asks for ${timestamps} timestamps, and it has ${signed.timestamps.length}`);
  const times = claimedTimes(signed);
  const options = {
    tlogThreshold: Math.max(0, logs - ours.length),
    ctlogThreshold: certificateLogs,
    // A certificate of minutes says nothing without a time, whatever the root asks for (P-C3).
    timestampThreshold: Math.max(1, timestamps),
  };
  // No policy is handed over: the library takes subjects for patterns that match anywhere (P-A1, P-A7). Names are compared later.
  new Verifier(material, options).verify({
    signature: contentOf(signed),
    key: { $case: 'certificate', certificate: leaf },
    tlogEntries: signed.entries.filter((entry) => !isInToto001(entry)),
    timestamps: times,
  });
  const subject = alternativeName(leaf);
  if (subject === undefined) throw invalid('its certificate names nobody');
  const claims = fulcioClaims(leaf);
  if (!speaksFor(root, claims.issuer)) throw invalid(`${name} does not vouch for identities of ${claims.issuer}`);
  const scope = isScoped === true ? ({ isScoped } as const) : {};
  const signer = { kind: 'keyless' as const, root: name, ...scope, subject, ...claims };
  return { signer, signedAt: earliest(times), isLogged: signed.entries.length > 0 };
}

function speaksFor({ issuer }: UsableRoot, named: string): boolean {
  return issuer === undefined || named === issuer || named.startsWith(`${issuer}/`);
}

function assertOursHold({ content }: Signed, entries: Signed['entries']): void {
  const bodies = entries.map(({ canonicalizedBody }) => canonicalizedBody.toString('base64'));
  if (new Set(bodies).size !== bodies.length) throw invalid('it has a log entry twice');
  const sha256 = createHash('sha256').update(content.payload).digest('hex');
  for (const entry of entries) assertInToto001(entry, sha256);
}

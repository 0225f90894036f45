import { createPublicKey } from 'node:crypto';
// The library exports its check of timestamps only as part of a whole one, which asks for a log. Versions are pinned.
import { verifyRFC3161Timestamp } from '@sigstore/verify/dist/timestamp/tsa.js';
import type { X509Certificate } from '@sigstore/core';
import { because, type Proven, provenByRoots } from './by-log.ts';
import { alternativeName, type Chain, commonName } from './certificate.ts';
import { assertLeadsTo } from './issued-under.ts';
import type { Proof } from './proof.ts';
import { invalid, sentenceFor } from './refusal.ts';
import { contentOf, type Signed, stampedBytes } from './signed.ts';
import { readTimestamp } from './timestamp.ts';
import type { UsableAuthority, UsableRoot } from './usable-trust.ts';

interface AuthorityCase {
  readonly chain: Chain;
  readonly authority: UsableAuthority;
  readonly now: Date;
}

/**
 * A certificate of one's own authority, valid when it signed. A timestamp of its own authority says when, where policy names one; else
 * a log or a timestamp that a trusted root proves; where nothing does, it must be valid now. Throws.
 */
export function proveByAuthority(signed: Signed, asked: AuthorityCase, roots: readonly UsableRoot[]): Proof {
  const { chain, authority } = asked;
  const { leaf } = chain;
  const { signedAt, isLogged } = authority.stampers.length > 0 ? stamped(signed, asked) : logged(signed, asked, roots);
  if (!contentOf(signed).verifySignature(keyOf(leaf))) throw invalid('the signature is not that of its certificate');
  const subject = alternativeName(leaf) ?? commonName(leaf);
  if (subject === undefined) throw invalid('its certificate names nobody');
  return { signer: { kind: 'certificate', root: authority.name, subject }, signedAt, isLogged };
}

function keyOf({ publicKey }: X509Certificate) {
  return createPublicKey({ key: publicKey, format: 'der', type: 'spki' });
}

function stamped(signed: Signed, { authority, chain }: AuthorityCase): Proven {
  const times = stampedTimes(signed, authority.stampers);
  for (const time of times) assertLeadsTo(authority, chain, time);
  const [first] = times.toSorted((a, b) => a.getTime() - b.getTime());
  return { signedAt: first?.toISOString(), isLogged: false };
}

/** What no root proves counts for nothing, and does no harm: the certificate must be valid now then. */
function logged(signed: Signed, { authority, chain, now }: AuthorityCase, roots: readonly UsableRoot[]): Proven {
  const { leaf } = chain;
  const isValid = (date: Date) => {
    assertLeadsTo(authority, chain, date);
    return true;
  };
  const { proven, faults } = provenByRoots(signed, { der: leaf.root.toDER(), key: keyOf(leaf), isValid }, roots);
  if (proven?.signedAt !== undefined) return proven;
  try {
    assertLeadsTo(authority, chain, now);
  } catch (error) {
    throw invalid(`${sentenceFor(error)}${because(faults)}`);
  }
  return { signedAt: undefined, isLogged: proven?.isLogged === true };
}

const ALWAYS = { start: new Date(0), end: new Date(8_640_000_000_000_000) };

function stampedTimes(signed: Signed, stampers: readonly X509Certificate[]): readonly Date[] {
  const { timestamps } = signed;
  if (timestamps.length === 0) throw invalid('it has no timestamp, and the timestamp authority of its issuer is known');
  return timestamps.map((der) => {
    const timestamp = readTimestamp(der);
    verifyRFC3161Timestamp(timestamp, stampedBytes(signed), [{ certChain: [...stampers], validFor: ALWAYS }]);
    return timestamp.signingTime;
  });
}

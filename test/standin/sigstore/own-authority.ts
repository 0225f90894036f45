import type { TrustedAuthority } from '../../../src/model/provenance.ts';
import { der, sequence } from '../../builders/der.ts';
import {
  anIssuer,
  bodyOf,
  CODE_SIGNING,
  DIGITAL_SIGNATURE,
  extendedKeyUsage,
  extension,
  type Issued,
  issued,
  keyIds,
  keyUsage,
} from './certificate.ts';
import { FROM, UNTIL } from './fulcio.ts';
import { aSigningKey, type SigningKey } from './keys.ts';
import { aTimestampAuthority } from './timestamp.ts';

export interface OwnCertificate {
  readonly key: SigningKey;
  readonly leaf: Issued;
  /** The root last. */
  readonly chain: readonly Issued[];
  /** Of the authority's own timestamps. */
  stamp(bytes: Uint8Array, at: Date): Uint8Array;
}

export interface OwnWish {
  readonly key?: SigningKey | undefined;
  readonly from?: Date | undefined;
  readonly until?: Date | undefined;
  readonly usages?: readonly string[] | undefined;
  readonly keyUsage?: readonly number[] | undefined;
}

export interface OwnAuthority {
  readonly trusted: TrustedAuthority;
  /** For a name: a URI, an address, or (without `@` and `://`) a DNS name. */
  issue(name: string, wish?: OwnWish): OwnCertificate;
  /** TimeStampResp over the bytes. */
  stamp(bytes: Uint8Array, at: Date): Uint8Array;
}

/** Bring your own PKI: a root, an intermediate, and their timestamp authority. */
export function anOwnAuthority(name = 'acme'): OwnAuthority {
  const span = { organization: name, from: FROM, until: UNTIL };
  const root = anIssuer({ ...span, name: `${name} root`, key: aSigningKey('P-384') });
  const intermediate = anIssuer({ ...span, name: `${name} signing`, key: aSigningKey() }, root, [CODE_SIGNING]);
  const timestamps = aTimestampAuthority(name);
  return {
    trusted: {
      name,
      pem: intermediate.pem + root.pem,
      timestampPem: timestamps.leaf.pem + timestamps.root.pem,
    },
    stamp: (bytes, at) => timestamps.stamp(bytes, at),
    issue(subject, wish = {}) {
      const key = wish.key ?? aSigningKey();
      const extensions = [
        keyUsage(...(wish.keyUsage ?? [DIGITAL_SIGNATURE])),
        extendedKeyUsage(wish.usages ?? [CODE_SIGNING]),
        ...keyIds(key, intermediate.key),
        extension('2.5.29.17', sequence(der(tagOf(subject), Buffer.from(subject)))),
      ];
      const { from = FROM, until = UNTIL } = wish;
      const body = bodyOf(intermediate, { name: subject, organization: name, spki: key.spki, from, until, extensions });
      const leaf = issued(intermediate.key, body);
      return { key, leaf, chain: [intermediate, root], stamp: (bytes, at) => timestamps.stamp(bytes, at) };
    },
  };
}

/** GeneralName of RFC 5280, 4.2.1.6. */
function tagOf(subject: string): number {
  if (subject.includes('://')) return 0x86;
  return subject.includes('@') ? 0x81 : 0x82;
}

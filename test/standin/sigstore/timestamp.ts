import { randomBytes } from 'node:crypto';
import { der, generalTime, integer, NULL, objectId, octets, sequence, set } from '../../builders/der.ts';
import {
  anIssuer,
  aSerial,
  bodyOf,
  DIGITAL_SIGNATURE,
  distinguishedName,
  extendedKeyUsage,
  type Issued,
  type Issuer,
  issued,
  keyIds,
  keyUsage,
  TIME_STAMPING,
} from './certificate.ts';
import { FROM, UNTIL } from './fulcio.ts';
import { algorithmOf, aSigningKey, sha256, signedBy } from './keys.ts';

export interface TimestampAuthority {
  readonly root: Issuer;
  /** Signs the timestamps. */
  readonly leaf: Issued;
  /** TimeStampResp of RFC 3161 over the bytes, at whole seconds unless a fraction (`.5`) is given: sigstore-js reads none but of three digits. */
  stamp(bytes: Uint8Array, at: Date, fraction?: string): Uint8Array;
}

const SIGNED_DATA = objectId('1.2.840.113549.1.7.2');
const TST_INFO = objectId('1.2.840.113549.1.9.16.1.4');
const CONTENT_TYPE = objectId('1.2.840.113549.1.9.3');
const MESSAGE_DIGEST = objectId('1.2.840.113549.1.9.4');
const SIGNING_TIME = objectId('1.2.840.113549.1.9.5');
const SIGNING_CERTIFICATE_V2 = objectId('1.2.840.113549.1.9.16.2.47');
const SHA256 = sequence(objectId('2.16.840.1.101.3.4.2.1'));
const POLICY = objectId('1.3.6.1.4.1.57264.2');

export function aTimestampAuthority(organization: string): TimestampAuthority {
  const span = { organization, from: FROM, until: UNTIL };
  const root = anIssuer({ ...span, name: `${organization} timestamp root`, key: aSigningKey() });
  const key = aSigningKey();
  const serial = aSerial();
  const extensions = [keyUsage(DIGITAL_SIGNATURE), extendedKeyUsage([TIME_STAMPING], true), ...keyIds(key, root.key)];
  const wish = { ...span, name: `${organization} timestamping`, spki: key.spki, serial, extensions };
  const leaf = issued(root.key, bodyOf(root, wish));
  const signer = sequence(distinguishedName(root.name, organization), integer(serial));

  function signerInfo(content: Uint8Array, at: Date): Uint8Array {
    const attributes = Buffer.concat([
      attribute(CONTENT_TYPE, TST_INFO),
      attribute(SIGNING_TIME, der(0x17, generalTime(at).subarray(4))),
      attribute(MESSAGE_DIGEST, octets(sha256(content))),
      attribute(SIGNING_CERTIFICATE_V2, sequence(sequence(sequence(octets(sha256(leaf.der)))))),
    ]);
    const signature = signedBy(key, set(attributes));
    return sequence(integer(1), signer, SHA256, der(0xa0, attributes), algorithmOf(key), octets(signature));
  }

  return {
    root,
    leaf,
    stamp(bytes, at, fraction = '') {
      const content = infoOf(bytes, generalTime(at, fraction));
      const signedData = sequence(
        integer(3),
        set(SHA256),
        sequence(TST_INFO, der(0xa0, octets(content))),
        der(0xa0, leaf.der),
        set(signerInfo(content, at)),
      );
      return sequence(sequence(integer(0)), sequence(SIGNED_DATA, der(0xa0, signedData)));
    },
  };
}

/** TSTInfo (RFC 3161, 2.4.2). */
function infoOf(bytes: Uint8Array, time: Uint8Array): Uint8Array {
  return sequence(
    integer(1),
    POLICY,
    sequence(sequence(objectId('2.16.840.1.101.3.4.2.1'), NULL), octets(sha256(bytes))),
    integer(Uint8Array.of(1, ...randomBytes(7))),
    time,
  );
}

function attribute(id: Uint8Array, value: Uint8Array): Uint8Array {
  return sequence(id, set(value));
}

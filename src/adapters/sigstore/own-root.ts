import { TrustedRoot as RootMessage } from '@sigstore/protobuf-specs';
import { type TrustMaterial, toTrustMaterial } from '@sigstore/verify';
import { sentenceOf } from '../../model/error.ts';
import type { JsonObject } from '../../model/json.ts';
import type { TrustedRoot } from '../../model/provenance.ts';
import { strictObject } from '../../model/strict-json.ts';
import { keepEncodings } from './kept-encoding.ts';

export type OwnRoot = { readonly root: TrustedRoot } | { readonly problems: readonly string[] };

/**
 * A root of the operator or of a repository, by the text of its `trusted_root.json`. Where nobody says what a signature under it must
 * have, that follows from what is in it: log entries and certificate log entries where it has such logs, and a timestamp where it has no log (as GitHub's own).
 */
export function ownRoot(name: string, json: string, thresholds?: TrustedRoot['thresholds']): OwnRoot {
  const read = readRoot(json);
  if ('problems' in read) return { problems: read.problems.map((problem) => `${name}: ${problem}`) };
  const { tlogs, ctlogs } = read.material;
  const logs = Math.min(tlogs.length, 1);
  const own = { logs, certificateLogs: Math.min(ctlogs.length, 1), timestamps: 1 - logs };
  return { root: { name, json, thresholds: thresholds ?? own } };
}

export type ReadRoot = { readonly material: TrustMaterial } | { readonly problems: readonly string[] };

/** https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto */
const MEDIA_TYPES = [
  'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  'application/vnd.dev.sigstore.trustedroot.v0.2+json',
];

/** The material of a root, or what is wrong with it. */
export function readRoot(json: string): ReadRoot {
  const object = strictObject(Buffer.from(json));
  if (object === undefined) {
    const several =
      json.trim().split('\n').length > 1 &&
      json
        .trim()
        .split('\n')
        .every((line) => line.startsWith('{"'));
    return {
      problems: [several ? 'it holds several roots; write each into a file of its own' : 'it is no strict JSON object'],
    };
  }
  try {
    const message = RootMessage.fromJSON(object);
    const problems = problemsOf(message, object);
    return problems.length > 0 ? { problems } : { material: keepEncodings(toTrustMaterial(message)) };
  } catch (error) {
    return { problems: [`a key or certificate in it cannot be read (${sentenceOf(error)})`] };
  }
}

function problemsOf(root: RootMessage, object: JsonObject): readonly string[] {
  const mediaType = object['mediaType'];
  if (typeof mediaType !== 'string' || !MEDIA_TYPES.includes(mediaType))
    return ['its mediaType is not that of a trusted root; take the file trusted_root.json'];
  const { tlogs, ctlogs, certificateAuthorities, timestampAuthorities } = root;
  const proofs = tlogs.length + timestampAuthorities.length;
  return [
    ...(certificateAuthorities.length > 0 ? [] : ['it has no certificate authority']),
    ...(proofs > 0 ? [] : ['it has neither a log nor a timestamp authority, so that no signature has a time']),
    ...withoutStart(
      'tlogs',
      tlogs.map(({ publicKey }) => publicKey?.validFor?.start),
    ),
    ...withoutStart(
      'ctlogs',
      ctlogs.map(({ publicKey }) => publicKey?.validFor?.start),
    ),
    ...withoutStart(
      'certificateAuthorities',
      certificateAuthorities.map(({ validFor }) => validFor?.start),
    ),
    ...withoutStart(
      'timestampAuthorities',
      timestampAuthorities.map(({ validFor }) => validFor?.start),
    ),
    ...withoutChain('certificateAuthorities', certificateAuthorities),
    ...withoutChain('timestampAuthorities', timestampAuthorities),
  ];
}

/** The library takes what has no beginning for valid since 1970: keys that were given up would vouch for old signatures (P-C5). */
function withoutStart(list: string, starts: readonly (Date | undefined)[]): readonly string[] {
  return starts.flatMap((start, index) =>
    start !== undefined && Number.isFinite(start.getTime())
      ? []
      : [`${list}[${index}] has no validFor.start; say since when it counts`],
  );
}

function withoutChain(list: string, authorities: RootMessage['certificateAuthorities']): readonly string[] {
  return authorities.flatMap(({ certChain }, index) =>
    (certChain?.certificates.length ?? 0) > 0 ? [] : [`${list}[${index}] has no certificates`],
  );
}

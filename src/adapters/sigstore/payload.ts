import { createHash } from 'node:crypto';
import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { ProvenanceClaims } from '../../model/provenance.ts';
import { assertOneReading, objectIn, readObject, textIn } from './reading.ts';
import { malformed } from './refusal.ts';
import type { Signed } from './signed.ts';
import { slsaClaims } from './slsa.ts';

/** What an attachment says, whoever signed it. */
export interface Said {
  /** Digests that it speaks of. */
  readonly subjects: readonly string[];
  readonly role: 'signature' | 'attestation';
  readonly predicateType?: string;
  readonly statement?: JsonObject;
  readonly provenance?: ProvenanceClaims | undefined;
  readonly dockerReference?: string;
}

export function readPayload({ content }: Pick<Signed, 'content'>): Said {
  switch (content.kind) {
    case 'envelope':
      return readStatement(readObject(content.payload, 'the statement'));
    case 'simple-signing':
      return readSimpleSigning(readObject(content.payload, 'the payload'));
    case 'manifest':
      return { subjects: [`sha256:${createHash('sha256').update(content.payload).digest('hex')}`], role: 'signature' };
  }
}

/** https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md; 0.1 is what cosign 2 and slsa-github-generator write. */
const STATEMENTS = ['https://in-toto.io/Statement/v0.1', 'https://in-toto.io/Statement/v1'];
/** https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md: the only statement that says "mine" (P-B6). */
const COSIGN_SIGNATURE = 'https://sigstore.dev/cosign/sign/v1';

function readStatement(statement: JsonObject): Said {
  const type = textIn(statement, '_type', 'the statement');
  if (!STATEMENTS.includes(type)) throw malformed(`${type} is no version of an in-toto statement`);
  const predicateType = textIn(statement, 'predicateType', 'the statement');
  if (predicateType === '') throw malformed('the statement does not say of what kind it is (predicateType)');
  return {
    subjects: subjectsIn(statement['subject']),
    role: predicateType === COSIGN_SIGNATURE ? 'signature' : 'attestation',
    predicateType,
    statement,
    provenance: slsaClaims(predicateType, statement['predicate']),
  };
}

const A_SUBJECT = 'a subject of the statement';

/**
 * The SHA-256 digests among the subjects. A statement may speak of other things besides, by other digests (a release of GitHub: of a
 * commit), which are no images; but what it names without any digest may be read as everything (P-B2):
 * https://github.com/in-toto/attestation/blob/main/spec/v1/digest_set.md
 */
function subjectsIn(list: JsonValue | undefined): readonly string[] {
  if (!Array.isArray(list) || list.length === 0) throw malformed('the statement has no subject');
  const digests = (list as readonly JsonValue[]).flatMap(sha256Of);
  if (digests.length === 0) throw malformed('no subject of the statement has a SHA-256 digest');
  return digests;
}

function sha256Of(subject: JsonValue): readonly string[] {
  if (!isObject(subject)) throw malformed(`${A_SUBJECT} is none`);
  assertOneReading(subject, A_SUBJECT);
  const digests = objectIn(subject, 'digest', A_SUBJECT);
  const values = Object.values(digests);
  if (values.length === 0 || values.some((value) => typeof value !== 'string' || value === ''))
    throw malformed(`${A_SUBJECT} has a digest that is none`);
  const { sha256 } = digests;
  if (sha256 === undefined) return [];
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256))
    throw malformed(`${A_SUBJECT} has a SHA-256 digest that is none`);
  return [`sha256:${sha256}`];
}

const COSIGN_TYPE = 'cosign container image signature';

/** https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md#payload */
function readSimpleSigning(payload: JsonObject): Said {
  const critical = objectIn(payload, 'critical', 'the payload');
  const type = textIn(critical, 'type', 'the payload');
  if (type !== COSIGN_TYPE) throw malformed(`its payload is a "${type}", not a "${COSIGN_TYPE}"`);
  const digest = textIn(objectIn(critical, 'image', 'the payload'), 'docker-manifest-digest', 'the payload');
  const identity = objectIn(critical, 'identity', 'the payload');
  const dockerReference = textIn(identity, 'docker-reference', 'the payload');
  return { subjects: [digest], role: 'signature', dockerReference };
}

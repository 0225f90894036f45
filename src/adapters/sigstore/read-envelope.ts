import { isObject, type JsonObject } from '../../model/json.ts';
import { base64Of } from './base64.ts';
import { assertOneReading, textIn } from './reading.ts';
import { invalid, malformed } from './refusal.ts';
import type { SignedContent } from './signed.ts';

/** https://github.com/in-toto/attestation/blob/main/spec/v1/envelope.md */
const IN_TOTO = 'application/vnd.in-toto+json';

type Envelope = Extract<SignedContent, { readonly kind: 'envelope' }> & { readonly signature: Buffer };

/** A DSSE envelope with one signature over an in-toto statement (P-B5). */
export function readEnvelope(object: JsonObject): Envelope {
  const payloadType = textIn(object, 'payloadType', 'the envelope');
  if (payloadType !== IN_TOTO) throw invalid(`its payload is ${payloadType}, not an in-toto statement (${IN_TOTO})`);
  const payload = base64Of(textIn(object, 'payload', 'the envelope'), 'the payload');
  const signatures = object['signatures'];
  const only: unknown = Array.isArray(signatures) && signatures.length === 1 ? signatures[0] : undefined;
  if (!isObject(only)) throw malformed('its envelope has not exactly one signature');
  assertOneReading(only, 'the signature of the envelope');
  const signature = base64Of(textIn(only, 'sig', 'the envelope'), 'the signature');
  return { kind: 'envelope', payloadType, payload, signature };
}

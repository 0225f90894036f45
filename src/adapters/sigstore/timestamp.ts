import { RFC3161Timestamp } from '@sigstore/core';

/** The time in a token: https://www.rfc-editor.org/rfc/rfc3161#section-2.4.2 */
const GEN_TIME = 4;
const WITH_FRACTION = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)\.\d+Z$/;

/**
 * A timestamp whose time may have a fraction of any length. The library reads none or three digits, but the RFC has zeros at the end
 * left out, so that one time in ten has fewer. Its bytes stay as they are, and so does what is verified; fractions are dropped, as
 * the library drops them: https://github.com/sigstore/sigstore-js/blob/main/packages/core/src/asn1/parse.ts
 */
export function readTimestamp(der: Buffer<ArrayBuffer>): RFC3161Timestamp {
  const timestamp = RFC3161Timestamp.parse(der);
  const time = timestamp.tstInfo.root.subs[GEN_TIME];
  const [, year, month, day, hour, minute, second] = WITH_FRACTION.exec(time?.value.toString('latin1') ?? '') ?? [];
  if (time === undefined || year === undefined || !time.tag.isGeneralizedTime()) return timestamp;
  const whole = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  Object.defineProperty(time, 'toDate', { value: () => whole });
  return timestamp;
}

import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { attachmentOf, cosignAttestation, cosignSignature } from '../../../test/standin/sigstore/attachments.ts';
import { statementBundle } from '../../../test/standin/sigstore/bundles.ts';
import { aWorkflow } from '../../../test/standin/sigstore/identity.ts';
import { aGithubProvenance } from '../../../test/standin/sigstore/statements.ts';
import { signingWorld } from '../../../test/standin/sigstore/world.ts';
import type { Attachment, AttachmentFormat, Believed, Rejected } from '../../model/provenance.ts';
import { isBelieved } from '../../ports/signature-verifier.ts';
import { usableTrust } from './usable-trust.ts';
import { verifyAttachment } from './verify-attachment.ts';

const IMAGE = `sha256:${createHash('sha256').update('image').digest('hex')}`;
const NOW = new Date('2026-06-01T00:00:00Z');
const world = signingWorld();
const trust = usableTrust({ roots: [world.trustedRoot], keys: [], authorities: [] });
const by = { identity: aWorkflow({ repository: 'acme/shop' }) };
const statement = aGithubProvenance(IMAGE, { repository: 'acme/shop' });

const GOOD = [
  cosignSignature(world, { by, subject: IMAGE }),
  cosignAttestation(world, { by, statement }),
  statementBundle(world, { by, statement }),
  statementBundle(world, { by, statement, proof: 'tiles' }),
].map((made) => attachmentOf(made, IMAGE));
const WORDS = GOOD.map((attachment) => ({ attachment, expected: word(verified(attachment)) }));

function verified(attachment: Attachment): Believed | Rejected {
  return verifyAttachment({ subjects: [IMAGE], attachment }, trust, NOW);
}

/** Who says what: all that a verdict stands on. */
function word(answer: Believed | Rejected): unknown {
  if (!isBelieved(answer)) return undefined;
  const { subject, role, predicateType, provenance, dockerReference, signer } = answer;
  return { subject, role, predicateType, provenance, dockerReference, signer };
}

describe('hostile bytes', () => {
  test('what is whole is believed, so that the laws below are about something', () => {
    for (const attachment of GOOD) expect(word(verified(attachment))).toMatchObject({ subject: IMAGE });
  });

  const FORMATS: readonly AttachmentFormat[] = ['cosign-signature', 'cosign-attestation', 'sigstore-bundle'];

  test('P-G1: whatever lies there, it is not believed, and nothing throws', () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => new Uint8Array(Buffer.from(text))),
    );
    const annotations = fc.dictionary(
      fc.constantFrom(...GOOD.flatMap((one) => Object.keys(one.annotations))),
      fc.oneof(fc.string(), fc.json()),
    );
    fc.assert(
      fc.property(fc.constantFrom(...FORMATS), anything, annotations, (format, content, notes) => {
        const answer = verified({ format, content, annotations: notes, place: 'x', digest: 'x', beside: IMAGE });
        expect(isBelieved(answer)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test('one byte changed anywhere: the same word, or none', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...WORDS),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        ({ attachment, expected }, position, mask) => {
          const content = Buffer.from(attachment.content);
          const at = position % content.length;
          content[at] = (content[at] ?? 0) ^ mask;
          expect([expected, undefined]).toContainEqual(word(verified({ ...attachment, content })));
        },
      ),
      { numRuns: 80 },
    );
  });

  test('one byte changed in an annotation: so', () => {
    const [first] = GOOD;
    if (first === undefined) throw new Error('no attachment');
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(first.annotations)),
        fc.nat(),
        fc.integer({ min: 1, max: 127 }),
        (name, position, mask) => {
          const text = Buffer.from(first.annotations[name] ?? '');
          const at = position % text.length;
          text[at] = (text[at] ?? 0) ^ mask;
          const annotations = { ...first.annotations, [name]: text.toString() };
          expect([WORDS[0]?.expected, undefined]).toContainEqual(word(verified({ ...first, annotations })));
        },
      ),
      { numRuns: 80 },
    );
  });

  test('P-B1: whole, and beside another image: a mismatch', () => {
    for (const attachment of GOOD) {
      const answer = verifyAttachment({ subjects: [`sha256:${'1'.repeat(64)}`], attachment }, trust, NOW);
      expect(answer).toMatchObject({ fault: 'mismatch' });
    }
  });
});

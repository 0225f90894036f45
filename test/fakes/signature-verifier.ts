import type { Attachment, Believed, Rejected } from '../../src/model/provenance.ts';
import type { SignatureVerifier, VerifyWant } from '../../src/ports/signature-verifier.ts';

export interface FakeVerifier extends SignatureVerifier {
  readonly asked: readonly VerifyWant[];
  /** How often it was told that something will be asked. */
  prepared(): number;
}

/** Believes what it is shown, of what it lies beside; `judge` says otherwise, or throws. */
export function aVerifier(
  judge: (want: VerifyWant) => Believed | Rejected | Promise<Believed | Rejected> = ({ attachment }) =>
    believing(attachment),
): FakeVerifier {
  const asked: VerifyWant[] = [];
  const told: undefined[] = [];
  return {
    asked,
    async verify(want, _trust, signal) {
      signal.throwIfAborted();
      asked.push(want);
      return judge(want);
    },
    prepared: () => told.length,
    prepare: () => void told.push(undefined),
    close: () => Promise.resolve(),
  };
}

export function believing({ format, place, digest, beside }: Attachment, more: Partial<Believed> = {}): Believed {
  const role = format === 'cosign-attestation' ? 'attestation' : 'signature';
  const signer = { kind: 'key', name: 'keys/fake.pub', fingerprint: `sha256:${'f'.repeat(64)}` } as const;
  return { format, place, digest, subject: beside, role, signer, isLogged: false, ...more };
}

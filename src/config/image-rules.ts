import type { z } from 'zod';
import type { ImageRule, SignerRule } from '../model/policy.ts';
import type { ImageEntry } from './image-schema.ts';
import type { Certificate, Key, Keyless, Provenance, Signature } from './signer-schema.ts';
import { many } from './texts.ts';
import { keyName } from './trust-keys.ts';

/** An entry of `images:` in the words of the model. */
export function imageRule({ match, mode, require }: z.infer<typeof ImageEntry>, from: string): ImageRule {
  const { digest, registries, signature, provenance, maxAge, platforms = 'index', formats } = require;
  return {
    match,
    from,
    mode,
    require: {
      digest,
      registries,
      signature: signature && signatureRule(signature),
      provenance: provenance && provenanceRule(provenance),
      maxAgeDays: maxAge === undefined ? undefined : Number.parseInt(maxAge, 10),
      platforms,
      formats,
    },
  };
}

/** What is not asked for is not there: most rules know signers and nothing else. */
function signatureRule(written: z.infer<typeof Signature>): ImageRule['require']['signature'] {
  const { count, sameName } = written;
  return { anyOf: signersOf(written), count, ...(sameName ? { sameName } : {}) };
}

function provenanceRule(written: z.infer<typeof Provenance>): ImageRule['require']['provenance'] {
  const { selfHosted, signer, ...rest } = written;
  return { ...rest, allowsSelfHosted: selfHosted, signer: signer && signersOf(signer)[0] };
}

interface Written {
  readonly keyless?: z.infer<typeof Signature>['keyless'] | undefined;
  readonly key?: z.infer<typeof Signature>['key'] | undefined;
  readonly certificate?: z.infer<typeof Signature>['certificate'] | undefined;
}

function signersOf({ keyless, key, certificate }: Written): readonly SignerRule[] {
  return [...many(keyless).map(keylessRule), ...many(key).map(keyRule), ...many(certificate).map(certificateRule)];
}

function keylessRule({ selfHosted, ...rest }: z.infer<typeof Keyless>): SignerRule {
  return { kind: 'keyless', ...rest, allowsSelfHosted: selfHosted };
}

function keyRule(written: z.infer<typeof Key>): SignerRule {
  return { kind: 'key', key: keyName(written) };
}

function certificateRule({ authority, subject }: z.infer<typeof Certificate>): SignerRule {
  return { kind: 'certificate', root: authority, subject };
}

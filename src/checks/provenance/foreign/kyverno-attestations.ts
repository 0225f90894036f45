import { isObject, type JsonObject, type JsonValue, listAt, textAt } from '../../../model/json.ts';
import type { ImageRule } from '../../../model/policy.ts';
import { type AttestorSet, attestorSet, plainSigners, proofOfSet } from './kyverno-attestors.ts';
import { refuse } from './reading.ts';
import { repositoryAt } from './repository-at.ts';

/** What one entry of `attestations` asks for: of each set of attestors, attestations of its type. */
export interface AttestationReading {
  readonly required: readonly Partial<ImageRule['require']>[];
  readonly sets: readonly AttestorSet[];
  readonly unread: readonly string[];
}

/** https://github.com/kyverno/kyverno/blob/main/pkg/engine/internal/imageverifier.go (verifyAttestations) */
export function readAttestation(one: JsonValue, value: JsonObject, name: string): AttestationReading {
  const predicateType = textAt(one, 'type') || textAt(one, 'predicateType');
  if (predicateType === '') return refuse('an attestation has no type');
  const sets = listAt(one, 'attestors').map((set, at) => attestorSet(set, `${name}, attestors ${at + 1}`));
  // There an entry is one key here, and a nested set is not opened: anybody would do.
  if (sets.some((set, at) => plainSigners(set)?.length !== listAt(listAt(one, 'attestors')[at], 'entries').length))
    return refuse(`the attestors of its attestation ${predicateType} are several keys in one, or nested`);
  const formats = attestationFormats(value);
  const required = sets.map((set) => ({ proof: proofOfSet(set, { predicateType, formats, ...placeOf(value) }) }));
  const hasConditions = isObject(one) && listAt(one, 'conditions').length > 0;
  return {
    required,
    sets,
    unread: [
      ...(sets.length === 0 ? [`its attestation ${predicateType} names nobody who must have made it`] : []),
      ...(hasConditions ? [`the conditions on its attestation ${predicateType} are not applied`] : []),
    ],
  };
}

/** Where signatures and attestations lie, if not beside the image. */
export function placeOf(value: JsonObject): { readonly at?: string } {
  const repository = textAt(value, 'repository');
  return repository === '' ? {} : { at: repositoryAt(repository) };
}

type Formats = ImageRule['require']['formats'];

export function formatsOf(value: JsonObject): Formats {
  if (textAt(value, 'type') === 'SigstoreBundle') return ['sigstore-bundle'];
  return value['cosignOCI11'] === true ? undefined : ['cosign-signature'];
}

function attestationFormats(value: JsonObject): Formats {
  if (textAt(value, 'type') === 'SigstoreBundle') return ['sigstore-bundle'];
  return value['cosignOCI11'] === true ? undefined : ['cosign-attestation'];
}

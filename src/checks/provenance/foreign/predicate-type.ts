import { refuse } from './reading.ts';

/** Short forms: https://github.com/sigstore/cosign/blob/main/cmd/cosign/cli/options/predicate.go */
const TYPES: Readonly<Record<string, string>> = {
  custom: 'https://cosign.sigstore.dev/attestation/v1',
  slsaprovenance: 'https://slsa.dev/provenance/v0.2',
  slsaprovenance02: 'https://slsa.dev/provenance/v0.2',
  slsaprovenance1: 'https://slsa.dev/provenance/v1',
  spdx: 'https://spdx.dev/Document',
  spdxjson: 'https://spdx.dev/Document',
  cyclonedx: 'https://cyclonedx.org/bom',
  link: 'https://in-toto.io/Link/v1',
  vuln: 'https://cosign.sigstore.dev/attestation/vuln/v1',
  openvex: 'https://openvex.dev/ns',
};

/** The type that a statement names, by its address or by the short form of cosign. */
export function predicateTypeOf(written: string): string {
  if (written === '') refuse('an attestation has no predicateType');
  return Object.hasOwn(TYPES, written) ? (TYPES[written] ?? written) : written;
}

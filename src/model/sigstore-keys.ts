import type { TrustedRoot } from './provenance.ts';

/** Certificates of an authority, the root last, in PEM. */
export interface KeptAuthority {
  readonly organization: string;
  readonly commonName: string;
  readonly uri: string;
  readonly pem: string;
}

export interface KeptLog {
  readonly url: string;
  readonly hash: string;
  /** Public key in PEM. */
  readonly pem: string;
}

/** A Sigstore instance by its keys and certificates, as an object of another tool brings it: what a `trusted_root.json` is made of. */
export interface SigstoreKeys {
  readonly certificateAuthorities: readonly KeptAuthority[];
  readonly logs: readonly KeptLog[];
  readonly certificateLogs: readonly KeptLog[];
  readonly timestampAuthorities: readonly KeptAuthority[];
}

/** A root that an object of another tool brings; it counts for the rules that name it. */
export interface ForeignRoot extends SigstoreKeys, Pick<TrustedRoot, 'name' | 'thresholds'> {}

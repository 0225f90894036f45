import type { ImageRef } from './image-ref.ts';
import type { JsonObject } from './json.ts';

/** How a signature or attestation is packed beside an image: cosign's tags `.sig` and `.att`, or a Sigstore bundle. */
export type AttachmentFormat = 'cosign-signature' | 'cosign-attestation' | 'sigstore-bundle';

/** Something that lies beside an image and claims to speak of it; nothing of it is believed yet. */
export interface Attachment {
  readonly format: AttachmentFormat;
  /** For a reader: `tag sha256-….sig, layer 2`, `referrer sha256:…`, `GitHub's API`. */
  readonly place: string;
  /** `sha256:…` of the content. */
  readonly digest: string;
  /** Digest of the image or index that it was found beside. */
  readonly beside: string;
  /** Payload of a cosign signature, envelope of a cosign attestation, the bundle's JSON. */
  readonly content: Uint8Array;
  /** Of the layer: where cosign keeps signature, certificate, log entry and timestamp. */
  readonly annotations: Readonly<Record<string, string>>;
  /** GitHub keeps it; who only looks into the registry does not find it. */
  readonly isElsewhere?: true | undefined;
}

/** What a certificate of Fulcio says besides its subject, by https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md. */
export interface CertificateClaims {
  readonly buildSignerUri?: string | undefined;
  readonly runnerEnvironment?: string | undefined;
  readonly sourceRepositoryUri?: string | undefined;
  readonly sourceRepositoryId?: string | undefined;
  readonly sourceDigest?: string | undefined;
  readonly sourceRef?: string | undefined;
  readonly ownerUri?: string | undefined;
  readonly ownerId?: string | undefined;
  readonly buildConfigUri?: string | undefined;
  readonly trigger?: string | undefined;
  readonly runUri?: string | undefined;
  readonly visibility?: string | undefined;
}

/** Who signed, as far as a trusted root, authority or key proves it. */
export type Signer =
  | {
      readonly kind: 'keyless';
      /** Name of the trusted root. */
      readonly root: string;
      /** Only rules that name the root take it (TrustedRoot). */
      readonly isScoped?: true | undefined;
      /** Names of other roots of that kind that prove the same. */
      readonly alsoUnder?: readonly string[] | undefined;
      readonly issuer: string;
      /** Subject alternative name: a URI, an address or a user name (`user!domain`). */
      readonly subject: string;
      readonly claims: CertificateClaims;
    }
  | { readonly kind: 'certificate'; readonly root: string; readonly subject: string }
  /** `name` as the policy has it; `fingerprint`: `sha256:…` of the public key (SubjectPublicKeyInfo). */
  | { readonly kind: 'key'; readonly name: string; readonly fingerprint: string };

/** What SLSA provenance says of a build: claims of its signer, nobody else's. */
export interface ProvenanceClaims {
  readonly builder: string;
  /** URI of the source repository as written, without revision. */
  readonly source?: string | undefined;
  readonly sourceDigest?: string | undefined;
  readonly ref?: string | undefined;
  readonly workflow?: string | undefined;
  readonly trigger?: string | undefined;
  readonly runUri?: string | undefined;
}

/** An attachment that was verified: it is whole, it speaks of exactly `subject`, and `signer` made it. */
export interface Believed {
  readonly format: AttachmentFormat;
  readonly place: string;
  readonly digest: string;
  /** Digest of the manifest that it speaks of: the image, the index, or one platform of it. */
  readonly subject: string;
  /** A signature says "mine"; everything else is an attestation and never counts as a signature (P-B6). */
  readonly role: 'signature' | 'attestation';
  /** Of in-toto statements. */
  readonly predicateType?: string | undefined;
  /** The whole statement, where its type was asked for and it is not too large. */
  readonly statement?: JsonObject | undefined;
  readonly provenance?: ProvenanceClaims | undefined;
  /** The repository that a cosign signature names. */
  readonly dockerReference?: string | undefined;
  readonly signer: Signer;
  /** The earliest proven time of the signature, RFC 3339. */
  readonly signedAt?: string | undefined;
  /** A transparency log holds it. */
  readonly isLogged: boolean;
  readonly isElsewhere?: true | undefined;
  /** The repository that it was found in, where that is not the image's own. */
  readonly at?: string | undefined;
}

/** An attachment that proves nothing, and why. */
export interface Rejected {
  readonly format: AttachmentFormat;
  readonly place: string;
  readonly digest: string;
  /** `mismatch`: a good signature of something else; `invalid`: no good signature; `malformed`: nothing that can be read. */
  readonly fault: 'mismatch' | 'invalid' | 'malformed';
  readonly reason: string;
  /** Name of the root of `Trust.missing` under which it stands, so that nothing can be said of it yet. */
  readonly needs?: string | undefined;
  readonly isElsewhere?: true | undefined;
}

export interface ImagePlatform {
  readonly digest: string;
  /** `linux/arm64/v8`. */
  readonly name: string;
}

/** What is known of the image that a reference means: read and judged by nobody yet, or why it could not be read. */
export type ImageEvidence =
  | {
      readonly status: 'read';
      readonly digest: string;
      readonly isIndex: boolean;
      /** Of an index: what it offers to run, without BuildKit's `unknown/unknown`. */
      readonly platforms: readonly ImagePlatform[];
      readonly believed: readonly Believed[];
      /** What lies in other repositories, for the rules that name them and for nothing else. */
      readonly elsewhere?: readonly Believed[] | undefined;
      readonly rejected: readonly Rejected[];
      /** What was seen and cannot be verified yet, or was left out: Notation, SBOMs, caps. */
      readonly notes: readonly string[];
      /** Seen by an earlier run, and not looked at again since: what came to the image afterwards is not in it. */
      readonly isKept?: true | undefined;
    }
  | {
      readonly status: 'no-access' | 'not-found' | 'unreachable' | 'invalid';
      readonly digest?: string | undefined;
      readonly reason: string;
      /** Name of the missing root without which it cannot be judged. */
      readonly needs?: string | undefined;
    };

/** What was learnt of the images of a run, by the normal form of their references (imageText). */
export interface EvidenceBook {
  /** Undefined where nobody asked for the image. */
  of(ref: ImageRef): ImageEvidence | undefined;
  /** Images whose tag means another digest than when this head was judged first. */
  moved(ref: ImageRef): { readonly was: string; readonly is: string } | undefined;
}

/** A Sigstore root: certificate authorities, logs, timestamp authorities, as a `trusted_root.json`. */
export interface TrustedRoot {
  readonly name: string;
  readonly json: string;
  /** How many log entries, certificate log entries and timestamps a signature under this root must have. */
  readonly thresholds: { readonly logs: number; readonly certificateLogs: number; readonly timestamps: number };
  /** URL of the one issuer whose identities it vouches for, with what lies below its path; omitted: any. */
  readonly issuer?: string | undefined;
  /** Brought by an object of another tool: it counts for whoever names it and widens nobody else's trust. */
  readonly isScoped?: true | undefined;
}

/** A root that is trusted and not here: what stands under it can neither be believed nor refused. */
export interface MissingRoot {
  readonly name: string;
  /** `O` of the issuer of its certificates. */
  readonly organization: string;
  /** What is missing, and what to do. */
  readonly sentence: string;
}

export interface TrustedKey {
  /** As policy has it: a path, or what else names the key. */
  readonly name: string;
  readonly pem: string;
  /** Hash of the signature; omitted: what cosign takes for this kind of key. */
  readonly hash?: 'sha256' | 'sha384' | 'sha512' | undefined;
  /** RFC 3339; outside of it the key proves nothing. */
  readonly validFrom?: string | undefined;
  readonly validUntil?: string | undefined;
  /** Must a transparency log hold the signature? */
  readonly needsLog: boolean;
  /** The one root whose log and timestamps count for it; omitted: any but those that must be named. */
  readonly root?: string | undefined;
}

/** A certificate authority of one's own (bring your own PKI): PEM certificates, the root last. Below a root alone, others may come with a signature. */
export interface TrustedAuthority {
  readonly name: string;
  readonly pem: string;
  /** PEM of the timestamp authority; without it a trusted root proves the time, or a certificate must be valid now. */
  readonly timestampPem?: string | undefined;
}

/** All whose word counts. */
export interface Trust {
  readonly roots: readonly TrustedRoot[];
  readonly keys: readonly TrustedKey[];
  readonly authorities: readonly TrustedAuthority[];
  /** Omitted: none. */
  readonly missing?: readonly MissingRoot[] | undefined;
}

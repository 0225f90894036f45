import type { JsonObject } from './json.ts';
import type { AttachmentFormat } from './provenance.ts';
import type { RbacBlock } from './rbac-grant.ts';
import type { Severity } from './severity.ts';
import type { Allowed, Waiver } from './waiver.ts';

export interface ClusterPolicy {
  readonly server?: string | undefined;
  readonly kubernetes?: string | undefined;
  /** What charts see in `.Capabilities.APIVersions` besides Kubernetes' own; with `!` in front, what they do not see. */
  readonly apiVersions: readonly string[];
  /** Of the cluster Secret in Argo CD, for generators of kind `clusters`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly project?: string | undefined;
  readonly paths: readonly string[];
}

/** What presync renders in place of a config management plugin. */
export interface PluginPolicy {
  readonly as: 'kustomize' | 'helm' | 'directory';
  readonly buildOptions: string;
}

/** Parameter sets that generators which ask the network would give. */
export interface GeneratorSamples {
  readonly scmProvider?: readonly JsonObject[] | undefined;
  readonly pullRequest?: readonly JsonObject[] | undefined;
  readonly clusterDecisionResource?: readonly JsonObject[] | undefined;
  /** By the name of the plugin's ConfigMap. */
  readonly plugin?: Readonly<Record<string, readonly JsonObject[]>> | undefined;
}

/** What argocd-cm, argocd-cmd-params-cm and the cluster say, where it changes a render. */
export interface ArgocdPolicy {
  readonly kustomizeBuildOptions: string;
  readonly newGitFileGlobbing: boolean;
  /** Where Argo CD itself runs. */
  readonly namespace: string;
  readonly plugins: Readonly<Record<string, PluginPolicy>>;
  readonly generators: GeneratorSamples;
}

/** A ConfigMap or Secret of a cluster whose values renders need and Git does not hold. */
export interface DeclaredValues {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly namespace: string;
  readonly name: string;
  /** Omitted: of every cluster. */
  readonly cluster?: string | undefined;
  readonly data: Readonly<Record<string, string>>;
  /** Keys that are there, with values that presync is not told. */
  readonly unknown: readonly string[];
}

export interface FluxPolicy {
  /** The feature gate StrictPostBuildSubstitutions of kustomize-controller. */
  readonly strictSubstitution: boolean;
  readonly values: readonly DeclaredValues[];
  /** Buckets whose content is a folder of this repository. */
  readonly buckets: readonly { readonly namespace: string; readonly name: string; readonly path: string }[];
}

/** An app whose controller object lives elsewhere. */
export interface DeclaredApp {
  readonly kind: 'Application' | 'Kustomization';
  readonly name: string;
  readonly namespace: string;
  readonly cluster: string;
  readonly path: string;
  /** Namespace for objects without one. */
  readonly targetNamespace?: string | undefined;
  /** More of the controller object: fields of `spec.source` of an Application, of `spec` of a Kustomization. */
  readonly options: JsonObject;
}

/** Whose signature is asked for. Patterns are globs (src/model/glob.ts); all that is stated must hold. */
export type SignerRule =
  | {
      readonly kind: 'keyless';
      /** Exact. */
      readonly issuer: string;
      /** In place of `issuer`, in the name of other tools: users name one address. */
      readonly issuerPattern?: string | undefined;
      /** Name of a trusted root; omitted: any that is trusted. */
      readonly root?: string | undefined;
      /** Name of a root under which nothing counts. */
      readonly exceptRoot?: string | undefined;
      /** Pattern of the subject alternative name. */
      readonly subject?: string | undefined;
      /** Pattern of the source repository, `owner/name`, by the certificate's own claim. */
      readonly repository?: string | undefined;
      /** Pattern of the workflow file that signed, as `.github/workflows/release.yml` of the repository or `owner/name/path` of another one. */
      readonly workflow?: string | undefined;
      readonly ref?: string | undefined;
      readonly repositoryId?: string | undefined;
      readonly ownerId?: string | undefined;
      /** Exact; omitted: all but `pull_request` and its kin. */
      readonly triggers?: readonly string[] | 'any' | undefined;
      readonly allowsSelfHosted: boolean;
    }
  | { readonly kind: 'key' /** Name of a trusted key. */; readonly key: string }
  | { readonly kind: 'certificate'; readonly root: string; readonly subject: string };

export interface SignatureRule {
  /** Any of them suffices. */
  readonly anyOf: readonly SignerRule[];
  /** How many different signers of the list must have signed. */
  readonly count: number;
  /** A signature that names another repository does not count (P-B4); omitted: it does. */
  readonly sameName?: boolean | undefined;
}

/**
 * What objects of other tools count: a signature or attestation of one signer, or a number of such among several. Users have no key
 * for it. `predicateType` absent: a signature; `formats` absent: all.
 */
export type ProofRule =
  | {
      readonly kind: 'proof';
      readonly signer: SignerRule;
      readonly predicateType?: string | undefined;
      readonly formats?: readonly AttachmentFormat[] | undefined;
      /** Repository in which it must lie; omitted: that of the image. */
      readonly at?: string | undefined;
    }
  | { readonly kind: 'some'; readonly count: number; readonly of: readonly ProofRule[] };

/** What SLSA provenance must say, and that its signer may say it. */
export interface ProvenanceRule {
  readonly builder: string;
  /** Pattern of the source repository, `owner/name` for GitHub, else host and path. */
  readonly source: string;
  readonly workflow?: string | undefined;
  readonly ref?: string | undefined;
  readonly triggers?: readonly string[] | 'any' | undefined;
  readonly allowsSelfHosted: boolean;
  /** Who must have signed it; omitted: the builder itself, by its certificate. */
  readonly signer?: SignerRule | undefined;
}

/** Objects as the API server calls them: `*` is any version, `selector` a label selector. Users have no key for it. */
export interface ObjectSelector {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly selector?: JsonObject | undefined;
}

/** A pattern of another tool over the whole name of an image, tag and digest and all, as that tool writes it. Users have no key for it. */
export interface ReferencePattern {
  readonly tool: 'policy-controller' | 'kyverno';
  readonly pattern: string;
}

export interface ImageRule {
  /** Glob over the normalised reference without tag and digest: `*` stops at `/`, `**` does not, all else is literal. */
  readonly match: string;
  /** Where it is written: `.presync.yaml`, or the object of another tool that says it. */
  readonly from: string;
  /** The one cluster that it holds for; omitted: all. */
  readonly cluster?: string | undefined;
  /** Globs of the namespaces that it holds in; omitted: all. Objects of other tools know such limits. */
  readonly namespaces?: readonly string[] | undefined;
  readonly exceptNamespaces?: readonly string[] | undefined;
  /** Decides in place of `match`, which is then what a reader is told. */
  readonly reference?: ReferencePattern | undefined;
  /** Images that it leaves out. */
  readonly exceptReferences?: readonly ReferencePattern[] | undefined;
  /** It holds where one of these is admitted: the object in Git, or what its controllers make of it; omitted: everywhere. */
  readonly objects?: readonly ObjectSelector[] | undefined;
  readonly mode: 'block' | 'advise';
  readonly require: {
    readonly digest: boolean;
    readonly registries?: readonly string[] | undefined;
    readonly signature?: SignatureRule | undefined;
    /** In the name of other tools: signatures and attestations together. */
    readonly proof?: ProofRule | undefined;
    /** What the tool says where nobody can give what is asked. */
    readonly refusal?: string | undefined;
    readonly provenance?: ProvenanceRule | undefined;
    /** Days since the proven time of a signature that counts. */
    readonly maxAgeDays?: number | undefined;
    /** `index`: what was named is signed; `all-platforms`: each platform of an index is; `any-of`: either. */
    readonly platforms: 'index' | 'all-platforms' | 'any-of';
    /** Omitted: all. */
    readonly formats?: readonly AttachmentFormat[] | undefined;
  };
}

/** A public key that policy names; `name` is what signers and rules call it. */
export interface DeclaredKey {
  readonly name: string;
  /** Path of its file, where its text is not in the policy. */
  readonly file?: string | undefined;
  readonly pem?: string | undefined;
  readonly hash?: 'sha256' | 'sha384' | 'sha512' | undefined;
  /** RFC 3339. */
  readonly validFrom?: string | undefined;
  readonly validUntil?: string | undefined;
  readonly needsLog: boolean;
}

export interface DeclaredRoot {
  readonly file: string;
  readonly logs: number;
  readonly certificateLogs: number;
  readonly timestamps: number;
}

/** Whose word counts, as files of the tree that the policy stands in. */
export interface TrustPolicy {
  /** The roots that presync knows from the start: Sigstore's public good instance, and GitHub's own. */
  readonly publicGood: boolean;
  readonly github: boolean;
  readonly roots: readonly DeclaredRoot[];
  readonly authorities: readonly { readonly file: string; readonly timestamps?: string | undefined }[];
  readonly keys: readonly DeclaredKey[];
  /** Text of these files by path, as far as they are there. */
  readonly files: Readonly<Record<string, string>>;
}

/** Where objects of a kind name an image besides pod specs; `[]` in a path stands for each item of a list. */
export interface ImageFields {
  readonly group: string;
  readonly kinds: readonly string[];
  readonly paths: readonly string[];
}

/** An app that was broken before and may stay so. */
export interface AcceptedApp {
  readonly app: string;
  readonly owner: string;
  readonly reason: string;
  readonly expires: string;
}

/** What may be granted. Only what is new blocks, whatever stands here. */
export interface RbacPolicy {
  readonly block: Severity;
  readonly blockWhere: readonly RbacBlock[];
  readonly allow: readonly Allowed[];
}

/** The rules that judge a change: `.presync.yaml` of the base commit, or the operator's file, parsed by src/config. */
export interface Policy {
  readonly repository: { readonly urls: readonly string[] };
  readonly argocd: ArgocdPolicy;
  readonly flux: FluxPolicy;
  readonly clusters: Readonly<Record<string, ClusterPolicy>>;
  readonly apps: readonly DeclaredApp[];
  /** Globs of paths that are no manifests. */
  readonly ignore: readonly string[];
  readonly accept: readonly AcceptedApp[];
  readonly images: readonly ImageRule[];
  readonly imageFields: readonly ImageFields[];
  readonly trust: TrustPolicy;
  readonly rbac: RbacPolicy;
  readonly policy: { readonly weakened: 'block' | 'advise' };
  /** Globs of `registry/path`: what the operator's credentials may be used to read (DESIGN 8). */
  readonly registries: { readonly credentials: readonly string[] };
  readonly waivers: readonly Waiver[];
}

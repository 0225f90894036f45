import { der, objectId, sequence, utf8 } from '../../builders/der.ts';
import { extension } from './certificate.ts';

/** Whom a certificate names, and what Fulcio says of the run that asked for it. */
export interface Identity {
  readonly issuer: string;
  /** A URI, or an address where it has no `://`. */
  readonly subject: string;
  /** `otherName` is how Fulcio writes the names of some issuers (OID .7). */
  readonly subjectKind?: 'other-name' | undefined;
  /** By the last number of 1.3.6.1.4.1.57264.1.N: https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md */
  readonly claims: Readonly<Record<number, string>>;
}

export const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';
const FULCIO = '1.3.6.1.4.1.57264.1';
/** Up to here values are bare text; later ones are UTF8String. */
const LAST_BARE = 6;

export interface WorkflowRun {
  /** `owner/name`, where the code is. */
  readonly repository: string;
  readonly workflow?: string | undefined;
  readonly ref?: string | undefined;
  readonly commit?: string | undefined;
  readonly trigger?: string | undefined;
  readonly runner?: 'github-hosted' | 'self-hosted' | undefined;
  /** Of a reusable workflow: `owner/name/.github/workflows/x.yml@ref`. Its name becomes the subject. */
  readonly reusable?: string | undefined;
  readonly repositoryId?: string | undefined;
  readonly ownerId?: string | undefined;
  readonly visibility?: 'public' | 'private' | undefined;
  readonly runUri?: string | undefined;
  readonly issuer?: string | undefined;
}

/** What a workflow of GitHub Actions is called by Fulcio. */
export function aWorkflow(run: WorkflowRun): Identity {
  const all = withDefaults(run);
  const source = `https://github.com/${all.repository}`;
  const config = `${source}/${all.workflow}@${all.ref}`;
  const subject = run.reusable === undefined ? config : `https://github.com/${run.reusable}`;
  const issuer = run.issuer ?? GITHUB_ISSUER;
  const claims = {
    1: issuer,
    2: all.trigger,
    3: all.commit,
    4: 'release',
    5: all.repository,
    6: all.ref,
    8: issuer,
    9: subject,
    10: all.commit,
    11: all.runner,
    12: source,
    13: all.commit,
    14: all.ref,
    15: all.repositoryId,
    16: `https://github.com/${all.repository.split('/')[0]}`,
    17: all.ownerId,
    18: config,
    19: all.commit,
    20: all.trigger,
    21: all.runUri,
    22: all.visibility,
  };
  return { issuer, subject, claims };
}

function withDefaults(run: WorkflowRun) {
  return {
    repository: run.repository,
    workflow: run.workflow ?? '.github/workflows/release.yml',
    ref: run.ref ?? 'refs/tags/v1.2.3',
    commit: run.commit ?? '4d1c1b4b8f1b6c1f9a1e5d9f3f0a7c2b6e8d0f12',
    trigger: run.trigger ?? 'push',
    runner: run.runner ?? 'github-hosted',
    repositoryId: run.repositoryId ?? '1234567',
    ownerId: run.ownerId ?? '7654321',
    visibility: run.visibility ?? 'public',
    runUri: run.runUri ?? `https://github.com/${run.repository}/actions/runs/42/attempts/1`,
  };
}

/** Somebody with an address, as `cosign sign` from a laptop names them. */
export function aPerson(address: string, issuer = 'https://accounts.google.com'): Identity {
  return { issuer, subject: address, claims: { 1: issuer, 8: issuer } };
}

export function identityExtensions({ subject, subjectKind, claims }: Identity): readonly Uint8Array[] {
  const name = subjectKind === undefined ? plainName(subject) : otherName(subject);
  return [
    extension('2.5.29.17', sequence(name), true),
    ...Object.entries(claims).map(([number, text]) =>
      extension(`${FULCIO}.${number}`, Number(number) <= LAST_BARE ? Buffer.from(text) : utf8(text)),
    ),
  ];
}

function plainName(subject: string): Uint8Array {
  return der(subject.includes('://') ? 0x86 : 0x81, Buffer.from(subject));
}

function otherName(subject: string): Uint8Array {
  return der(0xa0, objectId(`${FULCIO}.7`), der(0xa0, utf8(subject)));
}

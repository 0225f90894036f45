/** The workflow or pipeline file that a certificate names as its signer. */
export interface WorkflowUri {
  /** As sourceName writes it: `acme/shop` on GitHub, `gitlab.com/acme/shop` elsewhere. */
  readonly repository: string;
  /** `.github/workflows/release.yml`, `.gitlab-ci.yml`. */
  readonly file: string;
  /** `refs/tags/v1`, or a commit. */
  readonly ref: string;
}

const REF = '(refs/.+|[0-9a-f]{40}(?:[0-9a-f]{24})?)';
/** A workflow file lies in one folder, so the first `@refs/` behind it ends its name, whatever the tag is called (`@acme/web@1.0.0`). */
const GITHUB = new RegExp(`^(https://[^/\\s]+/[^/]+/[^/]+)/(\\.github/workflows/[^/]+?)@${REF}$`, 's');
const GITLAB = new RegExp(`^(https://[^/\\s]+/.+?)//(.+?)@${REF}$`, 's');

/** https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md (build signer URI); undefined for people, keys and other builders. */
export function parseWorkflowUri(uri: string): WorkflowUri | undefined {
  const [, repositoryUri = '', file = '', ref = ''] = GITHUB.exec(uri) ?? GITLAB.exec(uri) ?? [];
  const repository = sourceName(repositoryUri);
  return repository === undefined ? undefined : { repository, file, ref };
}

/**
 * One name for a source repository, as policy writes it: `acme/shop` on github.com, host and path elsewhere. Undefined for what is
 * no https address: nothing else is compared.
 */
export function sourceName(uri: string): string | undefined {
  const [, host = '', path = ''] = /^(?:git\+)?https:\/\/([^/\s]+)\/(.+?)(?:\.git)?\/?$/s.exec(uri) ?? [];
  // A path that a client would read as another one is none that can be compared.
  if (host === '' || /[?#\\%\s]|(?:^|\/)\.{0,2}(?:\/|$)/.test(path)) return undefined;
  const name = host.toLowerCase();
  if (name === 'github.com') return path;
  // A host without a dot would read like an owner on GitHub.
  return name.includes('.') ? `${name}/${path}` : undefined;
}

/** Does the issuer speak for builds of GitHub Actions: github.com, an enterprise there, GHE.com, or a server of one's own? */
export function isGitHubIssuer(issuer: string): boolean {
  return (
    /^https:\/\/token\.actions\.(?:githubusercontent\.com|[a-z0-9-]+\.ghe\.com)(?:\/|$)/.test(issuer) ||
    /^https:\/\/[^/]+\/_services\/token$/.test(issuer)
  );
}

/** Can a build that the issuer vouches for be what the URI names? github.com has its issuer on a host of its own. */
export function speaksFor(issuer: string, builderUri: string): boolean {
  const [issuerHost, builderHost] = [hostOf(issuer), hostOf(builderUri)];
  if (issuerHost === undefined || builderHost === undefined) return false;
  if (builderHost === 'github.com') return issuerHost === 'token.actions.githubusercontent.com';
  return issuerHost === builderHost || issuerHost === `token.actions.${builderHost}`;
}

function hostOf(uri: string): string | undefined {
  return /^https:\/\/([^/?#\s]+)(?:\/|$)/.exec(uri)?.[1]?.toLowerCase();
}

/**
 * One text for all spellings of a repository's address: protocol, user, port 22/443, `.git`, trailing slashes and case fall away,
 * as in Argo CD's NormalizeGitURL (https://github.com/argoproj/argo-cd/blob/master/util/git/git.go), but ssh and https are one.
 */
export function normalRepositoryUrl(url: string): string {
  const text = url.trim().toLowerCase();
  const scp = /^(?:[^@/\s]+@)?([^:/\s]+):(?!\/\/)(.*)$/.exec(text);
  const withProtocol = /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/]*@)?([^/]*)\/?(.*)$/.exec(text);
  const [, host = '', path = text] = withProtocol ?? scp ?? [];
  const plainHost = host.replace(/:(22|80|443)$/, '');
  const plainPath = path
    .replace(/^\/+|\/+$/g, '')
    .replace(/\.git$/, '')
    .replace(/\/+$/, '');
  return `${plainHost}/${plainPath}`;
}

/** The ways of git to one repository; any other protocol (oci, file) leads to something else, even under the same name. */
const GIT_PROTOCOLS = ['https', 'http', 'ssh', 'git', 'git+ssh', 'ssh+git'];

function protocolOf(url: string): string {
  const protocol = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url.trim())?.[1]?.toLowerCase() ?? 'git';
  return GIT_PROTOCOLS.includes(protocol) ? 'git' : protocol;
}

/**
 * Git hands an address to curl, for which the host ends at `?` and `#`: `https://evil.example#@github.com/acme/x` is evil.example.
 * An address with such characters is no repository that we know.
 */
export function isThisRepository(url: string, own: readonly string[]): boolean {
  if (/[?#\\%\s]/.test(url.trim())) return false;
  const wanted = normalRepositoryUrl(url);
  return own.some((other) => protocolOf(other) === protocolOf(url) && normalRepositoryUrl(other) === wanted);
}

/** Does a revision follow the branch that the change goes into? Absent, HEAD, or the branch's name. */
export function followsBranch(revision: string, branch: string): boolean {
  return ['', 'HEAD', branch, `refs/heads/${branch}`].includes(revision);
}

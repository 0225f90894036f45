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

export function isThisRepository(url: string, own: readonly string[]): boolean {
  const wanted = normalRepositoryUrl(url);
  return own.some((other) => normalRepositoryUrl(other) === wanted);
}

/** Does a revision follow the branch that the change goes into? Absent, HEAD, or the branch's name. */
export function followsBranch(revision: string, branch: string): boolean {
  return ['', 'HEAD', branch, `refs/heads/${branch}`].includes(revision);
}

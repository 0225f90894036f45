import { shownUrl } from '../../model/shown-url.ts';
import { RemoteError } from '../../ports/remote.ts';

export interface RemoteUrl {
  /** By http or https, without user, query and trailing slash. */
  readonly url: URL;
  /** As it may be shown. */
  readonly name: string;
  /** It was written for ssh, for which presync has no keys. */
  readonly wasSsh: boolean;
}

/** `user@host:path`, but no path of Windows and no `transport::address`: https://git-scm.com/docs/git-clone#_git_urls */
const SCP = /^(?:[\w.+-]+@)?([\w][\w.-]*|\[[0-9a-f:.]+\]):(?!:|\/\/)(.+)$/i;

/**
 * Where a repository is read from without credentials. What is written for ssh is asked for by https from the same host, as public
 * forges serve both. What names a file, a program or another transport is refused (A4, A13), so that none of it reaches git.
 */
export function remoteUrl(text: string): RemoteUrl {
  const name = shownUrl(text);
  // Kustomize takes this mark of go-getter: https://github.com/kubernetes-sigs/kustomize/blob/kustomize/v5.8.3/api/internal/git/repospec.go
  const written = text.replace(/^git::/i, '');
  const [, scpHost, scpPath] = SCP.exec(written) ?? [];
  const parsed = URL.parse(scpHost === undefined ? written : `ssh://${scpHost}/${scpPath ?? ''}`);
  const wrong = /[\p{Cc}\s\\]/u.test(text) ? 'it names no repository' : wrongIn(parsed);
  if (parsed === null || wrong !== undefined) throw refused(name, wrong ?? '');
  const wasSsh = SSH.includes(parsed.protocol);
  // A port of ssh means nothing to https.
  const origin = wasSsh ? `https://${parsed.hostname}` : `${parsed.protocol}//${parsed.host}`;
  const url = URL.parse(origin + parsed.pathname.replace(/^\/+/, '/').replace(/\/+$/, ''));
  if (url === null) throw refused(name, 'its host is none');
  return { url, name, wasSsh };
}

const SSH = ['ssh:', 'git+ssh:', 'ssh+git:'];

function wrongIn(url: URL | null): string | undefined {
  if (url === null || url.host === '' || ![...SSH, 'https:', 'http:'].includes(url.protocol))
    return 'it is no address of a repository that presync reaches; write https://host/path';
  if (url.password !== '') return 'it has a password in it; presync takes no credentials from a repository';
  if (url.search !== '' || url.hash !== '')
    return 'it has a "?" or "#" in it, which addresses of repositories have not';
  return /^\/*$/.test(url.pathname) ? 'it names no repository' : undefined;
}

function refused(name: string, why: string): RemoteError {
  return new RemoteError('DENIED', `${name} is not fetched from: ${why}`);
}

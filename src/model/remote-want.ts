import { withoutPassword } from './shown-url.ts';

/** Content from elsewhere, as a controller names it. */
export type RemoteWant = GitWant | HttpWant | HelmWant | OciWant;

/** `ref`: full commit, branch, tag or full ref name; '' for the default branch. `range`: of the tags the newest that it allows. */
export interface GitWant {
  readonly kind: 'git';
  readonly url: string;
  readonly ref: string;
  readonly range?: string | undefined;
  /** Whose reading of ranges and tags; of Flux (`git-tags`) where nothing is said. */
  readonly rangeAs?: 'argocd' | 'git-tags' | undefined;
}

/** One file. */
export interface HttpWant {
  readonly kind: 'http';
  readonly url: string;
}

/** A chart of an HTTP repository; `version` may be a range, '' means the newest that is no pre-release. */
export interface HelmWant {
  readonly kind: 'helm';
  readonly url: string;
  readonly chart: string;
  readonly version: string;
}

/**
 * `url` is `oci://host/repository`. `reference`: tag, digest or, of a chart, a version or range; '' for `latest` of an artifact and
 * for the newest version of a chart. `range` is a semver range over the tags, as in Flux.
 */
export interface OciWant {
  readonly kind: 'oci';
  readonly url: string;
  readonly reference: string;
  readonly range?: string | undefined;
  /** A chart comes without the folder that its archive puts around it. */
  readonly content: 'chart' | 'artifact';
  /** Of several layers the first of this media type; '' for the first. */
  readonly mediaType?: string | undefined;
  /** `copy`: the layer is no archive, but a file. */
  readonly operation?: 'extract' | 'copy' | undefined;
}

/** In one line, for a reader and for the Lock. */
export function wantText(want: RemoteWant): string {
  const url = withoutPassword(want.url);
  switch (want.kind) {
    case 'git':
      return `${url}@${want.range ?? (want.ref || 'HEAD')}`;
    case 'http':
      return url;
    case 'helm':
      return `${url} ${want.chart} ${want.version || '*'}`;
    case 'oci':
      return `${url}:${want.range ?? (want.reference || 'latest')}`;
  }
}

/**
 * As it stands in the Lock: two wants that may come to other content have other texts, so that none is judged by what was brought for
 * the other.
 */
export function lockText(want: RemoteWant): string {
  const choices = choicesOf(want);
  return choices.length === 0 ? wantText(want) : `${wantText(want)} (${choices.join(', ')})`;
}

/** What decides besides the address and the reference. */
function choicesOf(want: RemoteWant): readonly string[] {
  switch (want.kind) {
    case 'git':
      return want.range === undefined ? [] : [want.rangeAs === 'argocd' ? 'range of Argo CD' : 'range'];
    case 'oci':
      return ociChoices(want);
    case 'http':
    case 'helm':
      return [];
  }
}

function ociChoices({ range, content, mediaType = '', operation }: OciWant): readonly string[] {
  const all = [range === undefined ? '' : 'range', content, mediaType, operation === 'copy' ? operation : ''];
  return all.filter((choice) => choice !== '');
}

/** Does the reference follow whatever its source puts there: a branch, a range, the newest? Tags and versions are taken for settled. */
export function isFloating(want: RemoteWant): boolean {
  switch (want.kind) {
    case 'git':
      return want.range !== undefined || want.ref.startsWith('refs/heads/') || isNameOfBranch(want.ref);
    case 'http':
      return false;
    case 'helm':
      return want.version === '' || isRange(want.version);
    case 'oci':
      return want.range !== undefined || ['', 'latest'].includes(want.reference) || isRange(want.reference);
  }
}

/** A short name with a number in it is taken for that of a version or a commit. */
function isNameOfBranch(ref: string): boolean {
  return !ref.startsWith('refs/tags/') && !/\d/.test(ref);
}

function isRange(version: string): boolean {
  return /[*<>=~^|\s]|(?:^|\.)[xX](?:\.|$)/.test(version);
}

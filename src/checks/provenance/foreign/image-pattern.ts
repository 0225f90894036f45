import type { ImageRule } from '../../../model/policy.ts';
import { refuse } from './reading.ts';

/** Which images a rule is about: by a pattern of ours where that means the same, else by the tool's own over the whole name. */
export type ImagesOf = Pick<ImageRule, 'match' | 'reference'>;

/** Everything behind the last slash: there tag or digest follow, and a wildcard could reach into them. */
const TAIL = /^(?<folder>.*\/)(?<last>[^/]*)$/s;

/**
 * A pattern of policy-controller is compared with the full name, tag or digest and all, and with the text as it is written:
 * https://github.com/sigstore/policy-controller/blob/main/pkg/apis/glob/glob.go. Wildcards mean the same as ours; the name of Docker
 * Hub is another one.
 */
export function controllerImages(glob: string): ImagesOf {
  if (!/^[a-zA-Z0-9\-_:/*.@]+$/.test(glob)) refuse(`${JSON.stringify(glob)} is no pattern`);
  const match = controllerMatch(glob);
  return match === undefined ? { match: glob, reference: { tool: 'policy-controller', pattern: glob } } : { match };
}

function controllerMatch(glob: string): string | undefined {
  if (Object.hasOwn(SHORT, glob)) return SHORT[glob];
  if (/^\*\*(?:\/\**)?$/.test(glob)) return '**';
  const bare = withoutTag(glob) ?? '';
  const [host = ''] = bare.split('/');
  const isHost = /^[^*]*[.:][^*]*$/.test(host) && host !== 'docker.io';
  return isHost || bare.startsWith('**/') ? bare.replace(/^index\.docker\.io\//, 'docker.io/') : undefined;
}

/** Two patterns mean Docker Hub alone. */
const SHORT: Readonly<Record<string, string>> = { '*': 'docker.io/library/*', '*/*': 'docker.io/*/*' };

/**
 * A pattern of Kyverno, where `*` is anything and `?` one character:
 * https://github.com/kyverno/kyverno/blob/main/ext/wildcard/match.go. Images of Docker Hub have no `library/` there:
 * https://github.com/kyverno/kyverno/blob/main/pkg/utils/image/infos.go.
 */
export function kyvernoImages(pattern: string): ImagesOf {
  if (/\{\{|\$\(/.test(pattern)) refuse(`${pattern} is filled in by the cluster`);
  const match = kyvernoMatch(pattern);
  return match === undefined ? { match: pattern, reference: { tool: 'kyverno', pattern } } : { match };
}

function kyvernoMatch(pattern: string): string | undefined {
  if (/^\*(?:\/\*|:\*)?$/.test(pattern)) return '**';
  const bare = pattern.includes('?') ? undefined : withoutTag(pattern.replace(/\*+/g, '**'));
  const [host = '', ...path] = bare?.split('/') ?? [];
  if (!/[.:*]/.test(host)) return undefined;
  return host === 'docker.io' && path.length === 1 ? hubPattern(path[0] ?? '') : bare;
}

function hubPattern(name: string): string | undefined {
  if (name === '**') return 'docker.io/**';
  return name.includes('*') ? undefined : `docker.io/library/${name}`;
}

/** Only where the wildcard at the end takes tag and digest too is the name alone as good as the whole. */
function withoutTag(glob: string): string | undefined {
  const { folder, last } = TAIL.exec(glob)?.groups ?? {};
  if (folder === undefined || last === undefined) return undefined;
  const anyTag = /^(?<name>[^:@*]+):\*+$/.exec(last)?.groups?.['name'];
  if (anyTag !== undefined) return `${folder}${anyTag}`;
  return /^[^:@*]*\*+$/.test(last) ? glob : undefined;
}

/** Does a pattern of Kyverno start with something that is no registry? Images of Docker Hub have theirs in front. */
export function isWithoutRegistry(pattern: string): boolean {
  return /^[^*?.:/]+(?:[:/@*]|$)/.test(pattern) && !/^(?:localhost\/|[^/]*:\d+\/)/.test(pattern);
}

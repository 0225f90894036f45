import { refuse } from './reading.ts';

/** Everything behind the last slash: there tag or digest follow, and a wildcard could reach into them. */
const TAIL = /^(?<folder>.*\/)(?<last>[^/]*)$/s;

/**
 * A pattern of policy-controller in the form of ours. It is compared with the full name, tag or digest and all:
 * https://github.com/sigstore/policy-controller/blob/main/pkg/apis/glob/glob.go. Wildcards mean the same; the name of Docker Hub
 * is another one.
 */
export function controllerPattern(glob: string): string {
  if (!/^[a-zA-Z0-9\-_:/*.@]+$/.test(glob)) refuse(`${JSON.stringify(glob)} is no pattern`);
  if (glob === '*') return 'docker.io/library/*';
  if (glob === '*/*') return 'docker.io/*/*';
  if (/^\*\*(?:\/\**)?$/.test(glob)) return '**';
  const bare = withoutTag(glob, glob);
  const [host = ''] = bare.split('/');
  if (host === 'docker.io') refuse(`${glob} matches nothing: Docker Hub is index.docker.io there`);
  const isHost = /[.:]/.test(host) && !host.includes('*');
  if (!isHost && !bare.startsWith('**/'))
    refuse(`${glob} does not start with a registry; what it matches depends on how images are written`);
  return bare.replace(/^index\.docker\.io\//, 'docker.io/');
}

/**
 * A pattern of Kyverno, where `*` is anything and `?` one character, in the form of ours:
 * https://github.com/kyverno/kyverno/blob/main/ext/wildcard/match.go. Images of Docker Hub have no `library/` there:
 * https://github.com/kyverno/kyverno/blob/main/pkg/utils/image/infos.go.
 */
export function kyvernoPattern(pattern: string): string {
  if (/^\*(?:\/\*|:\*)?$/.test(pattern)) return '**';
  if (pattern.includes('?')) refuse(`${pattern} has a wildcard for one character, which has no counterpart here`);
  if (/\{\{|\$\(/.test(pattern)) refuse(`${pattern} is filled in by the cluster`);
  const bare = withoutTag(pattern.replace(/\*+/g, '**'), pattern);
  const [host = '', ...path] = bare.split('/');
  if (!/[.:*]/.test(host))
    refuse(`${pattern} does not start with a registry; which one is meant is a setting of the cluster`);
  return host === 'docker.io' && path.length === 1 ? hubPattern(path[0] ?? '', pattern) : bare;
}

function hubPattern(name: string, written: string): string {
  if (name === '**') return 'docker.io/**';
  if (name.includes('*'))
    refuse(`${written} means images and owners on Docker Hub alike, which one pattern here cannot`);
  return `docker.io/library/${name}`;
}

/** Only where the wildcard at the end takes tag and digest too is the name alone as good as the whole. */
function withoutTag(glob: string, written: string): string {
  const { folder, last } = TAIL.exec(glob)?.groups ?? {};
  if (folder === undefined || last === undefined) return refuse(`${written} does not name a registry`);
  const anyTag = /^(?<name>[^:@*]+):\*+$/.exec(last)?.groups?.['name'];
  if (anyTag !== undefined) return `${folder}${anyTag}`;
  if (/^[^:@*]*\*+$/.test(last)) return glob;
  return refuse(`${written} is about single tags or digests, which are not compared here`);
}

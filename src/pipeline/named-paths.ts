import { isOurs } from '../model/content.ts';
import { isObject, type JsonObject, listAt, objectAt, textAt, textsAt } from '../model/json.ts';
import { normalPath } from '../model/path.ts';
import { type RenderSource, type SingleSource, singlesOf } from '../model/render-source.ts';

/** The part of a path before the first folder that is a pattern or known only when it is rendered. */
function literal(path: string): string {
  const parts = path.split('/');
  const open = parts.findIndex((part) => /[*?[\]{}$]/.test(part));
  return (open < 0 ? parts : parts.slice(0, open)).join('/');
}

/** Values files and the like, as Argo CD finds them: `/x` from the root, `$ref/x` from the root of a ref, else from the app's folder. */
function argocdFiles({ path, input, content, beside = [] }: SingleSource): readonly string[] {
  const helm = objectAt(objectAt(input, 'source'), 'helm');
  const files = [
    ...textsAt(helm, 'valueFiles'),
    ...listAt(helm, 'fileParameters')
      .filter(isObject)
      .map((one) => textAt(one, 'path')),
  ];
  const refs = objectAt(input, 'refs');
  return files.flatMap((file) => {
    const [, ref, rest = ''] = /^\$([^/]+)\/(.*)$/s.exec(file) ?? [];
    if (ref !== undefined && isObject(refs[ref])) {
      const mount = beside.find(({ at }) => at === textAt(objectAt(refs, ref), 'at'));
      return mount !== undefined && isOurs(mount.content) ? [literal(rest)] : [];
    }
    if (!isOurs(content)) return [];
    return [literal(file.startsWith('/') ? file : `${path}/${file}`)];
  });
}

function ownFolders({ path, content }: SingleSource): readonly string[] {
  if (content.type === 'here') return [path];
  if (content.type === 'remote') return [];
  return content.copies.filter(({ from }) => isOurs(from)).map((copy) => literal(copy.path));
}

function inputFiles({ input }: SingleSource): readonly string[] {
  return textsAt(input, 'files').map((file) => file.replace(/^\//, ''));
}

/** Generators and charts name folders in the words of their own templates: what is literal in front of them. */
function setFolders({ input }: SingleSource): readonly string[] {
  return pathsIn(objectAt(input, 'applicationSet')).map(literal);
}

function pathsIn(value: JsonObject): readonly string[] {
  return Object.entries(value).flatMap(([key, below]): readonly string[] => {
    if (key === 'path' && typeof below === 'string') return [below];
    if (Array.isArray(below)) return below.filter(isObject).flatMap(pathsIn);
    return isObject(below) ? pathsIn(below) : [];
  });
}

function namedBy(single: SingleSource): readonly string[] {
  if (single.type === 'set') return setFolders(single);
  const own = [...ownFolders(single), ...inputFiles(single)];
  return single.type === 'argocd' ? [...own, ...argocdFiles(single)] : own;
}

/** Every path of this repository that a source names: its folders, values files. A change outside of them does not reach it. */
export function namedPaths(source: RenderSource): readonly string[] {
  if (source.type === 'unknowable') return [source.path];
  return [...new Set(singlesOf(source).flatMap(namedBy))].map((path) => normalPath(path) ?? '');
}

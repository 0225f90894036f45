import { type Content, type Copy, HERE } from '../model/content.ts';
import { isObject, type JsonObject, listAt, objectAt, textAt, textsAt } from '../model/json.ts';

/** What a source of a generator resolves to. */
type Resolved =
  | { readonly content: Content; readonly ignore: string; readonly root: string }
  | { readonly reason: string };

export interface Generating {
  /** Every folder of this repository. */
  readonly folders: ReadonlySet<string>;
  resolve(source: JsonObject): Resolved;
}

type Copies = { readonly copies: readonly Copy[] } | { readonly reason: string };

/** https://fluxcd.io/flux/components/source/artifactgenerators/ */
export function isGenerator(object: JsonObject): boolean {
  return (
    textAt(object, 'apiVersion').startsWith('source.extensions.fluxcd.io/') &&
    textAt(object, 'kind') === 'ArtifactGenerator'
  );
}

/** What the generator copies into the artifact of this name; undefined where it makes none such. */
export function generatedArtifact(generator: JsonObject, name: string, generating: Generating): Copies | undefined {
  const spec = objectAt(generator, 'spec');
  const artifacts = listAt(spec, 'artifacts').filter(isObject);
  const pattern = textAt(spec, 'pathPattern');
  if (pattern === '') {
    const artifact = artifacts.find((one) => textAt(one, 'name') === name);
    return artifact && copiesOf(artifact, spec, generating, (text) => text);
  }
  return fromPattern({ name, pattern, artifacts, spec }, generating);
}

interface Patterned {
  readonly name: string;
  readonly pattern: string;
  readonly artifacts: readonly JsonObject[];
  readonly spec: JsonObject;
}

/** One artifact for each folder that the pattern matches: internal/controller/artifactgenerator_pathpattern.go of source-watcher. */
function fromPattern(patterned: Patterned, generating: Generating): Copies | undefined {
  const { name, artifacts, spec } = patterned;
  const place = placeOf(patterned, generating);
  if ('reason' in place) return mayMake(artifacts, name) ? place : undefined;
  const [only, other] = matchesOf(patterned, place, generating.folders);
  if (only === undefined) return undefined;
  if (other !== undefined)
    return { reason: `the folders ${only.inside} and ${other.inside} both make the artifact ${name}` };
  return copiesOf(only.artifact, spec, generating, (text) => filled(text, only.captures));
}

interface Place {
  /** Of the source in this repository. */
  readonly root: string;
  /** The pattern in the source. */
  readonly path: string;
}

function placeOf({ pattern, spec }: Patterned, generating: Generating): Place | { readonly reason: string } {
  const [, alias = '', path = ''] = /^@([^/]+)\/(.*)$/s.exec(pattern) ?? [];
  const source = sourceOf(alias, spec);
  if (source === undefined) return { reason: `pathPattern ${pattern} names no source` };
  const resolved = generating.resolve(source);
  if ('reason' in resolved) return resolved;
  if (resolved.content !== HERE) return { reason: `the folders of pathPattern ${pattern} lie in another repository` };
  return { root: resolved.root, path };
}

/** The folders whose artifact has the name; in names captures are in small letters. */
function matchesOf({ name, artifacts }: Patterned, { root, path }: Place, folders: ReadonlySet<string>) {
  return [...folders].flatMap((folder) => {
    const inside = root === '' ? folder : folder.slice(root.length + 1);
    const captures = capturesOf(path, inside);
    if (captures === undefined) return [];
    const low = new Map([...captures].map(([key, value]) => [key, value.toLowerCase()]));
    const made = artifacts.filter((one) => filled(textAt(one, 'name'), low) === name);
    return made.map((artifact) => ({ artifact, captures, inside }));
  });
}

/** Could the name of an artifact come out as this one? */
function mayMake(artifacts: readonly JsonObject[], name: string): boolean {
  return artifacts.some((one) => {
    const [first = '', ...rest] = textAt(one, 'name').split(/\{\w+\}/);
    return name.startsWith(first) && name.endsWith(rest.at(-1) ?? '');
  });
}

/** `{name}` stands for one folder, or a part of its name. */
function capturesOf(pattern: string, path: string): ReadonlyMap<string, string> | undefined {
  const [wanted, given] = [pattern.replace(/\/+$/, '').split('/'), path.split('/')];
  if (wanted.length !== given.length || path === '') return undefined;
  const parts = wanted.map((part, index) => captureOf(part, given[index] ?? ''));
  return parts.includes(undefined) ? undefined : new Map(parts.flatMap((one) => one ?? []));
}

/** Nothing or one capture; undefined where the part does not match. */
function captureOf(part: string, value: string): readonly (readonly [string, string])[] | undefined {
  const [, before = part, key, after = ''] = /^([^{}]*)\{(\w+)\}([^{}]*)$/.exec(part) ?? [];
  if (key === undefined) return value === part ? [] : undefined;
  return isBetween(value, before, after) ? [[key, value.slice(before.length, value.length - after.length)]] : undefined;
}

function isBetween(value: string, before: string, after: string): boolean {
  return value.length > before.length + after.length && value.startsWith(before) && value.endsWith(after);
}

function filled(text: string, captures: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\{(\w+)\}/g, (whole, key: string) => captures.get(key) ?? whole);
}

function sourceOf(alias: string, spec: JsonObject): JsonObject | undefined {
  return listAt(spec, 'sources')
    .filter(isObject)
    .find((one) => textAt(one, 'alias') === alias);
}

function copiesOf(
  artifact: JsonObject,
  spec: JsonObject,
  generating: Generating,
  fill: (text: string) => string,
): Copies {
  const copies: Copy[] = [];
  for (const copy of listAt(artifact, 'copy').filter(isObject)) {
    const made = copyOf(copy, spec, generating, fill);
    if ('reason' in made) return made;
    copies.push(made);
  }
  return { copies };
}

function copyOf(
  copy: JsonObject,
  spec: JsonObject,
  generating: Generating,
  fill: (text: string) => string,
): Copy | { readonly reason: string } {
  const [from, to, strategy] = [fill(textAt(copy, 'from')), fill(textAt(copy, 'to')), textAt(copy, 'strategy')];
  const [, alias = '', path] = /^@([^/]+)\/(.*)$/s.exec(from) ?? [];
  const source = sourceOf(alias, spec);
  if (path === undefined || source === undefined || !to.startsWith('@artifact/'))
    return { reason: `its ArtifactGenerator copies ${from} to ${to}, which names no source or no artifact` };
  if (strategy === 'Merge' || strategy === 'Extract')
    return { reason: `its ArtifactGenerator copies ${from} by the strategy ${strategy}, which presync does not do` };
  const found = generating.resolve(source);
  if ('reason' in found) return found;
  const inside = found.root === '' ? path : `${found.root}/${path}`;
  const exclude = textsAt(copy, 'exclude').map(fill);
  return { from: found.content, ignore: found.ignore, path: inside, exclude, to: to.slice('@artifact/'.length) };
}

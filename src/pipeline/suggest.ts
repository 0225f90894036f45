import type { Provenance } from '../checks/check.ts';
import { replaced, scalarsOf } from '../blame/scalars.ts';
import type { Finding } from '../model/finding.ts';
import { ImageRefError, parseImageRef } from '../model/image-ref.ts';
import { pinnedText } from '../model/image-places.ts';
import { canonicalJson, type JsonValue, valueAt } from '../model/json.ts';
import { identityKey, type Manifest } from '../model/manifest.ts';
import type { SourceTree } from '../ports/source-tree.ts';
import type { AppPair } from './affected.ts';
import type { Judged } from './judge.ts';
import type { Rendered } from './render-app.ts';
import { type Rewrite, textIn } from './rewrite.ts';

const RULE = 'images/digest';
/** A line that says which image, and nothing else: with a comment, a flow mapping or a template it is no longer sure what it says. */
const LINE = /^(\s*(?:-\s+)?(?:image|reference):\s+)(["']?)([^\s"'#{}]+)\2 *$/;
/** Of `images` of a kustomization: Kustomize puts the text behind the colon, whatever it holds. A `tag` of a chart may also go into a label. */
const TAG_LINE = /^(\s*(?:-\s+)?newTag:\s+)(["']?)([^\s"'#{}]+)\2 *$/;

interface SuggestContext {
  readonly pairs: readonly AppPair[];
  readonly tree: SourceTree;
  readonly provenance: Provenance | undefined;
  readonly rewrite: Rewrite;
}

/** Gives findings on tags the line with the digest that was judged, where by that line the images change and nothing else. */
export async function suggest(judged: readonly Judged[], context: SuggestContext): Promise<readonly Judged[]> {
  if (context.provenance === undefined) return judged;
  return Promise.all(
    judged.map(async (one) => ({
      ...one,
      findings: await Promise.all(one.findings.map((own) => withLine(own, context))),
    })),
  );
}

async function withLine(finding: Finding, context: SuggestContext): Promise<Finding> {
  const written = finding.rule === RULE && finding.status === 'new' ? await writtenFor(finding, context) : undefined;
  if (written === undefined) return finding;
  const plain = pinnedLine(written);
  return plain === undefined ? withPart(finding, written, context) : { ...finding, suggestion: plain };
}

async function writtenFor(finding: Finding, context: SuggestContext): Promise<Written | undefined> {
  const merged = context.pairs.find(({ id }) => id === finding.app)?.merged;
  const image = merged && imageAt(finding, merged.manifests);
  const digest = image && digestOf(image, context);
  const place = digest && (await lineAt(finding.location, context.tree));
  return merged && image && digest && place ? { merged, image, digest, ...place } : undefined;
}

async function lineAt(
  location: Finding['location'],
  tree: SourceTree,
): Promise<Pick<Written, 'text' | 'line' | 'file'> | undefined> {
  if (location === null || location.line !== location.endLine) return undefined;
  const text = await textIn(tree, location.file);
  const line = text?.split('\n')[location.line - 1];
  return text === undefined || line === undefined ? undefined : { text, line, file: location.file };
}

interface Written {
  readonly merged: Rendered;
  readonly image: string;
  readonly digest: string;
  readonly text: string;
  readonly line: string;
  readonly file: string;
}

/** What Flux writes anew at each release would lose its digest again. */
const MARKED = /#.*\$imagepolicy/;

/** The one text of the line that is the image or its tag: with a digest behind it rendered once, and offered if it only pins images. */
async function withPart(finding: Finding, written: Written, { rewrite }: SuggestContext): Promise<Finding> {
  const { merged, image, digest, text, line, file } = written;
  const parts = scalarsOf(text).filter(
    (one) => one.line === finding.location?.line && (one.value === image || image.endsWith(`:${one.value}`)),
  );
  const [scalar] = parts;
  if (scalar === undefined || parts.length > 1 || MARKED.test(line) || line.endsWith('\r')) return finding;
  const value = pinnedText(scalar.value, digest);
  const fix = scalar.value === image ? finding.fix : tagFix(value);
  const rendered = await rewrite(merged.app, { file, text, scalar, value });
  if (rendered === undefined || !onlyPins(merged, rendered, { image, digest })) return { ...finding, fix };
  const start = text.lastIndexOf('\n', scalar.start - 1) + 1;
  const own = { ...scalar, start: scalar.start - start, end: scalar.end - start };
  return { ...finding, fix, suggestion: replaced(line, own, value) };
}

function tagFix(value: string): string {
  return `Write the digest behind the tag, \`${value}\`, where that goes into nothing but the image; else pin it by the value that the chart has for digests.`;
}

/** Each difference is this image, at a place where it gets its digest; one at least is there. */
function onlyPins(
  { manifests: before }: Rendered,
  { manifests: after, failure }: Rendered,
  { image, digest }: Pick<Written, 'image' | 'digest'>,
): boolean {
  if (failure !== undefined || before.length !== after.length) return false;
  const pinned = pinnedText(image, digest);
  const asPinned = (value: JsonValue, other: JsonValue | undefined): boolean =>
    canonicalJson(other) === canonicalJson(value) ||
    (value === image && other === pinned) ||
    eachAsPinned(value, other);
  const eachAsPinned = (value: JsonValue, other: JsonValue | undefined): boolean => {
    if (typeof value !== 'object' || value === null || typeof other !== 'object' || other === null) return false;
    const [own, now] = [new Map(Object.entries(value)), new Map(Object.entries(other))];
    return own.size === now.size && [...own].every(([key, item]: [string, JsonValue]) => asPinned(item, now.get(key)));
  };
  return (
    before.every(({ object }, index) => asPinned(object, after[index]?.object)) &&
    canonicalJson(before.map(({ object }) => object)) !== canonicalJson(after.map(({ object }) => object))
  );
}

function pinnedLine({ line, image: text, digest }: Written): string | undefined {
  const [, key = '', quote = '', written] = LINE.exec(line) ?? [];
  if (written === text) return `${key}${quote}${pinnedText(text, digest)}${quote}`;
  const [, tagKey = '', tagQuote = '', tag] = TAG_LINE.exec(line) ?? [];
  const isTag = tag !== undefined && text.endsWith(`:${tag}`);
  return isTag ? `${tagKey}${tagQuote}${pinnedText(tag, digest)}${tagQuote}` : undefined;
}

function imageAt({ object, pointer }: Finding, manifests: readonly Manifest[]): string | undefined {
  const manifest = manifests.find((one) => isOf(one, object));
  const value = manifest && valueAt(manifest.object, pointer);
  return typeof value === 'string' ? value : undefined;
}

function isOf({ id }: Manifest, object: Finding['object']): boolean {
  return object !== null && identityKey(id) === identityKey(object);
}

function digestOf(text: string, { provenance }: SuggestContext): string | undefined {
  try {
    const evidence = provenance?.book.of(parseImageRef(text));
    return evidence?.status === 'read' ? evidence.digest : undefined;
  } catch (error) {
    if (error instanceof ImageRefError) return undefined;
    throw error;
  }
}

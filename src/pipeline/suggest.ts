import type { Provenance } from '../checks/check.ts';
import type { Finding, Location } from '../model/finding.ts';
import { ImageRefError, parseImageRef } from '../model/image-ref.ts';
import { pinnedText } from '../model/image-places.ts';
import { valueAt } from '../model/json.ts';
import { identityKey, type Manifest } from '../model/manifest.ts';
import type { SourceTree } from '../ports/source-tree.ts';
import type { AppPair } from './affected.ts';
import type { Judged } from './judge.ts';

const RULE = 'images/digest';
/** A line that says which image, and nothing else: with a comment, a flow mapping or a template it is no longer sure what it says. */
const LINE = /^(\s*(?:-\s+)?(?:image|reference):\s+)(["']?)([^\s"'#{}]+)\2 *$/;
/** Of `images` of a kustomization: Kustomize puts the text behind the colon, whatever it holds. A `tag` of a chart may also go into a label. */
const TAG_LINE = /^(\s*(?:-\s+)?newTag:\s+)(["']?)([^\s"'#{}]+)\2 *$/;

interface SuggestContext {
  readonly pairs: readonly AppPair[];
  readonly tree: SourceTree;
  readonly provenance: Provenance | undefined;
}

/** Gives findings on tags the line with the digest that was judged, where the line holds the text of the image as it is. */
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
  const { rule, status, location } = finding;
  if (rule !== RULE || status !== 'new' || location === null) return finding;
  const text = imageAt(finding, context.pairs) ?? '';
  const digest = digestOf(text, context);
  const line = digest === undefined ? undefined : await lineAt(location, context.tree);
  const suggestion = line === undefined || digest === undefined ? undefined : pinnedLine(line, text, digest);
  return suggestion === undefined ? finding : { ...finding, suggestion };
}

function pinnedLine(line: string, text: string, digest: string): string | undefined {
  const [, key = '', quote = '', written] = LINE.exec(line) ?? [];
  if (written === text) return `${key}${quote}${pinnedText(text, digest)}${quote}`;
  const [, tagKey = '', tagQuote = '', tag] = TAG_LINE.exec(line) ?? [];
  const isTag = tag !== undefined && text.endsWith(`:${tag}`);
  return isTag ? `${tagKey}${tagQuote}${pinnedText(tag, digest)}${tagQuote}` : undefined;
}

function imageAt({ app, object, pointer }: Finding, pairs: readonly AppPair[]): string | undefined {
  const manifest = pairs.find(({ id }) => id === app)?.merged?.manifests.find((one) => isOf(one, object));
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

async function lineAt({ file, line, endLine }: Location, tree: SourceTree): Promise<string | undefined> {
  const entry = tree.entries.find(({ path }) => path === file);
  if (entry === undefined || line !== endLine) return undefined;
  return Buffer.from(await tree.read(entry.oid))
    .toString('utf8')
    .split('\n')[line - 1];
}

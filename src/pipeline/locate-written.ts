import { type AuthoredHunk, blame } from '../blame/index.ts';
import { linesOf } from '../blame/lines.ts';
import type { Finding } from '../model/finding.ts';
import { identityKey, type Manifest } from '../model/manifest.ts';
import type { SourceTree } from '../ports/source-tree.ts';
import type { Judged } from './judge.ts';

/** The lines of the document that an object was read from; none where that is not known. */
export async function documentOf(
  { origin }: Manifest,
  manifests: readonly Manifest[],
  tree: SourceTree,
): Promise<readonly AuthoredHunk[]> {
  const file = origin.path?.replace(/^\//, '');
  const entry = tree.entries.find(({ path }) => path === file);
  if (file === undefined || entry === undefined) return [];
  const lines = linesOf(Buffer.from(await tree.read(entry.oid)).toString('utf8'));
  const start = (origin.line ?? 1) - 1;
  const starts = manifests.filter((one) => one.origin.path === origin.path).map((one) => (one.origin.line ?? 1) - 1);
  const end = Math.min(lines.length, ...starts.filter((line) => line > start));
  return [{ file, lines: lines.slice(start, end), oldStart: 0, oldEnd: 0, newStart: start, newEnd: end }];
}

/** Findings of plain manifests on the lines that hold them: the whole document is what a person wrote. */
export async function locateWritten(
  judged: readonly Judged[],
  manifests: readonly Manifest[],
  tree: SourceTree,
): Promise<readonly Judged[]> {
  const byId = new Map(manifests.map((manifest) => [identityKey(manifest.id), manifest]));
  const located = async (finding: Finding): Promise<Finding> => {
    const manifest = finding.object === null ? undefined : byId.get(identityKey(finding.object));
    if (manifest === undefined || finding.location !== null) return finding;
    const hunks = await documentOf(manifest, manifests, tree);
    return { ...finding, location: await blame({ finding, manifest, hunks, stands: () => Promise.resolve(true) }) };
  };
  return Promise.all(judged.map(async (one) => ({ ...one, findings: await Promise.all(one.findings.map(located)) })));
}

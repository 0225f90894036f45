import type { WholeWorlds } from '../checks/check.ts';
import { readYaml } from '../config/yaml.ts';
import type { Finding, Location, PathStep } from '../model/finding.ts';
import { canonicalJson, objectAt, pointerTokens, textAt, valueAt } from '../model/json.ts';
import { identityKey, isKubernetesObject, type Manifest } from '../model/manifest.ts';
import type { SourceTree } from '../ports/source-tree.ts';
import { documentOf } from './locate-written.ts';
import type { Rendered } from './render-app.ts';

interface StepContext {
  /** The files of the merge result. */
  readonly tree: SourceTree;
  readonly whole: WholeWorlds;
}

/** The line that brings what `asks` looks for; null where no more lines are searched, or none is the cause. */
type BlameStep = (finding: Finding, asks: (rendered: Rendered) => Promise<boolean>) => Promise<Location | null>;

/** Of a way: where each step stands. What the change wrote, by blame; the rest where a plain file holds it; else nowhere. */
export function stepLocator({ tree, whole }: StepContext, blameStep: BlameStep) {
  const [before, after] = [whole.base, whole.merged].map(({ manifests }) => Map.groupBy(manifests, objectKey));
  const located = async (step: PathStep, finding: Finding): Promise<PathStep> => {
    const key = keyOf(step);
    const [manifest] = after?.get(key) ?? [];
    if (manifest === undefined || step.object === null) return step;
    if (key === keyOf(finding) && step.pointer === finding.pointer) return { ...step, location: finding.location };
    const about = { ...finding, app: step.app, object: step.object, pointer: step.pointer };
    const isOld = (before?.get(key) ?? []).some((one) => hasSame(one, manifest, step.pointer));
    const location = isOld
      ? await whereWritten(manifest, step.pointer, whole.merged.manifests, tree)
      : await blameStep(about, (rendered) =>
          Promise.resolve(rendered.manifests.some((one) => isAs(one, manifest, step))),
        );
    return { ...step, location };
  };
  return async (finding: Finding): Promise<readonly PathStep[] | undefined> =>
    finding.path && Promise.all(finding.path.map((step) => located(step, finding)));
}

function objectKey({ app, id }: Manifest): string {
  return `${app}\u0001${identityKey(id)}`;
}

function keyOf({ app, object }: Pick<PathStep, 'app' | 'object'>): string {
  return object === null ? '' : `${app}\u0001${identityKey(object)}`;
}

function hasSame(one: Manifest, other: Manifest, pointer: string): boolean {
  const [left, right] = [one, other].map(({ object }) => valueAt(object, pointer));
  return canonicalJson(left) === canonicalJson(right);
}

function isAs(one: Manifest, manifest: Manifest, { pointer }: PathStep): boolean {
  return identityKey(one.id) === identityKey(manifest.id) && hasSame(one, manifest, pointer);
}

/** In a document that is this object and says the same there, lest a template, a patch or a prefix brought it. */
async function whereWritten(
  manifest: Manifest,
  pointer: string,
  manifests: readonly Manifest[],
  tree: SourceTree,
): Promise<Location | null> {
  const ofApp = manifests.filter(({ app }) => app === manifest.app);
  const [written] = await documentOf(manifest, ofApp, tree);
  if (written === undefined) return null;
  const document = readYaml(written.lines.join('').replace(/\n(?:---[ \t]*\n|\s)*$/, '\n'));
  if (!('value' in document) || !saysSame(document.value, manifest, pointer)) return null;
  const line = written.newStart + document.lineOf(pathOf(pointer));
  return { file: written.file, line, endLine: line };
}

function saysSame(value: unknown, { id, object }: Manifest, pointer: string): boolean {
  if (!isKubernetesObject(value) || textAt(value, 'kind') !== id.kind) return false;
  if (textAt(objectAt(value, 'metadata'), 'name') !== id.name) return false;
  return pointer === '' || canonicalJson(valueAt(value, pointer)) === canonicalJson(valueAt(object, pointer));
}

function pathOf(pointer: string): readonly (string | number)[] {
  return pointerTokens(pointer).map((token) => (/^\d+$/.test(token) ? Number(token) : token));
}

import { imageRefIn, imageText } from '../../model/image-ref.ts';
import type { Problem } from '../../model/finding.ts';
import { imagesIn } from '../../model/image-places.ts';
import type { PolicyAnswer } from '../../model/image-policy.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { World } from '../../model/world.ts';
import type { ProvenanceInput } from './cases.ts';
import { guardUnread } from './guards.ts';
import { namespaceIn } from './place.ts';
import { plain } from './text.ts';
import { signature } from './unmet.ts';

/** What policies that were evaluated say of the objects of both sides. */
export function policyProblems(input: ProvenanceInput): readonly Problem[] {
  const answers = input.provenance.imagePolicies;
  if (answers === undefined) return [];
  const said = [input.base, input.merged].flatMap((world) => {
    const namespaceOf = namespaceIn(world);
    return world.manifests.flatMap((manifest) =>
      answers.of(manifest, namespaceOf(manifest)).map((answer) => toProblem(answer, { world, manifest, input })),
    );
  });
  const unread = answers.unread.flatMap(({ object, app, reason }) => {
    const message = `${nameOf(object)} is not applied before the merge: ${plain(reason)}`;
    const problem = { app, object, pointer: '', key: reason, facets: [], message };
    return (['base', 'merged'] as const).map((side) => ({ ...textOf(guardUnread), ...problem, side }));
  });
  return [...said, ...unread];
}

interface Place {
  readonly world: World;
  readonly manifest: Manifest;
  readonly input: ProvenanceInput;
}

function toProblem(answer: PolicyAnswer, { world: { side }, manifest, input }: Place): Problem {
  const { policy, mode, verdict, message, images } = answer;
  const { app, id: object } = manifest;
  const at = { side, app, object, key: policy };
  if (verdict === 'unknown') {
    const text = `${policy} is not applied to ${nameOf(object)} before the merge: ${plain(message)}`;
    const facets = images.map((image) => factOf(image, policy, input));
    return { ...textOf(guardUnread), ...at, pointer: '', facets, message: text };
  }
  const [first] = imagesIn(manifest, input.policy.imageFields).filter(({ text }) => images.includes(text));
  const verb = mode === 'block' ? 'denies' : 'reports';
  return {
    ...textOf(signature),
    ...at,
    enforcement: mode === 'block' ? 'required' : 'advice',
    pointer: first?.pointer ?? '',
    facets: [policy, ...images.map((image) => factOf(image, `${policy} ${message}`, input))],
    message: `${policy} ${verb} ${nameOf(object)}: ${plain(message)}`,
    fix: 'Use an image that the policy lets in, or have this one signed or attested as the policy asks.',
  };
}

/** Another image, or the same tag with another content, is another debt. */
function factOf(image: string, said: string, { provenance }: ProvenanceInput): string {
  const ref = imageRefIn(image);
  return [said, ref === undefined ? image : imageText(ref), (ref && provenance.book.of(ref)?.digest) ?? ''].join(' ');
}

function nameOf({ kind, namespace, name }: Manifest['id']): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}

function textOf({
  id,
  alias,
  severity,
  enforcement,
  why,
  fix,
}: Pick<Problem, 'alias' | 'severity' | 'enforcement' | 'why' | 'fix'> & { readonly id: string }) {
  return { rule: id, alias, severity, enforcement, why, fix };
}

import { imageRefIn, imageText } from '../model/image-ref.ts';
import { canonicalJson, isObject, type JsonObject, type JsonValue, listAt, textAt, textsAt } from '../model/json.ts';
import type { PolicyAnswer, PolicyAnswers } from '../model/image-policy.ts';
import type { Manifest } from '../model/manifest.ts';
import type { EvidenceBook, Trust } from '../model/provenance.ts';
import type { World } from '../model/world.ts';
import { actionOf, isEvaluated, isPolicyException } from '../checks/provenance/foreign/image-validating-policy.ts';
import { LEFT_OUT } from '../checks/provenance/foreign/kyverno.ts';
import { nameOf } from '../checks/provenance/foreign/reading.ts';
import { namespaceIn } from '../checks/provenance/place.ts';
import { type Engine, EngineError } from '../ports/engine.ts';
import { factsOf } from './image-facts.ts';
import { podsOf } from './pods-of.ts';
import { type JoinedKeys, joinKeys } from './policy-keys.ts';

/** Policies of the base whose expressions are to be evaluated, and what they need for it. */
export interface ImagePolicies {
  /** The images as written, and the types of the statements that they read. */
  readonly asks: { readonly images: readonly string[]; readonly predicates: readonly string[] };
  /** With the keys of their attestors. */
  readonly trust: Trust;
  judge(book: EvidenceBook, signal: AbortSignal): Promise<JudgedByPolicies>;
}

export interface JudgedByPolicies {
  readonly answers: PolicyAnswers;
  /** Images of objects that a policy refuses. */
  readonly failed: readonly string[];
}

export interface PolicySources {
  readonly engine: Engine;
  /** All objects of the base: policies, exceptions, namespaces. */
  readonly base: readonly Manifest[];
  /** Of the merge result only new namespaces are taken: what stands in the base is not changed by whom it judges. */
  readonly merged: readonly Manifest[];
  /** What is judged. */
  readonly worlds: readonly World[];
}

/** Undefined where no policy has to be evaluated. */
export async function imagePolicies(
  sources: PolicySources,
  trust: Trust,
  signal: AbortSignal,
): Promise<ImagePolicies | undefined> {
  const policies = Map.groupBy(sources.base.filter(isEvaluated), ({ cluster }) => cluster);
  if (policies.size === 0) return undefined;
  const clusters = [...policies].map(([cluster, own]) => clusterOf(cluster, own, sources));
  const asked = await Promise.all(clusters.map((one) => evaluate(sources.engine, one, null, signal)));
  const values = asked.filter((one) => typeof one !== 'string');
  const keys = joinKeys(
    trust,
    values.flatMap((value) => listAt(value, 'keys')),
  );
  const images = textsOf(values, 'images');
  return {
    asks: { images, predicates: textsOf(values, 'predicates') },
    trust: keys.trust,
    judge: async (book, now) => {
      const told = { evidence: factsOf(images, book), keys: namesOf(keys) };
      return answersOf(
        await Promise.all(
          clusters.map(async (one) => ({ one, value: await evaluate(sources.engine, one, told, now) })),
        ),
      );
    },
  };
}

/** A cluster with its policies, and the objects that they judge, each once. */
interface Cluster {
  readonly policies: readonly Manifest[];
  readonly objects: readonly {
    /** Of the object that stands in Git. */
    readonly key: string;
    /** One that a controller would make of it. */
    readonly isPod: boolean;
    readonly input: JsonObject;
  }[];
  readonly exceptions: readonly Manifest[];
}

function clusterOf(cluster: string, policies: readonly Manifest[], { base, merged, worlds }: PolicySources): Cluster {
  const isOwn = (one: Manifest) => one.cluster === cluster;
  const namespaces = new Map(
    [...merged, ...base]
      .filter((one) => isOwn(one) && one.id.kind === 'Namespace' && one.id.apiVersion === 'v1')
      .map(({ id, object }) => [id.name, object]),
  );
  const objects = worlds.flatMap((world) => {
    const namespaceOf = namespaceIn(world);
    return world.manifests.filter(isOwn).flatMap((manifest) => {
      const namespace = namespaceOf(manifest);
      if (LEFT_OUT.includes(namespace)) return [];
      const known = namespaces.get(namespace);
      const where = { namespace, ...(known === undefined ? {} : { namespaceObject: known }) };
      const key = keyOf(manifest, namespace);
      const pods = podsOf(manifest, namespace).map((object) => ({ key, isPod: true, input: { object, ...where } }));
      return [{ key, isPod: false, input: { object: manifest.object, ...where } }, ...pods];
    });
  });
  const distinct = [...new Map(objects.map((one) => [canonicalJson([one.key, one.input]), one])).values()];
  return { policies, objects: distinct, exceptions: base.filter((one) => isOwn(one) && isPolicyException(one)) };
}

function keyOf({ cluster, object }: Manifest, namespace: string): string {
  return [cluster, namespace, canonicalJson(object)].join('\u0001');
}

interface Told {
  readonly evidence: JsonObject;
  readonly keys: JsonObject;
}

/** The engine's answer, or why there is none. */
async function evaluate(
  engine: Engine,
  { policies, objects, exceptions }: Cluster,
  told: Told | null,
  signal: AbortSignal,
): Promise<JsonObject | string> {
  const input = {
    policies: policies.map(({ object }) => object),
    exceptions: exceptions.map(({ object }) => object),
    objects: objects.map((one) => one.input),
    ...told,
  };
  try {
    const { value } = await engine.run({ operation: 'kyverno.images', mounts: [], input }, signal);
    return isObject(value) ? value : 'its evaluation has no answer';
  } catch (error) {
    if (error instanceof EngineError) return error.message;
    throw error;
  }
}

function textsOf(values: readonly JsonObject[], key: string): readonly string[] {
  return [...new Set(values.flatMap((value) => textsAt(value, key)))].toSorted();
}

function namesOf({ uses }: JoinedKeys): JsonObject {
  return Object.fromEntries([...uses].map(([id, use]) => [id, use]));
}

function answersOf(all: readonly { readonly one: Cluster; readonly value: JsonObject | string }[]): JudgedByPolicies {
  const found = all.flatMap(({ one, value }) =>
    typeof value === 'string' ? [] : listAt(value, 'answers').flatMap((answer) => answerOf(answer, one)),
  );
  const byKey = Map.groupBy(found, ({ key }) => key);
  const wanted = new Set(
    found.flatMap(({ answer }) =>
      answer.mode === 'block' ? answer.images.flatMap((image) => imageRefIn(image) ?? []).map(imageText) : [],
    ),
  );
  const answers: PolicyAnswers = {
    wants: (ref) => wanted.has(imageText(ref)),
    of: (manifest, namespace) => ofObject(byKey.get(keyOf(manifest, namespace)) ?? []),
    unread: all.flatMap(({ one, value }) =>
      typeof value === 'string' ? one.policies.map(({ id, app }) => ({ object: id, app, reason: value })) : [],
    ),
  };
  return { answers, failed: found.flatMap(({ answer }) => (answer.verdict === 'fail' ? answer.images : [])) };
}

interface Answered {
  /** Of the object. */
  readonly key: string;
  readonly answer: PolicyAnswer;
  readonly isPassed: boolean;
  readonly isPod: boolean;
}

/** What a policy says of the object it says of its pods, too; only where it is silent are they asked. */
function ofObject(all: readonly Answered[]): readonly PolicyAnswer[] {
  const own = new Set(all.filter(({ isPod }) => !isPod).map(({ answer }) => answer.policy));
  const said = all.filter(({ isPod, isPassed, answer }) => !isPassed && (!isPod || !own.has(answer.policy)));
  return [...new Map(said.map(({ answer }) => [canonicalJson(answer), answer])).values()];
}

/** What is no answer that we know is one that says nothing good. */
function answerOf(value: JsonValue, { policies, objects }: Cluster): readonly Answered[] {
  const policy = policies[numberAt(value, 'policy')];
  const object = objects[numberAt(value, 'object')];
  const verdict = textAt(value, 'verdict');
  if (policy === undefined || object === undefined) return [];
  const answer: PolicyAnswer = {
    policy: nameOf(policy),
    mode: actionOf(policy),
    verdict: verdict === 'fail' ? 'fail' : 'unknown',
    message: textAt(value, 'message'),
    images: textsAt(value, 'images').toSorted(),
  };
  return [{ key: object.key, isPod: object.isPod, answer, isPassed: verdict === 'pass' }];
}

function numberAt(value: JsonValue, key: string): number {
  const found = isObject(value) ? value[key] : undefined;
  return typeof found === 'number' ? found : -1;
}

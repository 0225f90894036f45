import { bounded } from '../model/bounded.ts';
import { imageRefIn, imageText } from '../model/image-ref.ts';
import { canonicalJson, isObject, type JsonObject, type JsonValue, listAt, textAt, textsAt } from '../model/json.ts';
import type { PolicyAnswer, PolicyAnswers } from '../model/image-policy.ts';
import type { Manifest } from '../model/manifest.ts';
import type { ImageFields } from '../model/policy.ts';
import type { EvidenceBook, Trust } from '../model/provenance.ts';
import type { World } from '../model/world.ts';
import { actionOf, isEvaluated, isPolicyException } from '../checks/provenance/foreign/image-validating-policy.ts';
import { LEFT_OUT } from '../checks/provenance/foreign/kyverno.ts';
import { nameOf } from '../checks/provenance/foreign/reading.ts';
import { namespaceIn } from '../checks/provenance/place.ts';
import { type Engine, EngineError } from '../ports/engine.ts';
import { lookingForAbsent } from './absent-labels.ts';
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
  /** Where objects of other kinds name images. */
  readonly imageFields: readonly ImageFields[];
}

/** Undefined where no policy has to be evaluated. */
export async function imagePolicies(
  sources: PolicySources,
  trust: Trust,
  signal: AbortSignal,
): Promise<ImagePolicies | undefined> {
  const policies = Map.groupBy(sources.base.filter(isEvaluated), ({ cluster }) => cluster);
  if (policies.size === 0) return undefined;
  const parts = [...policies].flatMap(([cluster, own]) => partsOf(clusterOf(cluster, own, sources)));
  const asked = await evaluateAll(sources.engine, parts, null, signal);
  const values = asked.flatMap(({ value }) => (typeof value === 'string' ? [] : [value]));
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
      // Of what could not be asked nothing was looked up.
      const failed = asked.filter(({ value }) => typeof value === 'string');
      const rest = asked.filter(({ value }) => typeof value !== 'string').map(({ one }) => one);
      return answersOf([...failed, ...(await evaluateAll(sources.engine, rest, told, now))]);
    },
  };
}

/** How many objects times policies one request holds: a few seconds of a busy core, far below the limit of the engine. */
const AT_A_TIME = 20_000;
const AT_ONCE = 8;

/** Each object is judged by itself, by all policies together. */
function partsOf(cluster: Cluster): readonly Cluster[] {
  const size = Math.max(1, Math.floor(AT_A_TIME / cluster.policies.length));
  const count = Math.max(1, Math.ceil(cluster.objects.length / size));
  return Array.from({ length: count }, (_, index) => ({
    ...cluster,
    objects: cluster.objects.slice(index * size, (index + 1) * size),
  }));
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
    /** Judged once more without the labels of its namespace, for these alone. */
    readonly doubtedBy?: readonly Manifest[];
  }[];
  readonly exceptions: readonly Manifest[];
}

function clusterOf(
  cluster: string,
  policies: readonly Manifest[],
  { base, merged, worlds, imageFields }: PolicySources,
): Cluster {
  const isOwn = (one: Manifest) => one.cluster === cluster;
  const [standing, coming] = [namespacesIn(base.filter(isOwn)), namespacesIn(merged.filter(isOwn))];
  const objects = worlds.flatMap((world) => {
    const namespaceOf = namespaceIn(world);
    return world.manifests.filter(isOwn).flatMap((manifest) => {
      const namespace = namespaceOf(manifest);
      if (LEFT_OUT.includes(namespace)) return [];
      const wheres = placesIn(namespace, { standing, coming, policies });
      const key = keyOf(manifest, namespace);
      const pods = podsOf(manifest, namespace, imageFields).map((object) => ({ object, isPod: true }));
      const asked = [{ object: manifest.object, isPod: false }, ...pods];
      return wheres.flatMap(({ where, ...doubt }) =>
        asked.map(({ object, isPod }) => ({ key, isPod, input: { object, ...where }, ...doubt })),
      );
    });
  });
  const distinct = [...new Map(objects.map((one) => [canonicalJson([one.key, one.input]), one])).values()];
  return { policies, objects: distinct, exceptions: base.filter((one) => isOwn(one) && isPolicyException(one)) };
}

type Namespaces = ReadonlyMap<string, JsonObject>;

function namespacesIn(all: readonly Manifest[]): Namespaces {
  const found = all.filter(({ id }) => id.kind === 'Namespace' && id.apiVersion === 'v1');
  return new Map(found.map(({ id, object }) => [id.name, object]));
}

interface Where {
  readonly where: JsonObject;
  readonly doubtedBy?: readonly Manifest[];
}

/** As Git says it is, and where only the change brings it, as it may be. */
function placesIn(
  namespace: string,
  { standing, coming, policies }: { standing: Namespaces; coming: Namespaces; policies: readonly Manifest[] },
): readonly Where[] {
  const known = standing.get(namespace);
  if (known !== undefined) return [{ where: { namespace, namespaceObject: known } }];
  const come = coming.get(namespace);
  if (come === undefined) return [{ where: { namespace } }];
  const doubtedBy = lookingForAbsent(policies, come);
  const doubted = doubtedBy.length === 0 ? [] : [{ where: { namespace }, doubtedBy }];
  return [{ where: { namespace, namespaceObject: come } }, ...doubted];
}

function keyOf({ cluster, object }: Manifest, namespace: string): string {
  return [cluster, namespace, canonicalJson(object)].join('\u0001');
}

interface Told {
  readonly evidence: JsonObject;
  readonly keys: JsonObject;
}

interface Evaluated {
  readonly one: Cluster;
  /** The engine's answer, or why there is none. */
  readonly value: JsonObject | string;
}

function evaluateAll(
  engine: Engine,
  parts: readonly Cluster[],
  told: Told | null,
  signal: AbortSignal,
): Promise<readonly Evaluated[]> {
  return bounded(parts, AT_ONCE, async (one) => ({ one, value: await evaluate(engine, one, told, signal) }));
}

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

function answersOf(all: readonly Evaluated[]): JudgedByPolicies {
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
    unread: eachOnce(all.flatMap(unreadIn)),
  };
  return { answers, failed: found.flatMap(({ answer }) => (answer.verdict === 'fail' ? answer.images : [])) };
}

type UnreadPolicy = PolicyAnswers['unread'][number];

/** A policy that the API server would not take says nothing in the cluster either; one that was not evaluated is not checked. */
function unreadIn({ one: { policies }, value }: Evaluated): readonly UnreadPolicy[] {
  if (typeof value === 'string')
    return policies.map((policy) => ({ ...placeOf(policy), reason: value, isUnchecked: actionOf(policy) === 'block' }));
  return listAt(value, 'broken').flatMap((broken) => {
    const policy = policies[numberAt(broken, 'policy')];
    return policy === undefined ? [] : [{ ...placeOf(policy), reason: textAt(broken, 'message'), isUnchecked: false }];
  });
}

function placeOf({ id, app }: Manifest): Pick<UnreadPolicy, 'object' | 'app'> {
  return { object: id, app };
}

function eachOnce<Item>(items: readonly Item[]): readonly Item[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

interface Answered {
  /** Of the object. */
  readonly key: string;
  readonly answer: PolicyAnswer;
  readonly isPassed: boolean;
  readonly isPod: boolean;
  /** Of labels that nobody knows: beside a refusal it says nothing more. */
  readonly isDoubt: boolean;
}

/** What keeps the object out keeps its pods out, and is said once; one that lets the object in may still refuse its pods. */
function ofObject(all: readonly Answered[]): readonly PolicyAnswer[] {
  const denied = new Set(all.filter(({ isPod, answer }) => !isPod && answer.verdict === 'fail').map(policyIn));
  const refused = new Set(all.filter(({ answer }) => answer.verdict === 'fail').map(policyIn));
  const isSaid = (one: Answered) => !one.isPassed && !(one.isDoubt && refused.has(policyIn(one)));
  const said = all.filter((one) => isSaid(one) && (!one.isPod || !denied.has(policyIn(one))));
  return [...new Map(said.map(({ answer }) => [canonicalJson(answer), answer])).values()];
}

function policyIn({ answer }: Answered): string {
  return answer.policy;
}

/** What is no answer that we know is one that says nothing good. */
function answerOf(value: JsonValue, { policies, objects }: Cluster): readonly Answered[] {
  const policy = policies[numberAt(value, 'policy')];
  const object = objects[numberAt(value, 'object')];
  const verdict = textAt(value, 'verdict');
  if (policy === undefined || object === undefined || object.doubtedBy?.includes(policy) === false) return [];
  const answer: PolicyAnswer = {
    policy: nameOf(policy),
    mode: actionOf(policy),
    verdict: verdict === 'fail' ? 'fail' : 'unknown',
    message: textAt(value, 'message'),
    images: textsAt(value, 'images').toSorted(),
  };
  const isDoubt = object.doubtedBy !== undefined;
  return [{ key: object.key, isPod: object.isPod, isDoubt, answer, isPassed: verdict === 'pass' }];
}

function numberAt(value: JsonValue, key: string): number {
  const found = isObject(value) ? value[key] : undefined;
  return typeof found === 'number' ? found : -1;
}

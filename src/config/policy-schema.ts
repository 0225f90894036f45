import { z } from 'zod';
import { isDay } from '../model/waiver.ts';
import { ImageEntry, ImageFieldsEntry, ImageGlob } from './image-schema.ts';
import { RbacSection } from './rbac-schema.ts';
import { ApiGroup, decision, exact, listOf, MAX_TEXT, Namespace, text } from './texts.ts';
import { Trust } from './trust-schema.ts';
import { trustProblems } from './trust-problems.ts';

/** Texts without what people write in other tools: a pattern that means something else than it seems is refused. */
const Glob = text('a pattern')
  .regex(/^[^?[\]{}!\\]*$/, 'a pattern knows * and ** only; ? [ ] { } ! \\ are no wildcards here')
  .regex(
    /^(?!\/|\.\/|.*(?:^|\/)\.\.(?:\/|$))/,
    'a pattern starts at the root of the repository: no leading / or ./, no ..',
  );

/** Credentials go to a host that somebody wrote out. */
const PrivateRepositories = ImageGlob.regex(
  /^[^*/]+\//,
  'write the registry out, as in ghcr.io/acme/**; * and ** may only stand in the path',
);

const Day = z.string().refine(isDay, 'a day is written YYYY-MM-DD, and must exist');

/** Who accepted it, and until when. */
const accepted = {
  ...decision,
  expires: Day.describe('Last day on which it holds, YYYY-MM-DD, to the end of that day in UTC.'),
};

const Texts = z.record(text('a key'), z.string().max(MAX_TEXT)).default({});

const Cluster = z
  .strictObject({
    server: text('server')
      .optional()
      .describe('Address in the destination of Applications; makes them apps of this cluster.'),
    kubernetes: z
      .string()
      .regex(
        /^v?1\.\d{1,3}(?:\.\d{1,3}(?:[-+][0-9A-Za-z][0-9A-Za-z.+-]{0,60})?)?$/,
        'a version is written "1.34", "1.34.2" or "1.34.2-eks-1"',
      )
      .optional()
      .describe('Version of the API server, in quotes: charts and rules that depend on it are judged by it.'),
    apiVersions: listOf(
      text('an API version').regex(
        /^(?:!?[^\s!]+)?$/,
        'an API version is written "group/version", or "!group/version" where there is none',
      ),
    )
      .default([])
      .describe(
        'What charts see in .Capabilities.APIVersions besides what Kubernetes brings; with ! in front, what they do not see.',
      ),
    labels: Texts.describe('Labels of the cluster Secret in Argo CD, for generators of kind clusters.'),
    annotations: Texts.describe('Annotations of the cluster Secret in Argo CD.'),
    project: text('project').optional().describe('Project of the cluster Secret in Argo CD.'),
    paths: listOf(Glob)
      .default([])
      .describe('Files that belong to this cluster, where the controller object does not say.'),
  })
  .describe('A cluster, by the name that apps and waivers use.');

const ClusterName = z
  .string()
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/, 'a name has letters, digits, ".", "_" and "-"');

const Folder = text('a path').regex(
  /^(?!\/|.*(?:^|\/)\.\.(?:\/|$))/,
  'a path starts at the root of the repository: no leading /, no ..',
);

const Plugin = z.strictObject({
  as: z.enum(['kustomize', 'helm', 'directory']).describe('What the plugin does in the end.'),
  buildOptions: z.string().max(MAX_TEXT).default('').describe('Of kustomize: its options, as in argocd-cm.'),
});

const Parameters = listOf(z.record(z.string(), z.json())).optional();

const Generators = z.strictObject({
  scmProvider: Parameters.describe('One set for each repository that it would find.'),
  pullRequest: Parameters.describe('One set for each pull request that it would find.'),
  clusterDecisionResource: Parameters.describe('One set for each decision.'),
  plugin: z
    .record(text('the name of a ConfigMap'), listOf(z.record(z.string(), z.json())))
    .optional()
    .describe('Sets by the name of the ConfigMap of the plugin.'),
});

const Values = z.strictObject({
  kind: z.enum(['ConfigMap', 'Secret']),
  namespace: exact('namespace').describe('Namespace of the object.'),
  name: exact('name').describe('Name of the object.'),
  cluster: exact('cluster').optional().describe('Name of the cluster; omitted = all.'),
  data: Texts.describe('Its values, as far as they are no secrets.'),
  unknown: listOf(text('a key')).default([]).describe('Keys whose values stay unknown.'),
});

const DeclaredApp = z.strictObject({
  kind: z.enum(['Application', 'Kustomization']).describe('Kind of the controller object.'),
  name: exact('name').describe('Name of the controller object.'),
  namespace: exact('namespace').describe('Namespace of the controller object.'),
  cluster: exact('cluster').describe('The cluster that it is synced to.'),
  path: Folder.describe('The folder that it renders.'),
  targetNamespace: exact('targetNamespace').optional().describe('Namespace for objects without one.'),
  options: z
    .record(z.string(), z.json())
    .default({})
    .describe('More of it: fields of spec.source of an Application, of spec of a Kustomization.'),
});

const Waiver = z.strictObject({
  rule: text('rule')
    .regex(/^[a-z][a-z-]*\/[a-z0-9-]+$/, 'a rule is named check/name, as findings show it')
    .describe('Id of the rule.'),
  object: z
    .strictObject({
      kind: exact('kind').describe('Kind of the object.'),
      name: exact('name').describe('Name of the object.'),
      group: ApiGroup.optional().describe('API group; omitted = any, "" = core.'),
      namespace: Namespace.optional().describe('Namespace; omitted = any.'),
      cluster: exact('cluster').optional().describe('Name of the cluster; omitted = all.'),
    })
    .describe('The one object that it is about; no wildcards.'),
  ...accepted,
});

/**
 * `.presync.yaml`. Only what takes effect: a key that would be ignored is an error.
 * docs/policy.md explains each; docs/presync.schema.json is made from this.
 */
export const PolicySchema = z
  .strictObject({
    version: z.literal(1).describe('Version of this format.'),
    repository: z
      .strictObject({
        urls: listOf(text('a URL').regex(/^[^\s]+$/, 'a URL has no spaces'))
          .default([])
          .describe('Other addresses of this repository.'),
      })
      .prefault({})
      .describe('What this repository is called elsewhere.'),
    argocd: z
      .strictObject({
        kustomizeBuildOptions: z.string().max(MAX_TEXT).default('').describe('kustomize.buildOptions of argocd-cm.'),
        newGitFileGlobbing: z
          .boolean()
          .default(false)
          .describe('applicationsetcontroller.enable.new.git.file.globbing of argocd-cmd-params-cm.'),
        namespace: text('namespace').default('argocd').describe('Where Argo CD itself runs.'),
        plugins: z
          .record(text('the name of a plugin'), Plugin)
          .default({})
          .describe('What is rendered in place of config management plugins, by their names.'),
        generators: Generators.prefault({}).describe('Parameter sets of generators that ask the network.'),
      })
      .prefault({})
      .describe('Settings of Argo CD that change a render.'),
    flux: z
      .strictObject({
        strictSubstitution: z
          .boolean()
          .default(false)
          .describe('The feature gate StrictPostBuildSubstitutions of kustomize-controller.'),
        values: listOf(Values)
          .default([])
          .describe('ConfigMaps and Secrets that renders take values from and that Git does not hold.'),
        buckets: listOf(z.strictObject({ namespace: exact('namespace'), name: exact('name'), path: Folder }))
          .default([])
          .describe('Buckets whose content is a folder of this repository.'),
      })
      .prefault({})
      .describe('What the clusters know and Flux needs.'),
    clusters: z.record(ClusterName, Cluster).default({}).describe('The clusters that this repository describes.'),
    apps: listOf(DeclaredApp).default([]).describe('Apps whose controller objects live elsewhere.'),
    ignore: listOf(Glob).default([]).describe('Files that are no manifests.'),
    accept: listOf(z.strictObject({ app: exact('app').describe('Id of the app, as reports show it.'), ...accepted }))
      .default([])
      .describe('Apps that are broken already and may stay so.'),
    images: listOf(ImageEntry)
      .default([])
      .describe(
        'Requirements on images: every entry that matches must hold. With any entry, an image that matches none is a finding.',
      ),
    imageFields: listOf(ImageFieldsEntry)
      .default([])
      .describe('Where objects of kinds that presync does not know name images.'),
    trust: Trust,
    rbac: RbacSection.prefault({}).describe('What may be granted.'),
    policy: z
      .strictObject({
        weakened: z
          .enum(['block', 'advise'])
          .default('block')
          .describe('Whether a change that weakens this file blocks.'),
      })
      .prefault({})
      .describe('How changes of this file are judged.'),
    registries: z
      .strictObject({
        credentials: listOf(PrivateRepositories)
          .default([])
          .describe("Repositories that the operator's credentials may be used for: images, charts and artifacts."),
      })
      .prefault({})
      .describe('How registries are read.'),
    waivers: listOf(Waiver).default([]).describe('Findings that are accepted.'),
  })
  .superRefine(({ images, trust }, context) => {
    for (const { path, message } of trustProblems(images, trust))
      context.addIssue({ code: 'custom', path: [...path], message });
  });

export interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  /** One, or a list of it; a short form, or a long one. */
  readonly anyOf?: readonly JsonSchema[];
}

const MADE = new WeakMap<typeof PolicySchema, JsonSchema>();

/**
 * The schema of a text of `.presync.yaml`, for editors: docs/presync.schema.json. Making it takes longer than reading a policy, and
 * only a policy with a key that nobody knows needs it: it is made when it is first asked for, and once.
 */
export function policyJsonSchema(): JsonSchema {
  const schema = MADE.get(PolicySchema) ?? (z.toJSONSchema(PolicySchema, { io: 'input' }) as JsonSchema);
  MADE.set(PolicySchema, schema);
  return schema;
}

/** The keys that may stand below a path, in the order of the schema; none where there are no fixed ones. */
export function knownKeys(path: readonly (string | number)[]): readonly string[] {
  const places = path.reduce<readonly JsonSchema[]>(
    (schemas, part) => schemas.flatMap((schema) => below(schema, part)),
    formsOf(policyJsonSchema()),
  );
  return [...new Set(places.flatMap(({ properties = {} }) => Object.keys(properties)))];
}

function below({ items, properties, additionalProperties }: JsonSchema, part: string | number): readonly JsonSchema[] {
  const free = typeof additionalProperties === 'object' ? additionalProperties : undefined;
  const found = typeof part === 'number' ? items : (properties?.[part] ?? free);
  return found === undefined ? [] : formsOf(found);
}

/** The forms that a value may have. */
export function formsOf(schema: JsonSchema): readonly JsonSchema[] {
  return schema.anyOf === undefined ? [schema] : schema.anyOf.flatMap(formsOf);
}

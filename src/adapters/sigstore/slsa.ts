import { isObject, type JsonObject, type JsonValue, listAt, objectAt, textAt } from '../../model/json.ts';
import type { ProvenanceClaims } from '../../model/provenance.ts';
import { malformed } from './refusal.ts';

/** Undefined for what is no SLSA provenance. */
export function slsaClaims(predicateType: string, predicate: JsonValue | undefined): ProvenanceClaims | undefined {
  const read = Object.hasOwn(READERS, predicateType) ? READERS[predicateType] : undefined;
  if (read === undefined) return undefined;
  if (!isObject(predicate)) throw malformed('its provenance has no predicate');
  const { builder, ...claims } = read(predicate);
  if (builder === '') throw malformed('its provenance names no builder');
  return { builder, ...present(claims) };
}

type Claims = { readonly [Key in keyof ProvenanceClaims]: string };

const READERS: Readonly<Record<string, (predicate: JsonObject) => Partial<Claims> & Pick<Claims, 'builder'>>> = {
  'https://slsa.dev/provenance/v0.2': version02,
  'https://slsa.dev/provenance/v1': version1,
};

/** https://slsa.dev/spec/v0.2/provenance; `environment` as slsa-github-generator fills it. */
function version02(predicate: JsonObject): Claims {
  const invocation = objectAt(predicate, 'invocation');
  const environment = objectAt(invocation, 'environment');
  const config = objectAt(invocation, 'configSource');
  const source = textAt(config, 'uri') === '' ? onlyGit(listAt(predicate, 'materials')) : config;
  const uri = sourceOf(textAt(source, 'uri'));
  return {
    builder: textAt(objectAt(predicate, 'builder'), 'id'),
    source: uri.source,
    sourceDigest: commitIn(source),
    ref: uri.ref,
    workflow: textAt(config, 'entryPoint'),
    trigger: textAt(environment, 'github_event_name'),
    runUri: textAt(objectAt(predicate, 'metadata'), 'buildInvocationID'),
  };
}

/**
 * https://slsa.dev/spec/v1.0/provenance; the parameters are the build type's: GitHub's `workflow`
 * (https://actions.github.io/buildtypes/workflow/v1), the `source` of slsa-github-generator, BuildKit's `configSource`. Where none is
 * given, the source is the one repository that the build depends on.
 */
function version1(predicate: JsonObject): Claims {
  const definition = objectAt(predicate, 'buildDefinition');
  const details = objectAt(predicate, 'runDetails');
  const parameters = objectAt(definition, 'externalParameters');
  const workflow = objectAt(parameters, 'workflow');
  const resolved = listAt(definition, 'resolvedDependencies');
  const source = sourceIn(parameters) ?? onlyGit(resolved);
  const uri = sourceOf(textAt(source, 'uri'));
  const inner = objectAt(definition, 'internalParameters');
  return {
    builder: textAt(objectAt(details, 'builder'), 'id'),
    source: uri.source,
    sourceDigest: commitIn(source) || commitIn(resolvedAs(uri.source, resolved)),
    ref: textAt(workflow, 'ref') || uri.ref,
    workflow: textAt(workflow, 'path'),
    trigger: textAt(objectAt(inner, 'github'), 'event_name') || textAt(inner, 'GITHUB_EVENT_NAME'),
    runUri: textAt(objectAt(details, 'metadata'), 'invocationId'),
  };
}

/** The dependency that says which commit of the source it was. */
function resolvedAs(source: string, resolved: readonly JsonValue[]): JsonObject {
  const found = resolved
    .filter(isObject)
    .find((item) => source !== '' && plainSource(textAt(item, 'uri')) === plainSource(source));
  return found ?? {};
}

function plainSource(uri: string): string {
  return sourceOf(uri).source.replace(/^git\+/, '');
}

function sourceIn(parameters: JsonObject): JsonObject | undefined {
  const { source, configSource, workflow } = parameters;
  if (textAt(workflow, 'repository') !== '') return { uri: textAt(workflow, 'repository') };
  if (typeof source === 'string' && source !== '') return { uri: source };
  return [source, configSource].filter(isObject).find((found) => textAt(found, 'uri') !== '');
}

/** Of several repositories nobody says which one was built. */
function onlyGit(list: readonly JsonValue[]): JsonObject {
  const [only = {}, ...more] = list.filter(isObject).filter((item) => textAt(item, 'uri').startsWith('git+'));
  return more.length === 0 ? only : {};
}

/** `git+https://host/owner/name@refs/tags/v1`, and BuildKit's `https://host/owner/name.git#refs/heads/main`. */
function sourceOf(uri: string): { readonly source: string; readonly ref: string } {
  const [, source = uri, rest = ''] = /^([^/]*\/\/[^/]*\/[^@#]*)(?:[@#](.*))?$/s.exec(uri) ?? [];
  return { source, ref: rest.startsWith('refs/') ? rest : '' };
}

function commitIn(source: JsonObject): string {
  const digest = objectAt(source, 'digest');
  return textAt(digest, 'gitCommit') || textAt(digest, 'sha1');
}

function present(claims: Readonly<Record<string, string>>): Partial<Claims> {
  return Object.fromEntries(Object.entries(claims).filter(([, text]) => text !== ''));
}

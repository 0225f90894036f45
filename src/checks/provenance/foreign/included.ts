import { isObject, type JsonObject, listAt, objectAt, textAt, textsAt } from '../../../model/json.ts';
import { labelSelector } from '../../../model/label-selector.ts';
import type { Manifest } from '../../../model/manifest.ts';
import type { ImageRule } from '../../../model/policy.ts';
import { refuse } from './reading.ts';

/** Namespaces opt in: https://github.com/sigstore/policy-controller/blob/main/config/500-webhook-configuration.yaml */
const WEBHOOK = 'policy.sigstore.dev';
const INCLUDE = `${WEBHOOK}/include`;
const OPT_IN: JsonObject = { matchExpressions: [{ key: INCLUDE, operator: 'In', values: ['true'] }] };
/** Set by the API server. */
const NAME = 'kubernetes.io/metadata.name';

type Where = Pick<ImageRule, 'namespaces' | 'exceptNamespaces'>;

/**
 * Where the webhook is asked: by its own selector where its configuration is in Git, else where namespaces opt in. Of namespaces that
 * are not in Git no label is known: under a selector that leaves some out they are meant, under one that takes some in they are not.
 * What stands in none, as charts do, is never asked for.
 */
export function includedNamespaces(cluster: string, all: readonly Manifest[]): Where {
  const own = all.filter((one) => one.cluster === cluster);
  const selector = selectorOf(own);
  const read = labelSelector(selector);
  const isMeant = (name: string): boolean => read.matches(labelsOf(name, own));
  const names = [...new Set([...namespacesIn(own), ...namedBy(selector)])];
  if (read.matches({ [NAME]: '' }))
    return { namespaces: ['**'], exceptNamespaces: names.filter((name) => !isMeant(name)) };
  const included = names.filter(isMeant);
  if (included.length > 0) return { namespaces: included };
  const wanted = selector === OPT_IN ? `the label ${INCLUDE}: "true"` : 'the labels that the webhook asks for';
  return refuse(`no Namespace of this cluster has ${wanted} in Git, so where it holds is not known`);
}

function selectorOf(own: readonly Manifest[]): JsonObject {
  const configured = own.find(({ id }) => id.kind === 'ValidatingWebhookConfiguration' && id.name === WEBHOOK);
  if (configured === undefined) return OPT_IN;
  const webhook = listAt(configured.object, 'webhooks').find((one) => textAt(one, 'name') === WEBHOOK);
  if (webhook === undefined) return OPT_IN;
  return objectAt(webhook, 'namespaceSelector');
}

function isNamespace({ id }: Manifest): boolean {
  return id.kind === 'Namespace' && id.apiVersion === 'v1';
}

function namespacesIn(own: readonly Manifest[]): readonly string[] {
  return own.filter(isNamespace).map(({ id }) => id.name);
}

/** Names that the selector itself has: such a namespace need not be in Git. */
function namedBy(selector: JsonObject): readonly string[] {
  const exact = textAt(objectAt(selector, 'matchLabels'), NAME);
  const listed = listAt(selector, 'matchExpressions').filter((one) => isObject(one) && one['key'] === NAME);
  return [...(exact === '' ? [] : [exact]), ...listed.flatMap((one) => textsAt(one, 'values'))];
}

function labelsOf(name: string, own: readonly Manifest[]): JsonObject {
  const found = own.find((one) => isNamespace(one) && one.id.name === name);
  return { ...objectAt(objectAt(found?.object, 'metadata'), 'labels'), [NAME]: name };
}

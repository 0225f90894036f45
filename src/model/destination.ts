import type { App } from './app.ts';
import { objectAt, textAt } from './json.ts';

/**
 * Where objects without a namespace of their own go; '' where nothing says. The controllers fill it in:
 * https://argo-cd.readthedocs.io/en/stable/user-guide/application-specification/ (`destination`),
 * https://fluxcd.io/flux/components/helm/helmreleases/#target-namespace
 */
export function destinationOf({ kind, definition, namespace }: App): string {
  const spec = objectAt(definition, 'spec');
  if (kind === 'Application') return textAt(objectAt(spec, 'destination'), 'namespace');
  if (kind === 'HelmRelease') return textAt(spec, 'targetNamespace') || namespace;
  return '';
}

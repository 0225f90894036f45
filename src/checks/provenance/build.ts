import type { Believed } from '../../model/provenance.ts';
import { repositoryOf } from './signer.ts';
import { parseWorkflowUri, sourceName } from './workflow-uri.ts';

/** The source repository of a build: by the certificate where it names one, else by what the attestation claims. */
export function sourceOf({ signer, provenance }: Believed): string | undefined {
  const certified = signer.kind === 'keyless' ? repositoryOf(signer) : undefined;
  const claimed = provenance?.source;
  return certified ?? (claimed === undefined ? undefined : (sourceName(claimed) ?? claimed));
}

/** The builder from one release to the next: without its version, and a workflow of the source itself by its path alone. */
export function builderOf(one: Believed): string {
  const builder = one.provenance?.builder ?? '';
  const found = parseWorkflowUri(builder);
  if (found === undefined) return builder.replace(/@[^/@]*$/, '');
  return found.repository === sourceOf(one) ? found.file : `${found.repository}/${found.file}`;
}

import { isObject, type JsonValue, objectAt, textAt } from '../model/json.ts';
import { type ImageIndex, type ImageManifest, RegistryError } from '../ports/image-registry.ts';
import type { Place } from './attachments.ts';
import { LIMITS } from './limits.ts';
import { platformsOf } from './platforms.ts';

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md */
const SOURCE = 'org.opencontainers.image.source';
const GITHUB = /^https:\/\/github\.com\/([\w-]+(?:\.[\w-]+)*\/[\w.-]*?[\w-])(?:\.git)?(?:[/#?].*)?$/;

/**
 * The repository on GitHub that an image says it comes from, `owner/name`. Anybody can write it into an image, so it only says where
 * to look: what lies there has to speak of the image's digest and is verified like everything else.
 */
export async function claimedRepository(
  at: Place,
  document: ImageManifest | ImageIndex,
  signal: AbortSignal,
): Promise<string | undefined> {
  const annotated = repositoryIn(document.annotations[SOURCE]);
  // Labels cost two requests; on ghcr.io they are what builds write.
  if (annotated !== undefined || at.repository.registry !== 'ghcr.io') return annotated;
  return repositoryIn(await labelled(at, document, signal).catch(unlessUnreachable));
}

function repositoryIn(source: string | undefined): string | undefined {
  return source === undefined ? undefined : GITHUB.exec(source.slice(0, 300))?.[1];
}

async function labelled(at: Place, document: ImageManifest | ImageIndex, signal: AbortSignal): Promise<string> {
  const { registry, repository } = at;
  if (document.kind === 'index') {
    const [first] = platformsOf(document);
    if (first === undefined) return '';
    const manifest = await registry.manifest(repository, first.digest, signal);
    return manifest.kind === 'index' ? '' : labelled(at, manifest, signal);
  }
  if (document.config.size > LIMITS.configBytes) return '';
  const config = jsonOf(await registry.blob(repository, document.config, signal));
  return textAt(objectAt(objectAt(config, 'config'), 'Labels'), SOURCE);
}

function jsonOf(bytes: Uint8Array): JsonValue {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** Without a label there is nowhere to look; a registry that does not answer is another matter. */
function unlessUnreachable(error: unknown): undefined {
  if (error instanceof RegistryError && !error.retryable) return undefined;
  throw error;
}

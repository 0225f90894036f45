import { type JsonObject, textAt } from '../../model/json.ts';
import { type ImageIndex, type ImageManifest, RegistryError } from '../../ports/image-registry.ts';
import { faultIn, readDescriptor, readDescriptors, readTexts } from './document-shape.ts';
import { digestOf } from './digest.ts';
import { strictObject } from '../../model/strict-json.ts';

const KINDS: Readonly<Record<string, 'manifest' | 'index'>> = {
  'application/vnd.oci.image.manifest.v1+json': 'manifest',
  'application/vnd.docker.distribution.manifest.v2+json': 'manifest',
  'application/vnd.oci.image.index.v1+json': 'index',
  'application/vnd.docker.distribution.manifest.list.v2+json': 'index',
};

/** What is asked for; a registry that has an image in an older form only answers that there is none. */
export const ACCEPT = Object.keys(KINDS).join(', ');

const KEYS = ['schemaVersion', 'mediaType', 'artifactType', 'subject', 'annotations', 'config', 'layers', 'manifests'];
/** Each kind of document, and the keys that only the others have; `fsLayers` and `signatures` are of schema 1. */
const FOREIGN = {
  manifest: ['manifests', 'fsLayers', 'history', 'signatures', 'blobs'],
  index: ['config', 'layers', 'fsLayers', 'history', 'signatures', 'blobs'],
} as const;

export interface ReceivedDocument {
  readonly bytes: Uint8Array;
  /** As the registry said; '' of bytes that were kept, whose digest was checked when they came. */
  readonly contentType: string;
  /** What it is called in a sentence. */
  readonly name: string;
  /** Made by the registry, and pushed by nobody. */
  readonly isList?: boolean;
}

/**
 * One kind of document and no other (P-D3, CVE-2021-41190): a media type that presync asked for, written the same in the header and
 * in the document, with the fields of that type alone, and no field that a reader with looser rules would find under another name.
 */
export function readDocument(received: ReceivedDocument): ImageManifest | ImageIndex {
  const { bytes, contentType } = received;
  const document = strictObject(bytes);
  if (document === undefined) throw invalid(received, 'it is no JSON object, or has a key twice');
  const mediaType = mediaTypeOf(document, contentType.replace(/;.*$/s, '').trim().toLowerCase(), received);
  const kind = KINDS[mediaType] ?? 'manifest';
  const foreign = FOREIGN[kind].find((key) => Object.hasOwn(document, key));
  if (foreign !== undefined) throw invalid(received, `a document of type ${mediaType} has no "${foreign}"`);
  const misspelt = Object.keys(document).find((key) => isMisspelt(key));
  if (misspelt !== undefined)
    throw invalid(received, `${JSON.stringify(misspelt)} is no field, though some would read it as one`);
  const fault = faultIn(document, kind);
  if (fault !== undefined) throw invalid(received, `"${fault}" is not what ${mediaType} has there`);
  const common = {
    digest: digestOf(bytes),
    mediaType,
    bytes,
    artifactType: document['artifactType'] === undefined ? undefined : textAt(document, 'artifactType'),
    subject: document['subject'] === undefined ? undefined : readDescriptor(document['subject']),
    annotations: readTexts(document['annotations']),
  };
  if (kind === 'index') return { kind, ...common, manifests: readDescriptors(document['manifests']) };
  return { kind, ...common, config: readDescriptor(document['config']), layers: readDescriptors(document['layers']) };
}

function mediaTypeOf(document: JsonObject, contentType: string, received: ReceivedDocument): string {
  const written = document['mediaType'];
  const known = contentType === '' ? (written ?? guessed(document)) : contentType;
  if (typeof known !== 'string' || KINDS[known] === undefined)
    throw invalid(received, `${JSON.stringify(known).slice(0, 100)} is no media type of a manifest`);
  // The OCI types may be left out of a document, the Docker ones may not.
  const isWritten = written === known || (written === undefined && known.startsWith('application/vnd.oci.'));
  if (!isWritten)
    throw invalid(received, `it came as ${known}, but calls itself ${JSON.stringify(written ?? '').slice(0, 100)}`);
  return known;
}

function guessed(document: JsonObject): string {
  return `application/vnd.oci.image.${Object.hasOwn(document, 'manifests') ? 'index' : 'manifest'}.v1+json`;
}

/** Go's encoding/json takes `Layers` for `layers`. */
function isMisspelt(key: string): boolean {
  return !KEYS.includes(key) && KEYS.some((known) => known.toLowerCase() === key.toLowerCase());
}

/** A web page was pushed by nobody: something else answered in place of the registry, and may not do so for long. */
function invalid({ name, contentType, isList = false }: ReceivedDocument, why: string): RegistryError {
  if (/^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(contentType))
    return new RegistryError(
      'UNREACHABLE',
      `${name} came as a web page and not from a registry; see what answers there (a proxy, a page to sign in, a mirror that is none)`,
    );
  if (isList)
    return new RegistryError(
      'INVALID',
      `${name} is not used: ${why}; the registry itself makes this list, so its operator has to mend it`,
    );
  return new RegistryError('INVALID', `the manifest of ${name} is not used: ${why}; push it again with a current tool`);
}

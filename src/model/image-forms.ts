import { isObject, type JsonValue, textAt } from './json.ts';

/** How a field of a custom resource holds an image, where it is no plain reference. */
export type ImageForm =
  /** An object with the parts of a reference under these keys; `name` is joined to the repository by a slash. */
  | { readonly type: 'parts'; readonly repository: string; readonly name?: string; readonly tag: string }
  /** An address: of these schemes, or of none, it is an image; of all others it is something else. */
  | { readonly type: 'address'; readonly schemes: readonly string[]; readonly without: 'image' | 'other' }
  /** Where no registry is written, `by` puts one of its own choice in front. */
  | { readonly type: 'completed'; readonly by: string };

export interface Formed {
  /** From the field to the text that says most of the image. */
  readonly below: readonly string[];
  readonly text: string;
  /** Who puts the image there, or a part of it; '' where nobody has to. */
  readonly left: string;
}

/** The image as runtimes read it; undefined where the field holds none. */
export function formed(value: JsonValue, form: ImageForm): Formed | undefined {
  switch (form.type) {
    case 'parts':
      return fromParts(value, form);
    case 'address':
      return typeof value === 'string' ? fromAddress(value, form) : undefined;
    case 'completed':
      return typeof value === 'string' ? { below: [], text: value, left: leftTo(form.by, value) } : undefined;
  }
}

/** Without a repository an operator takes its own, in full; without a tag it chooses that alone. */
function fromParts(value: JsonValue, form: Extract<ImageForm, { type: 'parts' }>): Formed | undefined {
  if (!isObject(value)) return undefined;
  const [repository, tag] = [textAt(value, form.repository), textAt(value, form.tag)];
  const name = form.name === undefined ? '' : textAt(value, form.name);
  if (repository === '' || (form.name !== undefined && name === '')) return undefined;
  const image = name === '' ? repository : `${repository}/${name}`;
  if (tag === '') return { below: [form.repository], text: image, left: 'its operator chooses the tag' };
  return { below: [form.tag], text: `${image}${tag.startsWith('sha256:') ? '@' : ':'}${tag}`, left: '' };
}

function fromAddress(value: string, form: Extract<ImageForm, { type: 'address' }>): Formed | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(value)?.[1]?.toLowerCase();
  const isImage = scheme === undefined ? form.without === 'image' : form.schemes.includes(scheme);
  return isImage ? { below: [], text: value.replace(/^[^:/]*:\/\//, ''), left: '' } : undefined;
}

/** A host has a dot or a port, as runtimes tell one from a part of a path. */
function leftTo(by: string, value: string): string {
  const [first = '', ...rest] = value.split('/');
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return hasHost || value.trim() === '' ? '' : `${by} puts its registry in front of it`;
}

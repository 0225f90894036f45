import type { RemoteWant } from './remote-want.ts';

/** Whose files something is made of. */
export type Content =
  /** Those of the side that is judged. */
  | { readonly type: 'here' }
  | { readonly type: 'remote'; readonly want: RemoteWant }
  /** Files copied together from several places, as Flux's ArtifactGenerator and the `include` of a GitRepository do. */
  | { readonly type: 'composed'; readonly copies: readonly Copy[] };

/** Later copies write over earlier ones. */
export interface Copy {
  readonly from: Content;
  /** What the source leaves out of its own artifact: `spec.ignore` of a GitRepository. */
  readonly ignore: string;
  /** A file, a folder, or a pattern: https://pkg.go.dev/github.com/bmatcuk/doublestar/v4#Match */
  readonly path: string;
  readonly exclude: readonly string[];
  /** A folder where it ends with `/` or is '', else the file itself. */
  readonly to: string;
}

export const HERE: Content = { type: 'here' };

/** The content from elsewhere that it needs; none where all of it is of the side that is judged. */
export function wantsOf(content: Content): readonly RemoteWant[] {
  switch (content.type) {
    case 'here':
      return [];
    case 'remote':
      return [content.want];
    case 'composed':
      return content.copies.flatMap(({ from }) => wantsOf(from));
  }
}

/** Are files of the side that is judged among it? */
export function isOurs(content: Content): boolean {
  return content.type === 'here' || (content.type === 'composed' && content.copies.some(({ from }) => isOurs(from)));
}

import type { JsonObject } from '../../src/model/json.ts';
import type { Files } from '../builders/manifests.ts';

/** One line of docs/rendering.md: a repository, and what its apps must render to. */
export interface Feature {
  /** As the page calls it. */
  readonly name: string;
  readonly files: Files;
  /** Content from elsewhere, by the text of what asks for it. */
  readonly elsewhere?: Readonly<Record<string, Files>>;
  /** Objects by the name of their app, each in a few words: `ConfigMap shop/config key=value`. */
  readonly renders?: Readonly<Record<string, readonly string[]>>;
  /** Parts of the sentences of apps that cannot be rendered. */
  readonly errors?: Readonly<Record<string, string>>;
  /** Values at JSON pointers of `<app> <kind>/<name>`. */
  readonly values?: Readonly<Record<string, Readonly<Record<string, JsonObject[string]>>>>;
}

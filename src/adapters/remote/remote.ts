import type { GitWant } from '../../model/remote-want.ts';
import type { ContentCache } from '../../ports/content-cache.ts';
import type { Engine } from '../../ports/engine.ts';
import type { Http } from '../../ports/http.ts';
import type { ImageRegistry } from '../../ports/image-registry.ts';
import type { Remote, RemoteOf } from '../../ports/remote.ts';
import { versionPicker } from './choose.ts';
import { helmCharts } from './helm.ts';
import { httpFiles } from './http-file.ts';
import { ociContent } from './oci.ts';

export interface RemoteOptions {
  readonly http: Http;
  /** Chooses versions as Helm and Flux do. */
  readonly engine: Engine;
  readonly git: RemoteOf<GitWant>;
  readonly registry: ImageRegistry;
  /** Of one installation. */
  readonly cache: ContentCache;
}

/** Content from elsewhere, each kind from its own source. */
export function remoteContent({ http, engine, git, registry, cache }: RemoteOptions): Remote {
  const files = httpFiles({ http, cache });
  const charts = helmCharts({ http, registry, engine, cache });
  const artifacts = ociContent({ registry, pick: versionPicker(engine) });
  return {
    resolve(want, signal) {
      switch (want.kind) {
        case 'git':
          return git.resolve(want, signal);
        case 'http':
          return files.resolve(want, signal);
        case 'helm':
          return charts.resolve(want, signal);
        case 'oci':
          return artifacts.resolve(want, signal);
      }
    },
    fetch(want, resolved, signal) {
      switch (want.kind) {
        case 'git':
          return git.fetch(want, resolved, signal);
        case 'http':
          return files.fetch(want, resolved, signal);
        case 'helm':
          return charts.fetch(want, resolved, signal);
        case 'oci':
          return artifacts.fetch(want, resolved, signal);
      }
    },
  };
}

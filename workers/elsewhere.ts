import { join } from 'node:path';
import type { EngineProgram } from '../src/adapters/engine/engine-pool.ts';
import { guardedHttp } from '../src/adapters/http/guarded-http.ts';
import { operatorCredentials } from '../src/adapters/registry/credentials.ts';
import { mirrored, originalOf } from '../src/adapters/registry/mirrors.ts';
import { ociRegistry } from '../src/adapters/registry/registry.ts';
import { contentCache } from '../src/adapters/remote/cache.ts';
import type { AllowedHost, PrivateHost } from '../src/model/host-rules.ts';
import type { RegistrySettings } from '../src/config/registry-settings.ts';
import type { CredentialUse } from '../src/pipeline/credential-rule.ts';
import type { Clock } from '../src/ports/clock.ts';
import type { Http } from '../src/ports/http.ts';
import type { ImageRegistry } from '../src/ports/image-registry.ts';
import type { Remote } from '../src/ports/remote.ts';
import type { ToolRunner } from '../src/ports/tool-runner.ts';
import { lazyRemote } from './lazy-remote.ts';

/** Charts and artifacts of the largest public repositories are some hundred megabytes together. */
const MAX_CONTENT_BYTES = 2 * 1024 ** 3;

export interface ElsewhereParts {
  readonly runner: ToolRunner;
  readonly engine: EngineProgram;
  /** What was fetched lies below it. */
  readonly folder: string;
  /** `undefined`: any public host. */
  readonly allowedHosts: readonly AllowedHost[] | undefined;
  readonly privateHosts: readonly PrivateHost[];
  readonly registries: RegistrySettings;
  readonly clock: Clock;
}

export interface Elsewhere {
  readonly remote: Remote;
  /** The same client that charts and artifacts come through, with the same cache. */
  readonly registry: ImageRegistry;
  /** The guarded transport. */
  readonly http: Http;
  close(): Promise<void>;
}

/** `http://host:port` of private hosts without TLS. */
export function plainHostsOf(hosts: readonly PrivateHost[]): readonly string[] {
  return hosts.filter(({ hasTls }) => !hasTls).map(({ host, port }) => `http://${host}:${port}`);
}

/** The one fetcher (DESIGN 6): for each scope (an installation) with content, connections and git folders of its own. */
export async function openElsewhere(parts: ElsewhereParts): Promise<(scope: string, rule: CredentialUse) => Elsewhere> {
  const { runner, engine: program, folder, allowedHosts, privateHosts } = parts;
  const caches = await contentCache({ folder: join(folder, 'content'), maxBytes: MAX_CONTENT_BYTES });
  const { auth, helpers, helperEnvironment, realms, mirrors } = parts.registries;
  const now = () => parts.clock.now();
  const credentials = operatorCredentials({ auth, helpers, runner, environment: helperEnvironment, cwd: folder, now });
  return (scope, rule) => {
    const http = guardedHttp({ allowedHosts, privateHosts, userAgent: `presync/${program.presync ?? 'dev'}` });
    const cache = caches.of(scope);
    const plainHosts = plainHostsOf(privateHosts);
    // The rule speaks of images as they are written down, wherever they are read.
    const mayUseCredentials = (repository: string) => rule.mayUse(originalOf(repository, mirrors));
    const onCredentials = (repository: string) => rule.used?.(originalOf(repository, mirrors));
    const asking = { mayUseCredentials, onCredentials };
    const client = ociRegistry({ http, cache, plainHosts, credentials, realms, ...asking });
    const registry = mirrored(client, mirrors);
    const other = lazyRemote({
      runner,
      program,
      http,
      registry,
      cache,
      folder: join(folder, 'git'),
      scope,
    });
    return {
      remote: other.remote,
      registry,
      http,
      close: async () => {
        await Promise.all([other.close(), http.close()]);
      },
    };
  };
}

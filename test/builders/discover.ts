import { DEFAULT_POLICY, readPolicy } from '../../src/config/policy.ts';
import type { Definition, DiscoverContext } from '../../src/discover/convention.ts';
import { listingOf } from '../../src/discover/listing.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { Policy } from '../../src/model/policy.ts';
import { aTree, type FakeFile } from '../fakes/source-tree.ts';

/** One side of `https://github.com/acme/clusters` on its way into `main`, with these files. */
export function aDiscoverContext(
  files: Readonly<Record<string, FakeFile>> = {},
  given: Partial<DiscoverContext> = {},
): DiscoverContext {
  return {
    listing: listingOf(aTree(files)),
    ownUrls: ['https://github.com/acme/clusters'],
    baseBranch: 'main',
    policy: DEFAULT_POLICY,
    definitions: [],
    objectsOf: () => [],
    unseenIn: () => [],
    ...given,
  };
}

export function aDefinition(object: JsonObject, file = 'clusters/production/apps.yaml'): Definition {
  return { object, definedIn: { file, line: 1 }, cluster: undefined };
}

/** The policy of a `.presync.yaml` with these keys. */
export function aPolicy(keys: string): Policy {
  return readPolicy(`version: 1\n${keys}`, '.presync.yaml');
}

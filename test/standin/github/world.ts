import type { KeyObject } from 'node:crypto';
import type { Contract } from './contract.ts';
import type { Faults } from './faults.ts';
import type { Peer } from './peer.ts';
import { notFound } from './refusal.ts';
import type { KeptAttestation } from './types.ts';
import type { Annotation, CheckRun, Delivery, Json, RequestRecord, Repository, Role, Violation } from './types.ts';

/** Everything the stand-in knows besides what the peer and git keep. Built once in index.ts and handed on. */
export interface World {
  readonly url: string;
  readonly now: () => number;
  readonly peer: Peer;
  readonly contract: Contract;
  readonly faults: Faults;
  readonly gitRoot: string;
  readonly app: AppFacts;
  readonly hook: { url: string | undefined; secret: string };
  readonly tokenFormat: 'stateless' | 'classic';
  readonly installations: Map<number, Installation>;
  readonly tokens: Map<string, InstallationToken>;
  /** Token of each person. */
  readonly users: ReadonlyMap<string, string>;
  readonly repositories: Map<string, Repository>;
  readonly pulls: Map<string, Pull>;
  readonly runs: Map<number, Run>;
  /** What the peer does not keep of a review comment. */
  readonly reviewComments: Map<number, Json>;
  readonly statuses: Json[];
  readonly attestations: KeptAttestation[];
  readonly branchRules: Map<string, readonly Json[]>;
  /** By `owner/name:login`; the peer's own collaborators are there to let people open pull requests. */
  readonly roles: Map<string, Role>;
  readonly manifests: Map<string, Json>;
  readonly deliveries: Delivery[];
  readonly violations: Violation[];
  readonly requests: RequestRecord[];
  /** Events of the App's own writes that are still under way. */
  readonly pending: Set<Promise<unknown>>;
  /** Counts ids of deliveries and seconds of commit dates. */
  readonly counters: { delivery: number; commit: number; uploads: number };
}

export interface AppFacts {
  readonly id: number;
  readonly slug: string;
  readonly privateKey: string;
  readonly publicKey: KeyObject;
  readonly permissions: Readonly<Record<string, 'read' | 'write'>>;
  readonly events: readonly string[];
}

export interface Installation {
  readonly id: number;
  readonly account: string;
  /** Ids of repositories taken out of it. */
  readonly without: Set<number>;
  suspended: boolean;
}

export interface InstallationToken {
  readonly value: string;
  readonly peerToken: string;
  readonly installation: Installation;
  readonly permissions: Readonly<Record<string, string>>;
  /** `undefined` is every repository of the installation. */
  readonly repositoryIds: ReadonlySet<number> | undefined;
  expiresAt: number;
}

/** The half of a pull request that lives in real git; the peer keeps title, state, numbers and people. */
export interface Pull {
  readonly repo: string;
  readonly number: number;
  readonly headRepo: string;
  readonly headRef: string;
  headSha: string;
  baseRef: string;
  baseSha: string;
  mergeSha: string | null;
  readonly heads: string[];
}

/** What the peer does not keep of a check run: annotations that append (C2), buttons, the owning App. */
export interface Run {
  readonly repo: string;
  readonly annotations: Annotation[];
  /** The last answer about it. */
  shown: Omit<CheckRun, 'annotations'> & Json;
}

export function repositoryOf(world: World, fullName: string): Repository {
  const found = world.repositories.get(fullName.toLowerCase());
  if (!found) throw notFound();
  return found;
}

export function pullOf(world: World, repo: string, number: number): Pull {
  const found = world.pulls.get(pullKey(repo, number));
  if (!found) throw notFound();
  return found;
}

export function pullKey(repo: string, number: number): string {
  return `${repo.toLowerCase()}#${number}`;
}

export function pullsOf(world: World, repo: string): readonly Pull[] {
  return [...world.pulls.values()].filter((pull) => pull.repo.toLowerCase() === repo.toLowerCase());
}

export function installationFor(world: World, repository: Repository): Installation | undefined {
  return [...world.installations.values()].find(
    ({ account, without, suspended }) => account === repository.owner && !without.has(repository.id) && !suspended,
  );
}

/** Commit dates start at a fixed second, so that the same steps give the same commits on every machine. */
export function nextCommitSecond(world: World): number {
  world.counters.commit += 1;
  return 1_793_500_000 + world.counters.commit;
}

/** Until no event is under way; an event may cause the next one. */
export async function settle(world: World): Promise<void> {
  while (world.pending.size > 0) await Promise.all(world.pending);
}

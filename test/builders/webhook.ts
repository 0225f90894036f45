import { createHmac } from 'node:crypto';
import { BASE, HEAD } from './job.ts';

export const SECRET = 'It is a secret to everybody';

const PLACE = { installation: { id: 1 }, repository: { id: 10 } };

export const PAYLOADS = {
  pullRequest: (action: string, more: object = {}) => ({ ...PLACE, action, pull_request: { number: 1 }, ...more }),
  mergeGroup: (action: string) => ({
    ...PLACE,
    action,
    merge_group: {
      head_sha: HEAD,
      base_sha: BASE,
      base_ref: 'refs/heads/main',
      head_ref: 'refs/heads/gh-readonly-queue/main/x',
    },
  }),
  checkRun: (action: string, appId: number) => ({
    ...PLACE,
    action,
    check_run: { head_sha: HEAD, app: { id: appId } },
  }),
  checkSuite: (action: string, appId: number) => ({
    ...PLACE,
    action,
    check_suite: { head_sha: HEAD, app: { id: appId } },
  }),
  push: (ref: string, more: object = {}) => ({ ...PLACE, ref, deleted: false, ...more }),
  installation: (action: string) => ({ installation: { id: 1 }, action }),
  installationRepositories: (added: readonly number[], removed: readonly number[]) => ({
    installation: { id: 1 },
    action: added.length > 0 ? 'added' : 'removed',
    repositories_added: added.map((id) => ({ id })),
    repositories_removed: removed.map((id) => ({ id })),
  }),
  repository: (action: string) => ({ ...PLACE, action }),
} as const;

export function signed(body: string | Uint8Array, secret = SECRET): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

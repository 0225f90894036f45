import { describe, expect, test } from '@jest/globals';
import { aManifest } from '../../../test/builders/manifest.ts';
import type { JsonObject } from '../../model/json.ts';
import type { ObjectSelector } from '../../model/policy.ts';
import { admittedOf, isSelected } from './admitted.ts';

const TEMPLATE: JsonObject = { metadata: { labels: { tier: 'pod' } } };

function deployment(): ReturnType<typeof admittedOf> {
  const metadata = { name: 'web', labels: { tier: 'deployment' } };
  return admittedOf(aManifest({ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { template: TEMPLATE } }));
}

function cronJob(): ReturnType<typeof admittedOf> {
  const jobTemplate = { metadata: { labels: { tier: 'job' } }, spec: { template: TEMPLATE } };
  return admittedOf(aManifest({ apiVersion: 'batch/v1', kind: 'CronJob', spec: { jobTemplate } }));
}

function pods(selector?: JsonObject): ObjectSelector {
  return { group: '', version: 'v1', resource: 'pods', selector };
}

function labelled(resource: string, tier: string): ObjectSelector {
  const group = { jobs: 'batch', cronjobs: 'batch', pods: '' }[resource] ?? 'apps';
  return { group, version: '*', resource, selector: { matchLabels: { tier } } };
}

describe('a rule about some objects', () => {
  test.each<[string, ReturnType<typeof admittedOf>, ObjectSelector, boolean]>([
    ['speaks of the object in Git', deployment(), labelled('deployments', 'deployment'), true],
    ['reads its own labels', deployment(), labelled('deployments', 'pod'), false],
    ['speaks of the pods that it makes', deployment(), labelled('pods', 'pod'), true],
    ['reads the labels of those', deployment(), labelled('pods', 'deployment'), false],
    ['speaks of what is made on the way', deployment(), labelled('replicasets', 'pod'), true],
    ['speaks of the jobs of a CronJob', cronJob(), labelled('jobs', 'job'), true],
    ['speaks of their pods', cronJob(), labelled('pods', 'pod'), true],
    ['speaks of no other kind', deployment(), labelled('statefulsets', 'pod'), false],
    ['asks for the version', deployment(), { group: 'apps', version: 'v1beta1', resource: 'deployments' }, false],
    ['takes an empty version for none', deployment(), { group: 'apps', version: '', resource: 'deployments' }, false],
    ['asks for the group', deployment(), { group: 'batch', version: 'v1', resource: 'deployments' }, false],
    [
      'may mean a pod by a label that its controller sets',
      deployment(),
      pods({ matchLabels: { 'pod-template-hash': 'x' } }),
      true,
    ],
    [
      'does not mean the object in Git by such a label',
      deployment(),
      { ...labelled('deployments', 'x'), selector: { matchLabels: { 'pod-template-hash': 'x' } } },
      false,
    ],
    [
      'may mean whatever an unknown controller makes',
      admittedOf(aManifest({ apiVersion: 'example.com/v1', kind: 'Shop' })),
      labelled('statefulsets', 'x'),
      true,
    ],
  ])('%s', (_, admitted, selector, expected) => {
    expect(isSelected([selector], admitted)).toBe(expected);
  });

  test('without a selection speaks of all', () => {
    expect(isSelected(undefined, deployment())).toBe(true);
    expect(isSelected([], deployment())).toBe(false);
  });
});

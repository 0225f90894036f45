import { expect, test } from '@jest/globals';
import { parseRegistryMirrors } from './registry-mirrors.ts';

test('reads registries with the hosts and paths where they are read instead', () => {
  expect(parseRegistryMirrors('docker.io=registry.internal:5000/hub, ghcr.io=[fd00::1]:5000\n')).toEqual([
    { registry: 'docker.io', at: 'registry.internal:5000/hub' },
    { registry: 'ghcr.io', at: '[fd00::1]:5000' },
  ]);
  expect(parseRegistryMirrors('')).toEqual([]);
});

test.each([
  'docker.io',
  'docker.io=',
  '=registry.internal',
  'docker.io=https://registry.internal',
  'docker.io=registry.internal/',
  'docker.io=registry.internal/Upper',
  'docker.io=registry.internal/..',
  'docker.io=a=b',
  'docker.io/library=registry.internal',
])('refuses %s with what a mirror looks like', (text) => {
  expect(parseRegistryMirrors(text)).toEqual([expect.stringContaining(`"${text}", which is not REGISTRY=HOST`)]);
});

test('a registry has one mirror', () => {
  expect(parseRegistryMirrors('docker.io=a.example, docker.io=b.example')).toContain('docker.io twice');
});

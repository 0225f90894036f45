import type { Verdict } from '../../src/model/verdict.ts';
import { type Files, URL } from './verdict-on.ts';

export const SERVER = 'https://kubernetes.default.svc';

/** An object beside what a template asks for, so that the chart never renders to nothing. */
export const KEEPS = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: keeps}\n';

export const APPLICATION = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec: {project: default, source: {repoURL: "${URL}", targetRevision: main, path: chart}, destination: {server: "${SERVER}", namespace: shop}}
`;

/** A chart with one template, and the Application that renders it. */
export function chartOf(template: string, more: Files = {}): Files {
  return {
    'argocd/shop.yaml': APPLICATION,
    'chart/Chart.yaml': 'apiVersion: v2\nname: x\nversion: 1.0.0\n',
    'chart/templates/x.yaml': `${KEEPS}---\n${template}`,
    ...more,
  };
}

/** What is said of the cluster, each in one line. */
export function saidIn({ findings }: Verdict): readonly string[] {
  return findings
    .filter(({ rule, status }) => /not-predictable|cluster-not-declared/.test(rule) && status === 'new')
    .map(({ blocking, object, message }) => `${blocking ? 'blocks' : 'says'}: ${object?.name ?? ''} ${message}`);
}

import { applicationSet } from './application-set.ts';
import { argocd } from './argocd.ts';
import type { Convention } from './convention.ts';
import { flux } from './flux.ts';
import { helmRelease } from './helm-release.ts';

/** Every kind of controller object that defines apps. */
export const CONVENTIONS: readonly Convention[] = [argocd, applicationSet, flux, helmRelease];

import { argocd } from './argocd.ts';
import type { Convention } from './convention.ts';
import { flux } from './flux.ts';
import { unread } from './unread.ts';

/** Every kind of controller object that defines apps. */
export const CONVENTIONS: readonly Convention[] = [argocd, flux, unread];

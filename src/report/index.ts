import type { RenderReport } from '../model/render-report.ts';
import type { Verdict } from '../model/verdict.ts';
import { html } from './html.ts';
import { json, renderJson } from './json.ts';
import { maskReason, maskVerdict } from './mask-verdict.ts';
import { markdown } from './markdown.ts';
import { junit } from './junit.ts';
import { renderYaml } from './render-yaml.ts';
import { type RuleBook, sarif } from './sarif.ts';
import { text } from './text.ts';

/** How a reader looks at it; formats for machines do not care. */
export interface Look {
  readonly color: boolean;
  readonly rules?: RuleBook;
}

export type VerdictFormat = (verdict: Verdict, look: Look) => string;
export type RenderFormat = (report: RenderReport) => string;

/** Every form of a verdict, by the name that `--format` knows; one file each. */
export const FORMATS: ReadonlyMap<string, VerdictFormat> = new Map(
  Object.entries({ text, json, markdown, sarif, junit, html }),
);

export const RENDER_FORMATS: ReadonlyMap<string, RenderFormat> = new Map(
  Object.entries({ yaml: renderYaml, json: renderJson }),
);

/** Undefined for a name that is not in the list. Secrets in sentences are masked whatever the format (A18). */
export function verdictFormat(name: string): VerdictFormat | undefined {
  const format = FORMATS.get(name);
  return format && ((verdict, look) => format(maskVerdict(verdict), look));
}

export function renderFormat(name: string): RenderFormat | undefined {
  const format = RENDER_FORMATS.get(name);
  return format && ((report) => format({ ...report, errors: report.errors.map(maskReason) }));
}

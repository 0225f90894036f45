import { dump } from 'js-yaml';
import type { RenderReport } from '../model/render-report.ts';
import { orderedRender } from './json.ts';

/**
 * The render report as YAML that Kubernetes' own reader (YAML 1.1, sigs.k8s.io/yaml) and readers of YAML 1.2 understand alike:
 * `dump` quotes what either of them would take for a boolean, number, date or null, keys included. No anchors, no folded lines.
 */
export function renderYaml(report: RenderReport): string {
  return dump(orderedRender(report), { lineWidth: -1, noRefs: true });
}

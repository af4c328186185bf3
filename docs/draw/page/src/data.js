// The data of one panel: its queries, transformations and field options.
import { useMemo } from 'react';
import { applyFieldOverrides, cacheFieldDisplayNames, transformDataFrame } from '@grafana/data';
import { useTheme2 } from '@grafana/ui';
import { lastValueFrom } from 'rxjs';
import { DEFAULT_CUSTOM, fieldOptions } from './fields.js';
import { frames, intervals, tableOf } from './prometheus.js';
import { fill } from './variables.js';

export async function load(panel, { url, range, scrape, all }, width) {
  const { step, rate } = intervals(range, panel.maxDataPoints ?? width, scrape);
  const seconds = Math.round((range.to.valueOf() - range.from.valueOf()) / 1000);
  const texts = {
    __rate_interval: `${rate}s`, __interval: `${step}s`, __interval_ms: `${step * 1000}`, __range: `${seconds}s`,
    __range_s: `${seconds}`,
  };
  const answers = await Promise.all(panel.targets.map(async (target) => {
    const found = await frames(url, target, fill(target.expr, all, texts), range, step);
    if (target.format !== 'table') {
      return found;
    }
    return found.length ? [tableOf(found, target.refId, panel.targets.length === 1)] : [];
  }));
  const context = { interpolate: (text) => fill(text, all, texts) };
  return lastValueFrom(transformDataFrame(panel.transformations ?? [], answers.flat(), context));
}

export function useFields(panel, data, scene) {
  const theme = useTheme2();
  return useMemo(() => {
    const { defaults } = panel.fieldConfig;
    const custom = { ...DEFAULT_CUSTOM[panel.type], ...defaults.custom };
    const fieldConfig = { ...panel.fieldConfig, defaults: { ...defaults, custom } };
    const replaceVariables = (text) => fill(text, scene.all);
    const found = applyFieldOverrides({
      data, fieldConfig, fieldConfigRegistry: fieldOptions, replaceVariables, theme, timeZone: 'utc',
    });
    cacheFieldDisplayNames(found);
    return { fieldConfig, replaceVariables, data: found };
  }, [panel, data, scene, theme]);
}

// What a Grafana server registers when it starts and @grafana/data needs: field options and transformations.
import {
  FieldConfigOptionsRegistry, dataLinksOverrideProcessor, displayNameOverrideProcessor, identityOverrideProcessor,
  locationUtil, numberOverrideProcessor, standardFieldConfigEditorRegistry, standardTransformers,
  standardTransformersRegistry, thresholdsOverrideProcessor, unitOverrideProcessor, valueMappingsOverrideProcessor,
} from '@grafana/data';

const STANDARD = {
  unit: unitOverrideProcessor, min: numberOverrideProcessor, max: numberOverrideProcessor,
  decimals: numberOverrideProcessor, displayName: displayNameOverrideProcessor, color: identityOverrideProcessor,
  noValue: identityOverrideProcessor, links: dataLinksOverrideProcessor, actions: identityOverrideProcessor,
  mappings: valueMappingsOverrideProcessor, thresholds: thresholdsOverrideProcessor,
  filterable: identityOverrideProcessor, fieldMinMax: identityOverrideProcessor, description: identityOverrideProcessor,
};
const CUSTOM = `drawStyle lineInterpolation barAlignment barWidthFactor lineWidth fillOpacity gradientMode fillBelowTo
  lineStyle spanNulls insertNulls showPoints pointSize stacking transform axisPlacement axisLabel axisWidth axisSoftMin
  axisSoftMax axisGridShow axisColorMode axisBorderShow axisCenteredZero scaleDistribution hideFrom thresholdsStyle
  width minWidth align cellOptions filterable inspect hidden wrapText wrapHeaderText tooltip footer`.split(/\s+/);

function item(path, process, isCustom) {
  const id = isCustom ? `custom.${path}` : path;
  const unused = () => null;
  return {
    id, path, name: path, isCustom, process, override: unused, editor: unused, shouldApply: () => true, settings: {},
  };
}

const items = () => [
  ...Object.entries(STANDARD).map(([path, process]) => item(path, process, false)),
  ...CUSTOM.map((path) => item(path, identityOverrideProcessor, true)),
];

export const fieldOptions = new FieldConfigOptionsRegistry(items);

// The defaults of each visualization for options that a dashboard does not set.
export const DEFAULT_CUSTOM = {
  timeseries: {
    drawStyle: 'line', lineInterpolation: 'linear', barAlignment: 0, barWidthFactor: 0.6, lineWidth: 1, fillOpacity: 0,
    gradientMode: 'none', spanNulls: false, insertNulls: false, showPoints: 'auto', pointSize: 5,
    stacking: { mode: 'none', group: 'A' }, axisPlacement: 'auto', axisLabel: '', axisColorMode: 'text',
    axisBorderShow: false, axisCenteredZero: false, scaleDistribution: { type: 'linear' },
    hideFrom: { tooltip: false, viz: false, legend: false }, thresholdsStyle: { mode: 'off' },
  },
  table: { align: 'auto', cellOptions: { type: 'auto' }, inspect: false },
};

export function register() {
  standardFieldConfigEditorRegistry.setInit(items);
  const byId = new Map(Object.values(standardTransformers).map((one) => [one.id, one]));
  standardTransformersRegistry.setInit(() => [...byId.values()].map((one) => ({
    id: one.id, transformation: () => Promise.resolve(one), name: one.name, editor: () => null,
  })));
  locationUtil.initialize({
    config: { appSubUrl: '', appUrl: '' }, getVariablesUrlParams: () => ({}), getTimeRangeForUrl: () => ({}),
  });
}

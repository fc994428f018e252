import {
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  ScaleDistribution,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import { FieldColorBuilder, FieldColorModeId, MappingType } from "@grafana/grafana-foundation-sdk/dashboard";
import {
  PanelBuilder as HeatmapBuilder,
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  YAxisConfigBuilder,
} from "@grafana/grafana-foundation-sdk/heatmap";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TimelineBuilder } from "@grafana/grafana-foundation-sdk/statetimeline";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as GraphBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import { fill, type Limit, type Parts, target } from "./panels.ts";

/** One number, with a sparkline behind it. */
export function stat(...parts: Parts): StatBuilder {
  return fill(new StatBuilder(), ...parts).reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]));
}

/** A graph over time; its thresholds are dashed lines. */
export function lines(...parts: Parts): GraphBuilder {
  const legend = new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom);
  const graph = fill(new GraphBuilder(), ...parts)
    .fillOpacity(8)
    .legend(legend.showLegend(true))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassic));
  if (!parts[4]) return graph;
  return graph.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
}

/** A graph whose series add up. */
export function stacked(...parts: Parts): GraphBuilder {
  return lines(...parts)
    .fillOpacity(30)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group("A"));
}

/** A graph of rare events, drawn as bars. */
export function bars(...parts: Parts): GraphBuilder {
  return stacked(...parts)
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(70);
}

/** Adds dashed lines that queries draw. Their refIds begin with L, for lines. */
export function withLimits(graph: GraphBuilder, limits: Limit[]): GraphBuilder {
  for (const [index, { query, legend, colour }] of limits.entries()) {
    const refId = `L${index + 1}`;
    graph.withTarget(target(query, legend).refId(refId)).overrideByQuery(refId, [
      { id: "color", value: { mode: "fixed", fixedColor: colour } },
      { id: "custom.lineStyle", value: { fill: "dash", dash: [10, 10] } },
      { id: "custom.fillOpacity", value: 0 },
    ]);
  }
  return graph;
}

/** Gives the old version and the new one the same colours on every graph. */
export function byRole(graph: GraphBuilder): GraphBuilder {
  const colour = (fixedColor: string) => [{ id: "color", value: { mode: "fixed", fixedColor } }];
  return graph
    .overrideByRegexp("/^(stable|active)/", colour("green"))
    .overrideByRegexp("/^(canary|preview)/", colour("orange"));
}

/** How a histogram's buckets fill over time. */
export function heatmap(...parts: Parts): HeatmapBuilder {
  const colour = new HeatmapColorOptionsBuilder().mode(HeatmapColorMode.Scheme).scheme("Oranges").steps(64);
  return fill(new HeatmapBuilder(), ...parts)
    .calculate(false)
    .color(colour)
    .yAxis(new YAxisConfigBuilder().unit(parts[2].unit))
    .scaleDistribution({ build: () => ({ type: ScaleDistribution.Linear }) });
}

/** A timeline of the state of each series: state -> the number that stands for it, and its colour. */
export function timeline(states: States, ...parts: Parts): TimelineBuilder {
  const options = Object.fromEntries(
    Object.entries(states).map(([text, color], index) => [String(index + 1), { text, color, index }]),
  );
  return fill(new TimelineBuilder(), ...parts)
    .mappings([{ type: MappingType.ValueToText, options }])
    .rowHeight(0.8);
}

/** States in the order of the numbers that stand for them, from 1, with their colours. */
export type States = Record<string, string>;

/** A table with a column per label (label -> heading), and one for the value if it has a heading. */
export function table(columns: Record<string, string>, ...parts: Parts): TableBuilder {
  const names = Object.keys(columns);
  return fill(new TableBuilder(), ...parts)
    .withTransformation({ id: "filterFieldsByName", options: { include: { names } } })
    .withTransformation({
      id: "organize",
      options: { indexByName: Object.fromEntries(names.map((name, index) => [name, index])), renameByName: columns },
    });
}

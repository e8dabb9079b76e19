import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { FlowAnswer } from "../../api/flow-views.ts";
import { tooltip } from "../../charts/common.ts";
import { Chart, type ChartColours, type ChartOption } from "../../charts/chart.tsx";
import { useFormats } from "../../words/moments.ts";
import { benignColour, maliciousColour } from "./geo-map.tsx";
import { isNarrow } from "./narrow.ts";
import type { End } from "./topology-filters.ts";
import { type GraphEdge, type GraphNode, isOutside, topologyGraph } from "./topology-graph.ts";
import css from "./traffic.module.css";

const nodeSize = { min: 12, max: 46 };
const edgeWidth = { min: 1, max: 9 };
const shape: Readonly<Record<string, string>> = {
  Gateway: "diamond",
  Internet: "circle",
  Malicious: "triangle",
  Azure: "rect",
};

/** The name that people read: what is outside has a word, the rest its own. */
export function useNodeName(): (end: End) => string {
  const { t, i18n } = useTranslation();
  return useCallback(
    ({ name, kind }) => {
      if (kind === "Own") return t("flowTopology.own");
      if (kind === "Internet" || kind === "Malicious") return t(`flowValue.${kind}`);
      return name;
    },
    [t, i18n.language],
  );
}

/** Nodes by size, edges by width; malicious red, blocked dashed. */
export function TopologyPicture({
  answer,
  onNode,
  onEdge,
}: {
  answer: FlowAnswer;
  onNode: (node: End) => void;
  onEdge: (source: End, target: End) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const { bytes, number } = useFormats();
  const nameOf = useNodeName();
  const option: ChartOption = useCallback(
    (colours) => {
      const { nodes, edges } = topologyGraph(answer, isNarrow());
      const sideSpace = isNarrow() ? 46 : 90;
      const amount = answer.unit === "bytes" ? bytes : number;
      const mostOf = (all: readonly { amount: number }[]): number =>
        Math.max(1, ...all.map((one) => one.amount));
      const [mostNode, mostEdge] = [mostOf(nodes), mostOf(edges)];
      const words: Words = (one) => {
        const name =
          "source" in one ? `${nameOf(one.source)} → ${nameOf(one.target)}` : nameOf(one);
        return { name, tooltip: `${name}\n${amount(one.amount)}` };
      };
      return {
        tooltip: tooltip(colours),
        series: [
          {
            type: "graph",
            layout: "none",
            preserveAspect: true,
            roam: true,
            scaleLimit: { min: 0.6, max: 6 },
            left: sideSpace,
            right: sideSpace,
            top: 40,
            bottom: 46,
            edgeSymbol: ["none", "arrow"],
            edgeSymbolSize: 7,
            label: {
              show: true,
              position: "bottom",
              color: colours.soft,
              fontSize: 11,
              backgroundColor: colours.surface,
              padding: [1, 4],
            },
            labelLayout: { hideOverlap: true },
            data: nodes.map((node) =>
              nodeItem(node, node.amount / mostNode, { colours, words: words(node) }),
            ),
            links: edges.map((edge) => edgeItem(edge, edge.amount / mostEdge, words)),
          },
        ],
        animation: false,
      };
    },
    [answer, bytes, number, nameOf],
  );
  const press = (key: string): void => {
    const { nodes, edges } = topologyGraph(answer);
    const node = nodes.find((each) => each.key === key);
    const edge = edges.find((each) => each.key === key);
    if (node) onNode(node);
    else if (edge) onEdge(edge.source, edge.target);
  };
  return (
    <div className={css["chart"]}>
      <Chart option={option} label={t(`view.${answer.view}`)} height={480} onPress={press} />
      <p className={css["legend"]}>
        <span style={{ background: benignColour }} /> {t("tile.benign")}
        <span style={{ background: maliciousColour }} /> {t("tile.malicious")}
        <span className={css["dashed"]} /> {t("flowTopology.blocked")}
      </p>
    </div>
  );
}

/** How a node or an edge is called, and what is said of it. */
type Words = (one: GraphNode | GraphEdge) => { name: string; tooltip: string };

const nodeItem = (
  node: GraphNode,
  share: number,
  { colours, words }: { colours: ChartColours; words: ReturnType<Words> },
): object => ({
  key: node.key,
  id: node.key,
  name: node.key,
  x: node.x,
  y: node.y,
  symbol: shape[node.kind] ?? "roundRect",
  symbolSize: nodeSize.min + (nodeSize.max - nodeSize.min) * Math.sqrt(share),
  label: { formatter: shortened(words.name) },
  tooltip: { formatter: words.tooltip },
  itemStyle: {
    color:
      node.kind === "Malicious"
        ? maliciousColour
        : isOutside(node.kind)
          ? colours.faint
          : colours.signal,
    // Somebody on a threat list talks with it.
    borderColor: node.hasMalicious ? maliciousColour : colours.surface,
    borderWidth: node.hasMalicious ? 2 : 1,
  },
});

const edgeItem = (edge: GraphEdge, share: number, words: Words): object => ({
  key: edge.key,
  source: edge.source.key,
  target: edge.target.key,
  tooltip: { formatter: words(edge).tooltip },
  lineStyle: {
    width: edgeWidth.min + (edgeWidth.max - edgeWidth.min) * Math.sqrt(share),
    color: edge.isMalicious ? maliciousColour : benignColour,
    type: edge.isBlocked ? "dashed" : "solid",
    opacity: 0.65,
    curveness: 0.14,
  },
});

const labelCharactersMax = 26;
/** The end of a long name tells more than its beginning. */
const shortened = (name: string): string =>
  name.length > labelCharactersMax ? `…${name.slice(1 - labelCharactersMax)}` : name;

import type { Endpoint } from "../traffic/classified-flows.ts";
import type { Explanation } from "../traffic/explain/explain-flow.ts";

const labelWidth = 18;

/** An explanation for people; every line of a side is something that is known. */
export function explanationText(explanation: Explanation): string {
  const { verdict, direction, l7Protocol, source, destination } = explanation;
  const head = [
    ...(verdict
      ? [labelled("FlowType", verdict.flowType), labelled("Reason", verdict.reason)]
      : []),
    ...(direction === "" ? [] : [labelled("Direction", direction)]),
    ...(l7Protocol === "" ? [] : [labelled("Service", l7Protocol)]),
  ];
  const steps = explanation.steps.map(
    ({ question, found }, index) => `  ${index + 1}. ${question}\n     ${found}`,
  );
  const sections = [
    ...(head.length > 0 ? [head] : []),
    ["Steps", ...steps],
    [destination ? "Source" : "Address", ...endpointLines(source)],
    ...(destination ? [["Destination", ...endpointLines(destination)]] : []),
    ["Data", ...explanation.dataVersions.map((version) => `  ${version}`)],
    ...(explanation.attributions.length > 0 ? [explanation.attributions] : []),
  ];
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function labelled(label: string, value: string): string {
  return `${label.padEnd(labelWidth)}${value}`;
}

function endpointLines(endpoint: Endpoint): string[] {
  const { latitude, longitude, asn, asOwner, threat } = endpoint;
  const facts: readonly (readonly [string, string])[] = [
    ["address", endpoint.address],
    ["public", endpoint.isPublic ? "yes" : "no"],
    ["virtual network", endpoint.virtualNetwork],
    ["subnet", endpoint.subnet],
    ["machine", endpoint.virtualMachine],
    ["interface", endpoint.networkInterface],
    ["scale set", endpoint.scaleSet],
    ["region", endpoint.region],
    ["site", endpoint.site],
    ["client pool", endpoint.clientPool],
    ["connection", [endpoint.connectionType, endpoint.connectionName].join(" ").trim()],
    ["country", endpoint.country],
    ["city", endpoint.city],
    [
      "coordinates",
      Number.isNaN(latitude) ? "" : `${latitude.toFixed(4)}, ${longitude.toFixed(4)}`,
    ],
    ["system", asn === 0 ? "" : `AS${asn} ${asOwner}`],
    ["service tag", endpoint.serviceTag],
    ["threat", threat ? `${threat.list} ${threat.entry} ${threat.threatType}` : ""],
  ];
  return facts
    .filter(([, value]) => value !== "")
    .map(([label, value]) => `  ${label.padEnd(labelWidth - 2)}${value}`);
}

import { z } from "zod";
import { NightcapError } from "../../common/errors.ts";
import { requestUrl } from "../../common/http.ts";
import { type Endpoint, flowTypes } from "../../traffic/classified-flows.ts";
import { explainFlow } from "../../traffic/explain/explain-flow.ts";
import { readFlowText } from "../../traffic/explain/flow-text.ts";
import type { TrafficData } from "../../traffic/traffic-data.ts";
import { type ApiRoute, route } from "../openapi/route.ts";

const path = "/nightcap/v1/flows/explain";
const flowLengthMax = 1_000;
const targetLengthMax = 2_048;

const threat = z.object({
  list: z.string(),
  listVersion: z.string(),
  entry: z.string().describe("The line that matched: an address or a prefix"),
  threatType: z.string().describe("One of Azure's: Botnet, C2, Malware, ..."),
  description: z.string(),
  firstSeen: z.string().describe("ISO 8601; empty: nobody knows"),
});
const word = z.string().describe("Empty: not known");
const degrees = z.number().nullable();
const endpoint = z.object({
  address: z.string(),
  isPublic: z.boolean(),
  virtualNetwork: word,
  subnet: word,
  virtualMachine: word,
  networkInterface: word,
  scaleSet: word,
  subscription: word,
  region: word,
  site: word,
  connectionType: word,
  connectionName: word,
  clientPool: word,
  country: word,
  city: word,
  latitude: degrees,
  longitude: degrees,
  asn: z.int().describe("0: not known"),
  asOwner: word,
  serviceTag: word,
  threat: threat.nullable(),
});
const explanation = z.object({
  verdict: z
    .object({
      flowType: z.enum(flowTypes),
      reason: z.string(),
      publicSide: z.enum(["", "source", "destination", "both"]),
    })
    .nullable()
    .describe("Null where one address alone was asked for"),
  direction: z.enum(["Inbound", "Outbound", ""]),
  l7Protocol: z.string(),
  steps: z
    .array(z.object({ question: z.string(), found: z.string() }))
    .describe("In the order that decides"),
  source: endpoint,
  destination: endpoint.nullable().describe("Null where one address alone was asked for"),
  dataVersions: z.array(z.string()),
  attributions: z.array(z.string()).describe("What the data's licences ask to be said"),
});

/** What `nightcap explain` says, by the data of this moment. */
export const explainRoutes = (data: () => Promise<TrafficData>): ApiRoute[] => [
  route(
    {
      method: "GET",
      path,
      summary: "Why a flow has its type, question by question, or what is known of an address",
      // Read by `readQuestion`, which refuses what it does not know.
      query: z.looseObject({
        flow: z.string("is needed").describe("An address, or a flow as a tuple or in words"),
        target: z.string().optional().describe("The resource whose flow log recorded it"),
      }),
      answers: { 200: { description: "The explanation", json: explanation } },
    },
    async ({ request }) => {
      const { flow, target } = readQuestion(requestUrl(request).searchParams);
      const explained = explainFlow(await data(), flow, target);
      const { source, destination } = explained;
      const sides = { source: plain(source), destination: destination && plain(destination) };
      return { status: 200, body: { ...explained, ...sides } };
    },
  ),
];

/** JSON has no NaN, which stands for a place that is not known. */
const plain = (side: Endpoint) => ({
  ...side,
  latitude: Number.isNaN(side.latitude) ? null : side.latitude,
  longitude: Number.isNaN(side.longitude) ? null : side.longitude,
});

function readQuestion(query: URLSearchParams) {
  for (const name of query.keys()) {
    if (name !== "flow" && name !== "target") throw invalid(name, "is none of flow, target");
  }
  const [text, target] = [query.get("flow") ?? "", query.get("target") ?? ""];
  if (text.length > flowLengthMax) throw invalid("flow", `is over ${flowLengthMax} characters`);
  if (target.length > targetLengthMax)
    throw invalid("target", `is over ${targetLengthMax} characters`);
  const flow = readFlowText(text);
  if (target !== "" && flow.direction === "")
    throw invalid("target", "needs the flow's direction (I or O): it says which side is logged");
  return { flow, target };
}

const invalid = (name: string, what: string): NightcapError =>
  new NightcapError("InvalidParameter", `parameter "${name.slice(0, 80)}" ${what}`);

import { z } from "zod";
import { NightcapError } from "../../common/errors.ts";
import { jsonResponse, requestUrl } from "../../common/http.ts";
import { explainFlow } from "../../traffic/explain/explain-flow.ts";
import { readFlowText } from "../../traffic/explain/flow-text.ts";
import type { TrafficData } from "../../traffic/traffic-data.ts";
import { type ApiRoute, route } from "../openapi/route.ts";

const path = "/nightcap/v1/flows/explain";
const flowLengthMax = 1_000;
const targetLengthMax = 2_048;

const explanation = z.looseObject({
  verdict: z.looseObject({ flowType: z.string(), reason: z.string() }).nullable(),
  direction: z.string(),
  l7Protocol: z.string(),
  steps: z.array(z.object({ question: z.string(), found: z.string() })),
  source: z.json().describe("What is known of the address"),
  destination: z.json().describe("Null where one address alone was asked for"),
  dataVersions: z.array(z.string()),
  attributions: z.array(z.json()),
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
      return jsonResponse(200, explainFlow(await data(), flow, target));
    },
  ),
];

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

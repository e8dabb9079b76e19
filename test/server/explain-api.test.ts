import { expect, test } from "vitest";
import { explainRoutes } from "../../src/server/flows-views/explain-api.ts";
import { actionsOf } from "../../src/server/nightcap-access.ts";
import { trafficDataOf } from "../traffic/traffic-fixtures.ts";
import { askRoutes } from "./ask-routes.ts";

const explain = explainRoutes(async () => trafficDataOf());
const get = async (query: string): Promise<unknown> => {
  const answer = await askRoutes(explain, ["GET", `/nightcap/v1/flows/explain?${query}`]);
  return JSON.parse(answer?.text ?? "null");
};

test("a flow has its verdict with the questions that led to it", async () => {
  const flow = encodeURIComponent("10.0.1.4 5.5.5.5 443 T O");
  expect(await get(`flow=${flow}`)).toMatchObject({
    verdict: { flowType: "MaliciousFlow", publicSide: "destination" },
    direction: "Outbound",
    steps: expect.arrayContaining([
      { question: "Together", found: expect.stringContaining("threat list first as 5.5.5.5") },
    ]),
    source: { subnet: "shop/hub/web" },
    destination: { threat: { list: "first" } },
  });
});

test("an address alone is told by what is known of it", async () => {
  expect(await get("flow=10.0.1.4")).toMatchObject({
    verdict: null,
    source: { address: "10.0.1.4", isPublic: false, subnet: "shop/hub/web" },
    destination: null,
  });
});

test.each([
  ["", '"flow": is needed'],
  ["flow=nonsense", "is no flow"],
  ["flow=1.1.1.1&colour=red", '"colour" is none'],
  [`flow=${"1".repeat(1_001)}`, "over 1000"],
  ["flow=1.1.1.1%202.2.2.2%2080&target=/subscriptions/x", "needs the flow's direction"],
])("%s is refused by name", async (query, message) => {
  await expect(get(query)).rejects.toMatchObject({
    code: "InvalidParameter",
    message: expect.stringContaining(message),
  });
});

test("it is read by whoever reads flows, and there is nothing but GET", async () => {
  const request = new Request("https://x/nightcap/v1/flows/explain?flow=1.1.1.1");
  expect(actionsOf(request)).toEqual(["Nightcap/flows/read"]);
  const path = "/nightcap/v1/flows/explain";
  const post = askRoutes(explain, ["POST", path]);
  await expect(post).rejects.toMatchObject({ code: "MethodNotAllowed" });
  expect(await askRoutes(explain, ["GET", `${path}ed`])).toBeNull();
});

import { z } from "zod";
import { isoTime } from "../common/clock.ts";
import type { State } from "../state/state.ts";
import { incidentTables } from "./incidents.ts";
import { type ApiRoute, route } from "./openapi/route.ts";
import { listOf, time } from "./openapi/shapes.ts";

/** Incidents that are looked through, and alerts that are told; the newest. */
const incidentCountMax = 20_000;
const alertCountMax = 10_000;

const alertIncident = z.object({
  rule: z.string().describe("Its name"),
  firedTime: time,
  incidentId: z.string(),
});

/** Which incident each alert is part of: Azure's lists of alerts know of none. */
export const alertIncidentRoutes = (state: State): ApiRoute[] => [
  route(
    {
      method: "GET",
      path: "/nightcap/v1/alert-incidents",
      summary: "The incident of each alert, as long as incidents are kept",
      answers: { 200: { description: "The newest 10,000", json: listOf(alertIncident) } },
    },
    async () => ({ status: 200, body: { value: await alertIncidents(state) } }),
  ),
];

async function alertIncidents(state: State): Promise<z.input<typeof alertIncident>[]> {
  const found = await incidentTables(state).incidents.list({ limit: incidentCountMax });
  return found
    .flatMap(({ body: { incidentId, alerts } }) =>
      alerts.map(({ rule, firedTime }) => ({ rule, firedTime, incidentId })),
    )
    .toSorted((a, b) => b.firedTime - a.firedTime)
    .slice(0, alertCountMax)
    .map(({ rule, firedTime, incidentId }) => ({
      rule,
      firedTime: isoTime(firedTime),
      incidentId,
    }));
}

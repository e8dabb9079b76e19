import { z } from "zod";
import { isoTime } from "../../common/clock.ts";
import { type ApiRoute, route } from "../openapi/route.ts";
import { time } from "../openapi/shapes.ts";
import type { DrillRecord, Drills } from "./drills.ts";

const path = "/nightcap/v1/drills";
const viewedDrill = z.object({
  state: z.enum(["running", "succeeded", "failed"]),
  startTime: time,
  endTime: time.nullable(),
  steps: z.array(
    z.object({
      text: z.string(),
      milliseconds: z.number().nullable().describe("Since the burst began; null: before it"),
    }),
  ),
  incidentId: z.string().nullable(),
  problem: z.string().nullable().describe("Why it failed"),
});

/** A rehearsed incident, started over the API: what `nightcap drill` does, on the control plane's machine. */
export const drillRoutes = (drills: Drills): ApiRoute[] => [
  route(
    {
      method: "POST",
      path,
      summary: "Starts a drill: a burst of real packets, an alert, a recording, an answer",
      errors: ["Conflict", "NotImplemented"],
      answers: { 202: { description: "Under way", json: viewedDrill } },
    },
    ({ note }) => {
      note("drill");
      return { status: 202, body: view(drills.start()) };
    },
  ),
  route(
    {
      method: "GET",
      path,
      summary: "The newest drill of this run of the control plane, step by step",
      answers: {
        200: { description: "None yet: null", json: z.object({ newest: viewedDrill.nullable() }) },
      },
    },
    () => {
      const record = drills.newest();
      return { status: 200, body: { newest: record && view(record) } };
    },
  ),
];

const view = ({ startedAt, endedAt, ...record }: DrillRecord): z.input<typeof viewedDrill> => ({
  ...record,
  startTime: isoTime(startedAt),
  endTime: endedAt === null ? null : isoTime(endedAt),
});

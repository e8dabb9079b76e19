import { z } from "zod";
import type { Delivery } from "../alert/delivery.ts";
import { sameId } from "../arm/resource-id.ts";
import { isoTime } from "../common/clock.ts";
import type { State } from "../state/state.ts";
import { viewAlertSources } from "./alert-sources.ts";
import { alertTables, baselineStatuses } from "./alerting.ts";
import { type ApiRoute, route } from "./openapi/route.ts";
import { listOf, time } from "./openapi/shapes.ts";

/** What became of an alert in the responder, for those who watch it. */
const jobView = z.object({
  state: z.string(),
  captureName: z.string().nullable(),
  incidentId: z.string().nullable().describe("Null before it has joined an incident"),
  outcome: z.string().nullable(),
  notifiedTime: time.nullable(),
});
export type JobView = z.input<typeof jobView>;

const alertLife = z.object({
  rule: z.string(),
  condition: z.string(),
  firedTime: time,
  metricValue: z.number().nullable(),
  deliveredTime: time.nullable(),
  job: jobView.nullable(),
});
const baseline = z.object({
  rule: z.string(),
  learnedTime: time,
  series: z.array(
    z.object({
      dimensions: z.array(z.object({ name: z.string(), value: z.string() })),
      state: z.enum(["Ready", "Learning"]),
      seasonality: z.string().nullable(),
      sampleCount: z.int(),
      firstSampleTime: time.nullable(),
    }),
  ),
});
const unplaced = z.object({
  source: z.string(),
  rule: z.string(),
  severity: z.int().nullable(),
  firedTime: time,
  receivedTime: time,
  names: z.array(z.string()),
  reason: z.string(),
  count: z.int(),
});
const ofRule = z.object({
  rule: z.string().optional().describe("The rule's id; each unless told"),
});

export interface AlertLifeOptions {
  state: State;
  /** The responder's job for an alert of this rule that fired then; null while there is none. */
  findJob: (ruleId: string, firedTime: number) => Promise<JobView | null>;
}

/** The life of alerts: from firing to what was answered. */
export const alertLifeRoutes = (options: AlertLifeOptions): ApiRoute[] => [
  route(
    {
      method: "GET",
      path: "/nightcap/incidents",
      summary: "The last alert of each rule: when it fired, was delivered and was answered",
      query: ofRule,
      answers: { 200: { description: "By rule and target", json: listOf(alertLife) } },
    },
    async ({ query }) => ({
      status: 200,
      body: { value: await lastAlerts(options, query.rule ?? null) },
    }),
  ),
  route(
    {
      method: "GET",
      path: "/nightcap/baselines",
      summary: "What was learned for rules with a dynamic threshold",
      query: ofRule,
      answers: { 200: { description: "By rule", json: listOf(baseline) } },
    },
    async ({ query }) => ({
      status: 200,
      body: { value: await baselines(options, query.rule ?? null) },
    }),
  ),
  route(
    {
      method: "GET",
      path: "/nightcap/alertSources",
      summary: "Alerts about hosts that are not known here, the newest first",
      answers: {
        200: { description: "At most 1,000", json: z.object({ unplaced: z.array(unplaced) }) },
      },
    },
    async () => ({ status: 200, body: await viewAlertSources(options.state) }),
  ),
];

/** The last alert of each rule and target, or of the rule asked for, with its deliveries and what came of it. */
async function lastAlerts(
  { state, findJob }: AlertLifeOptions,
  rule: string | null,
): Promise<z.input<typeof alertLife>[]> {
  const { states, deliveries } = alertTables(state);
  const found = (await states.list(rule === null ? {} : { prefix: rule.toLowerCase() })).filter(
    ({ body }) => rule === null || sameId(body.ruleId, rule),
  );
  return Promise.all(
    found.map(async ({ body }) => {
      const fired = `${body.alertId}-fired`;
      const sent = await deliveries.list({ prefix: `${encodeURIComponent(fired.toLowerCase())}/` });
      return {
        rule: body.ruleId,
        condition: body.monitorCondition,
        firedTime: isoTime(body.firedTime),
        metricValue: body.transition.criteria[0]?.metricValue ?? null,
        deliveredTime: deliveredTime(sent.map((delivery) => delivery.body)),
        job: await findJob(body.ruleId, body.firedTime),
      };
    }),
  );
}

/** What was learned for each rule with a dynamic threshold, or for the one asked for. */
async function baselines({ state }: AlertLifeOptions, rule: string | null) {
  const query = rule === null ? {} : { prefix: rule.toLowerCase(), limit: 1 };
  const found = await baselineStatuses(state).list(query);
  return found.map(({ body }) => ({
    rule: body.ruleId,
    learnedTime: isoTime(body.learnedTime),
    series: body.series.map(({ firstSampleTime, ...series }) => ({
      ...series,
      firstSampleTime: firstSampleTime === null ? null : isoTime(firstSampleTime),
    })),
  }));
}

function deliveredTime(deliveries: readonly Delivery[]): string | null {
  const done = deliveries.find(({ state }) => state === "Succeeded");
  return done?.finishedTime == null ? null : isoTime(done.finishedTime);
}

import { z } from "zod";
import { measurementDelayMilliseconds } from "../../alert/engine.ts";
import type { Preview, Span } from "../../alert/preview/preview.ts";
import { previewMetricRule } from "../../alert/preview/preview-metric-rule.ts";
import { createTurns } from "../../alert/preview/turns.ts";
import type { MetricAlertProperties } from "../../alert/rule.ts";
import { NightcapError } from "../../common/errors.ts";
import { createPlaces } from "../../flowstore/embedded/places.ts";
import type { LogQueries } from "../../logs/log-queries.ts";
import { openAccess } from "../../provider/authorization/assignment-store.ts";
import { machineRecords } from "../../provider/compute/machines.ts";
import { listRuleMachines } from "../../provider/insights/rule-machines.ts";
import type { Caller } from "../../provider/kernel/arm-request.ts";
import type { ServerContext } from "../context.ts";
import type { Metrics } from "../metrics.ts";
import { type ApiRoute, route } from "../openapi/route.ts";
import { checkReading } from "./check-reading.ts";
import { makeLogPreview } from "./log-previews.ts";
import { readSpan, readWantedRule, type WantedRule, wantedRule } from "./preview-request.ts";
import { type ViewedPreview, viewedPreview, viewPreview } from "./preview-view.ts";

const path = "/nightcap/v1/alert-previews";
/** Who asks waits; the command line for half a minute. */
const limitSeconds = 25;
/** Previews that are made at once, and those that wait. */
const previewCountMax = 2;
const waitingCountMax = 8;

export interface AlertPreviewsOptions extends Pick<
  ServerContext,
  "state" | "subscription" | "settings" | "clock"
> {
  metrics: Pick<Metrics, "heldQuery">;
  queries: LogQueries;
}

const wantedTime = z.object({
  timespan: z.string().max(200).optional().describe("As in Azure's queries: P1D unless told"),
});

/** What a rule would have done; nothing is made. */
export function alertPreviewRoutes(options: AlertPreviewsOptions): ApiRoute[] {
  const places = createPlaces(previewCountMax, waitingCountMax);
  return [
    route(
      {
        method: "POST",
        path,
        summary: "When an alert rule would have fired, by what is recorded",
        errors: [
          "InvalidRequestContent",
          "InvalidParameter",
          "LinkedAuthorizationFailed",
          "ResourceNotFound",
          "TooManyRequests",
          "QueryFailed",
          "QueryLimitExceeded",
          "QueryTimeout",
          "ServiceUnavailable",
        ],
        query: wantedTime,
        body: wantedRule,
        answers: { 200: { description: "By the engine's own check", json: viewedPreview } },
      },
      async ({ request, caller, query, body }) => {
        const leave = await places.enter(request.signal);
        if (!leave) throw new NightcapError("TooManyRequests", "too many previews wait already");
        try {
          const { signal } = request;
          const question = { rule: readWantedRule(body), timespan: query.timespan ?? null };
          return { status: 200, body: await makePreview(options, question, { caller, signal }) };
        } finally {
          leave();
        }
      },
    ),
  ];
}

async function makePreview(
  options: AlertPreviewsOptions,
  { rule, timespan }: { rule: WantedRule; timespan: string | null },
  asker: { caller: Caller; signal: AbortSignal },
): Promise<ViewedPreview> {
  const { state, settings, clock } = options;
  const { caller } = asker;
  const access = await openAccess(state, caller.id);
  checkReading(rule, { caller, access, path });
  const isLog = rule.kind === "log";
  const delay = isLog ? settings.alerts.logDelaySeconds : measurementDelayMilliseconds / 1_000;
  const span = readSpan(timespan, clock.now(), delay);
  const signal = AbortSignal.any([asker.signal, AbortSignal.timeout(limitSeconds * 1_000)]);
  const turn = createTurns({ signal: asker.signal, limitSeconds });
  const preview = isLog
    ? await makeLogPreview(rule.properties, span, {
        ...options,
        timeoutSeconds: Math.min(limitSeconds, settings.alerts.logQuerySeconds),
        access,
        signal,
        turn,
      }).catch((error: unknown) => {
        throw isOver(signal) ? tooLong() : error;
      })
    : await makeMetricPreview(options, rule.properties, { span, turn });
  return viewPreview(rule, span, preview);
}

const isOver = ({ aborted, reason }: AbortSignal): boolean =>
  aborted && reason instanceof Error && reason.name === "TimeoutError";

const tooLong = (): NightcapError =>
  new NightcapError(
    "QueryTimeout",
    `the preview took longer than ${limitSeconds} s: a shorter time has fewer evaluations`,
  );

/** Of a machine that is not there nothing is measured, as in the engine. */
async function makeMetricPreview(
  { state, subscription, metrics }: AlertPreviewsOptions,
  properties: MetricAlertProperties,
  { span, turn }: { span: Span; turn: () => Promise<void> | void },
): Promise<Preview> {
  const stored = await machineRecords(state).list();
  const hosts = new Map(stored.map(({ body }) => [body.resourceId.toLowerCase(), body.hostId]));
  const query = metrics.heldQuery();
  const id = `${subscription}/providers/Microsoft.Insights/metricAlerts/preview`;
  return previewMetricRule(
    { id, properties },
    {
      span,
      turn,
      machines: await listRuleMachines(state, subscription),
      metrics({ resourceId, ...window }) {
        const hostId = hosts.get(resourceId.toLowerCase());
        return hostId === undefined ? [] : query.window({ hostId, ...window });
      },
      history({ resourceId, ...window }) {
        const hostId = hosts.get(resourceId.toLowerCase());
        return hostId === undefined ? [] : query.history({ hostId, ...window });
      },
    },
  );
}

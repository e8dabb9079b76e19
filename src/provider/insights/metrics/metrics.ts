import { z } from "zod";
import { apiVersionsOf } from "../../../arm/api-version.ts";
import { parseResourceId } from "../../../arm/resource-id.ts";
import { canonicalLocation } from "../../../arm/tracked-resource.ts";
import { NightcapError } from "../../../common/errors.ts";
import { metricNamespace } from "../../../metric/names.ts";
import type { MetricQuery } from "../../../metric/query.ts";
import type { StoredResource } from "../../../state/state.ts";
import { machineRecords, virtualMachineType } from "../../compute/machines.ts";
import { findResource } from "../../kernel/answers.ts";
import type { ArmAnswer, ArmContext, Operation } from "../../kernel/arm-request.ts";
import { parseContent } from "../../kernel/request-body.ts";
import { type AnsweredMetric, batchItem, metricsBody } from "./metric-answer.ts";
import { definitionsBody, namespacesBody } from "./metric-definitions.ts";
import {
  checkMetricNamespace,
  type MetricRequest,
  type Parameters,
  readMetricRequest,
} from "./metric-request.ts";
import { type MeasuredHost, selectSeries } from "./metric-series.ts";
import { readTimespan } from "./timespan.ts";

const subscription = "/subscriptions/{subscriptionId}";
const insights = "providers/Microsoft.Insights";
/** Of a batch; Azure's limit. */
const batchResourceCountMax = 50;
/** Hosts times metrics times points of one answer. */
const workCountMax = 1_000_000;
const hostCountMax = 10_000;

/** Microsoft.Insights: what hosts measured, of one machine, of a subscription's, and of a batch of them. */
export function metricsOperations(query: MetricQuery): Operation[] {
  const read = (type: string) => ({
    method: "GET" as const,
    action: `Microsoft.Insights/${type}/read`,
    apiVersions: apiVersionsOf(`Microsoft.Insights/${type}`),
  });
  const scoped = `/{+scope}/${insights}`;
  const metrics = read("metrics");
  return [
    { ...metrics, path: `${scoped}/metrics`, handle: (context) => ofMachine(context, query) },
    {
      ...metrics,
      path: `${subscription}/${insights}/metrics`,
      handle: (context) => ofSubscription(context, query),
    },
    {
      ...metrics,
      method: "POST",
      path: `${subscription}/${insights}/metrics`,
      handle: (context) => ofSubscription(context, query),
    },
    {
      ...metrics,
      method: "POST",
      path: `${subscription}/metrics:getBatch`,
      handle: (context) => ofBatch(context, query),
    },
    { ...read("metricDefinitions"), path: `${scoped}/metricDefinitions`, handle: showDefinitions },
    {
      ...read("metricDefinitions"),
      path: `${subscription}/${insights}/metricDefinitions`,
      async handle(context) {
        const parameters = queryParameters(context);
        requireParameter(parameters, "region");
        checkMetricNamespace(parameters.get("metricnamespace") ?? "");
        await machinesIn(context, "");
        const id = context.path.split("/").slice(0, 3).join("/");
        return { status: 200, body: definitionsBody({ id, isSubscription: true }) };
      },
    },
    {
      ...read("metricNamespaces"),
      path: `${scoped}/metricNamespaces`,
      async handle(context) {
        const { id } = await findMachine(context, context.param("scope"));
        return { status: 200, body: namespacesBody(id) };
      },
    },
  ];
}

async function showDefinitions(context: ArmContext): Promise<ArmAnswer> {
  const { id } = await findMachine(context, context.param("scope"));
  checkMetricNamespace(queryParameters(context).get("metricnamespace") ?? "");
  return { status: 200, body: definitionsBody({ id, isSubscription: false }) };
}

async function ofMachine(context: ArmContext, query: MetricQuery): Promise<ArmAnswer> {
  const machine = await findMachine(context, context.param("scope"));
  const request = readMetricRequest(queryParameters(context), context.clock.now());
  const hosts = await hostsOf(context, [machine]);
  const answered = answer(query, hosts, { request, splits: false });
  return { status: 200, body: metricsBody(request, scopeBody(machine), answered) };
}

async function ofSubscription(context: ArmContext, query: MetricQuery): Promise<ArmAnswer> {
  const parameters = new Map([...queryParameters(context), ...bodyParameters(context.body)]);
  const region = requireParameter(parameters, "region");
  requireParameter(parameters, "metricnamespace");
  const request = readMetricRequest(parameters, context.clock.now());
  const hosts = await hostsOf(context, await machinesIn(context, region));
  const id = context.path.split("/").slice(0, 3).join("/");
  const answered = answer(query, hosts, { request, splits: true });
  return { status: 200, body: metricsBody(request, { id, region }, answered) };
}

const batchRequest = z.object({
  resourceids: z.array(z.string().min(1).max(2_048)).min(1).max(batchResourceCountMax),
});

/** The data plane's `metrics:getBatch`, which `@azure/monitor-query-metrics` asks; all machines of one subscription. */
async function ofBatch(context: ArmContext, query: MetricQuery): Promise<ArmAnswer> {
  const parameters = queryParameters(context);
  requireParameter(parameters, "metricnamespace");
  requireParameter(parameters, "metricnames");
  const { resourceids } = parseContent(batchRequest, context.body);
  const request = batchTimespan(parameters, context.clock.now());
  const values = [];
  for (const id of resourceids) {
    checkSameSubscription(id, context.param("subscriptionId"));
    const machine = await findMachine(context, id);
    const hosts = await hostsOf(context, [machine]);
    const answered = answer(query, hosts, { request, splits: false });
    values.push(batchItem(request, scopeBody(machine), answered));
  }
  return { status: 200, body: { values } };
}

/** A batch has `starttime` and `endtime`; without an end it is now, without both the last hour. */
function batchTimespan(parameters: Parameters, now: number): MetricRequest {
  const from = parameters.get("starttime") ?? "";
  const to = parameters.get("endtime") || new Date(now).toISOString();
  if (from === "" && parameters.has("endtime")) {
    throw new NightcapError(
      "BadRequest",
      "query parameter 'starttime' is missing: endtime is there",
    );
  }
  const timespan = readTimespan(from === "" ? undefined : `${from}/${to}`, now);
  return readMetricRequest(parameters, now, timespan);
}

function checkSameSubscription(id: string, subscriptionId: string): void {
  const found = parseResourceId(id).subscriptionId;
  if (found?.toLowerCase() === subscriptionId.toLowerCase()) return;
  throw new NightcapError(
    "BadRequest",
    `resource ${id.slice(0, 300)} is not in subscription ${subscriptionId}: those of a batch are in one`,
  );
}

function answer(
  query: MetricQuery,
  hosts: readonly MeasuredHost[],
  { request, splits }: { request: MetricRequest; splits: boolean },
): AnsweredMetric[] {
  const points = Math.ceil((request.toSecond - request.fromSecond) / request.intervalSeconds);
  const work = points * Math.max(1, hosts.length) * request.metrics.length;
  if (work > workCountMax) {
    throw new NightcapError(
      "BadRequest",
      `the query looks at ${work} data points, and ${workCountMax} are allowed: please choose a longer interval, a shorter timespan or fewer metrics`,
    );
  }
  return request.metrics.map((metric) => ({
    metric,
    series: selectSeries(query, hosts, { metric, request, splits }),
  }));
}

async function hostsOf(
  { state }: ArmContext,
  machines: readonly StoredResource[],
): Promise<MeasuredHost[]> {
  const records = machineRecords(state);
  const found = await Promise.all(
    machines.map(async ({ id }) => ({ id, record: await records.get(id.toLowerCase()) })),
  );
  return found.flatMap(({ id, record }) => {
    const group = parseResourceId(id).resourceGroupName ?? "";
    return record ? [{ hostId: record.body.hostId, resourceValues: [id, group] }] : [];
  });
}

/** Those that the caller may read; `region` "" is any. */
async function machinesIn(context: ArmContext, region: string): Promise<StoredResource[]> {
  const scope = context.path.split("/").slice(0, 3).join("/");
  const query = { scope, type: virtualMachineType, limit: hostCountMax };
  const wanted = canonicalLocation(region);
  const found = (await context.state.resources.list(query)).filter((each) =>
    context.permit.shows(each),
  );
  return found.filter(
    ({ body }) => wanted === "" || canonicalLocation(String(body["location"])) === wanted,
  );
}

/** A machine that is there; other types have no metrics, which Azure says so. */
async function findMachine(context: ArmContext, id: string): Promise<StoredResource> {
  const { type } = parseResourceId(id);
  if (type.toLowerCase() === virtualMachineType.toLowerCase()) return findResource(context, id);
  throw new NightcapError(
    "BadRequest",
    `${type} is not a supported platform metric namespace, supported ones are ${metricNamespace}`,
  );
}

const scopeBody = ({ id, body }: StoredResource) => ({ id, region: String(body["location"]) });

function requireParameter(parameters: Parameters, name: string): string {
  const value = parameters.get(name) ?? "";
  if (value !== "") return value;
  throw new NightcapError("BadRequest", `query parameter '${name}' is missing`);
}

const queryParameters = ({ query }: ArmContext): Map<string, string> =>
  new Map(Array.from(query, ([name, value]) => [name.toLowerCase(), value]));

const bodyFields = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).nullish());

/** The POST of a subscription's metrics has in its body what a GET has in its query. */
function bodyParameters(body: unknown): [string, string][] {
  return Object.entries(parseContent(bodyFields, body)).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [[name.toLowerCase(), String(value)]],
  );
}

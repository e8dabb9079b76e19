import { parseActionGroup } from "../../alert/action-group.ts";
import { type MetricAlertProperties, parseMetricAlert } from "../../alert/rule.ts";
import { z } from "zod";
import { NightcapError } from "../../common/errors.ts";
import { findMetric, metricDefinitions } from "../../metric/names.ts";
import { checkMetricNamespace } from "./metrics/metric-request.ts";
import { apiVersionsOf } from "../../arm/api-version.ts";
import { checkResourceName } from "../../arm/resource-id.ts";
import { tags } from "../../arm/tracked-resource.ts";
import {
  checkConditions,
  findResource,
  listAnswer,
  noContent,
  resourceAnswer,
  scopeOf,
  writeCondition,
} from "../kernel/answers.ts";
import type { ArmAnswer, ArmContext, Operation } from "../kernel/arm-request.ts";
import { parseContent } from "../kernel/request-body.ts";

export const metricAlertType = "Microsoft.Insights/metricAlerts";
export const actionGroupType = "Microsoft.Insights/actionGroups";

const optionalTags = z.preprocess((value) => value ?? undefined, tags.optional());
const properties = z.record(z.string(), z.unknown());

const putRequest = z.object({
  location: z.string().min(1).max(60).default("global"),
  tags: optionalTags,
  properties,
});
const patchRequest = z.object({ tags: optionalTags, properties: properties.nullish() });

interface Kind {
  type: string;
  /** For messages. */
  name: string;
  /** Throws when `properties` are not right; gives them back with defaults. */
  parse(properties: unknown): object;
  /** az takes nothing but 200 for a metric alert, even a new one. */
  createdStatus: 200 | 201;
}

const kinds: readonly Kind[] = [
  { type: metricAlertType, name: "metric alert", parse: parseKnownMetrics, createdStatus: 200 },
  { type: actionGroupType, name: "action group", parse: parseActionGroup, createdStatus: 201 },
];

/** Microsoft.Insights: metric alert rules and action groups. `onChanged`: a rule or group was written. */
export function insightsOperations(onChanged: (resourceId: string) => void): Operation[] {
  return kinds.flatMap((kind) => kindOperations(kind, onChanged));
}

function kindOperations(kind: Kind, onChanged: (resourceId: string) => void): Operation[] {
  const apiVersions = apiVersionsOf(kind.type);
  const group = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}";
  const path = `${group}/providers/${kind.type}/{resourceName}`;
  const read = { method: "GET" as const, action: `${kind.type}/read`, apiVersions };
  const list = (context: ArmContext) =>
    listAnswer(context, { scope: scopeOf(context), type: kind.type });
  const write = (
    method: Operation["method"],
    work: (context: ArmContext, kind: Kind) => Promise<ArmAnswer>,
  ): Operation => ({
    method,
    path,
    action: `${kind.type}/${method === "DELETE" ? "delete" : "write"}`,
    apiVersions,
    async handle(context) {
      const answer = await work(context, kind);
      onChanged(context.path);
      return answer;
    },
  });
  return [
    { ...read, path: `/subscriptions/{subscriptionId}/providers/${kind.type}`, handle: list },
    { ...read, path: `${group}/providers/${kind.type}`, handle: list },
    {
      ...read,
      path,
      handle: async (context) => resourceAnswer(200, await findResource(context, context.path)),
    },
    write("PUT", putResource),
    write("PATCH", patchResource),
    write("DELETE", deleteResource),
  ];
}

async function putResource(context: ArmContext, kind: Kind): Promise<ArmAnswer> {
  checkResourceName(context.param("resourceName"), kind.name);
  const request = parseContent(putRequest, context.body);
  const body = {
    location: request.location,
    tags: request.tags ?? {},
    properties: kind.parse(request.properties),
  };
  const { state, path } = context;
  checkConditions(context, await state.resources.get(path));
  const resource = { id: path, type: kind.type, body };
  const stored = await state.resources.put(resource, writeCondition(context));
  return resourceAnswer(stored.created ? kind.createdStatus : 200, stored);
}

/** Properties that are named replace those that are there; the whole must be right again. */
async function patchResource(context: ArmContext, kind: Kind): Promise<ArmAnswer> {
  const found = await findResource(context, context.path);
  checkConditions(context, found);
  const request = parseContent(patchRequest, context.body);
  const merged = { ...(found.body["properties"] as object), ...request.properties };
  const body = {
    ...found.body,
    ...(request.tags === undefined ? {} : { tags: request.tags }),
    properties: kind.parse(merged),
  };
  const stored = await context.state.resources.put({ ...found, body }, { ifMatch: found.etag });
  return resourceAnswer(200, stored);
}

async function deleteResource(context: ArmContext): Promise<ArmAnswer> {
  const found = await context.state.resources.get(context.path);
  if (!found) return noContent;
  checkConditions(context, found);
  await context.state.resources.delete(found.id);
  return { status: 200 };
}

/** A rule over a metric that is not there would never fire: Azure refuses it, unless told not to look. */
export function parseKnownMetrics(input: unknown): MetricAlertProperties {
  const rule = parseMetricAlert(input);
  for (const { metricName, metricNamespace: namespace, ...rest } of rule.criteria.allOf) {
    if (rest["skipMetricValidation"] === true) continue;
    checkMetricNamespace(namespace ?? "");
    if (findMetric(metricName)) continue;
    const known = metricDefinitions.map(({ name }) => name).join(", ");
    throw new NightcapError(
      "BadRequest",
      `Couldn't find a metric named ${metricName}. Make sure the name is correct. There are: ${known}`,
    );
  }
  return rule;
}

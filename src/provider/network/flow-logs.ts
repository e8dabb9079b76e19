import { apiVersionsOf } from "../../arm/api-version.ts";
import {
  configureFlowLogRequest,
  flowLogRequest,
  flowLogStatusRequest,
  flowLogType,
} from "../../arm/flow-log.ts";
import { checkResourceName, parseResourceId, sameId } from "../../arm/resource-id.ts";
import type { State, StoredResource } from "../../state/state.ts";
import {
  checkConditions,
  findResource,
  listAnswer,
  noContent,
  resourceAnswer,
} from "../kernel/answers.ts";
import { patchTags } from "../kernel/tracked.ts";
import type { ArmAnswer, ArmContext, Operation } from "../kernel/arm-request.ts";
import { parseContent } from "../kernel/request-body.ts";
import { flowLogBody } from "./flow-log-body.ts";
import { type FlowLogParts, readFlowLogStatus } from "./flow-log-status.ts";
import { findTarget, flowLogOf } from "./flow-log-store.ts";
import { withoutNulls } from "./security-group-store.ts";

const watcher =
  "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Network/networkWatchers/{networkWatcherName}";

/**
 * Microsoft.Network/networkWatchers/flowLogs: the resource, checked and kept. The reconciler brings it to
 * the hosts; how they do is in `properties.nightcap`.
 */
export function flowLogOperations(parts: FlowLogParts): Operation[] {
  const apiVersions = apiVersionsOf(flowLogType);
  const action = (verb: string) => `${flowLogType}/${verb}`;
  const path = `${watcher}/flowLogs/{flowLogName}`;
  const read = { method: "GET" as const, action: action("read"), apiVersions };
  const write = { path, action: action("write"), apiVersions };
  const post = (name: string, handle: Operation["handle"]): Operation => ({
    method: "POST",
    path: `${watcher}/${name}`,
    action: `Microsoft.Network/networkWatchers/${name}/action`,
    apiVersions,
    handle,
  });
  return [
    { ...read, path: `${watcher}/flowLogs`, handle: (context) => listFlowLogs(context, parts) },
    {
      ...read,
      path,
      handle: async (context) =>
        answer(context, parts, { status: 200, found: await findResource(context, context.path) }),
    },
    { ...write, method: "PUT", handle: (context) => putFlowLog(context, parts) },
    { ...write, method: "PATCH", handle: (context) => patchFlowLog(context, parts) },
    {
      method: "DELETE",
      path,
      action: action("delete"),
      apiVersions,
      handle: (context) => deleteFlowLog(context, parts),
    },
    post("configureFlowLog", (context) => configureFlowLog(context, parts)),
    post("queryFlowLogStatus", (context) => queryFlowLogStatus(context, parts)),
  ];
}

async function answer(
  { state }: ArmContext,
  parts: FlowLogParts,
  { status, found }: { status: number; found: StoredResource },
): Promise<ArmAnswer> {
  const show = await readFlowLogStatus(state, parts);
  return resourceAnswer(status, show(found));
}

const parentOf = (path: string, levels: number): string =>
  path.split("/").slice(0, -levels).join("/");

async function listFlowLogs(context: ArmContext, parts: FlowLogParts): Promise<ArmAnswer> {
  const scope = parentOf(context.path, 1);
  await findResource(context, scope);
  const show = await readFlowLogStatus(context.state, parts);
  return listAnswer(context, { scope, type: flowLogType }, async (page) => page.map(show));
}

async function putFlowLog(context: ArmContext, parts: FlowLogParts): Promise<ArmAnswer> {
  checkResourceName(context.param("flowLogName"), "flow log");
  const request = parseContent(flowLogRequest, withoutNulls(context.body));
  const stored = await context.state.transact(async (inside) => {
    const owner = await findResource({ state: inside }, parentOf(context.path, 2));
    checkConditions(context, await inside.resources.get(context.path));
    const body = await flowLogBody(inside, { request, watcher: owner, id: context.path });
    return inside.resources.put({ id: context.path, type: flowLogType, body });
  });
  parts.onChanged();
  return answer(context, parts, { status: stored.created ? 201 : 200, found: stored });
}

async function patchFlowLog(context: ArmContext, parts: FlowLogParts): Promise<ArmAnswer> {
  return answer(context, parts, { status: 200, found: await patchTags(context) });
}

async function deleteFlowLog(context: ArmContext, parts: FlowLogParts): Promise<ArmAnswer> {
  const found = await context.state.resources.get(context.path);
  if (!found) return noContent;
  checkConditions(context, found);
  await context.state.resources.delete(found.id);
  parts.onChanged();
  return noContent;
}

/** The older way: a flow log is found by its target, and made under a name of the target's when there is none. */
async function configureFlowLog(context: ArmContext, parts: FlowLogParts): Promise<ArmAnswer> {
  const request = parseContent(configureFlowLogRequest, withoutNulls(context.body));
  const { targetResourceId, flowAnalyticsConfiguration } = request;
  const target = parseResourceId(targetResourceId);
  const stored = await context.state.transact(async (inside) => {
    const owner = await findResource({ state: inside }, parentOf(context.path, 1));
    const before = await findByTarget(inside, owner, targetResourceId);
    const name = `${target.name}-${target.resourceGroupName ?? ""}-flowlog`.slice(0, 80);
    const id = before?.id ?? `${owner.id}/flowLogs/${name}`;
    const properties = {
      ...request.properties,
      targetResourceId,
      ...(flowAnalyticsConfiguration === undefined ? {} : { flowAnalyticsConfiguration }),
    };
    const tags = (before?.body["tags"] ?? {}) as Record<string, string>;
    const body = await flowLogBody(inside, { request: { properties, tags }, watcher: owner, id });
    return inside.resources.put({ id, type: flowLogType, body });
  });
  parts.onChanged();
  const show = await readFlowLogStatus(context.state, parts);
  return { status: 200, body: information(show(stored)) };
}

async function queryFlowLogStatus(context: ArmContext, parts: FlowLogParts): Promise<ArmAnswer> {
  const owner = await findResource(context, parentOf(context.path, 1));
  const request = parseContent(flowLogStatusRequest, withoutNulls(context.body));
  const target = await findTarget(context.state, request.targetResourceId);
  const found = await findByTarget(context.state, owner, target.id);
  const show = await readFlowLogStatus(context.state, parts);
  if (found) return { status: 200, body: information(show(found)) };
  const properties = { enabled: false, storageId: "" };
  return { status: 200, body: { targetResourceId: target.id, properties } };
}

async function findByTarget(
  state: State,
  owner: StoredResource,
  targetId: string,
): Promise<StoredResource | null> {
  const all = await state.resources.list({ scope: owner.id, type: flowLogType });
  const isOfTarget = (each: StoredResource): boolean =>
    sameId(flowLogOf(each).properties.targetResourceId, targetId);
  return all.find(isOfTarget) ?? null;
}

/** Azure's FlowLogInformation. */
function information(resource: Pick<StoredResource, "body">): Record<string, unknown> {
  const { targetResourceId, storageId, enabled, retentionPolicy, format, ...rest } =
    flowLogOf(resource).properties;
  const { nightcap } = rest as { nightcap?: unknown };
  const { flowAnalyticsConfiguration } = rest;
  return {
    targetResourceId,
    properties: { storageId, enabled, retentionPolicy, format, nightcap },
    ...(flowAnalyticsConfiguration === undefined ? {} : { flowAnalyticsConfiguration }),
  };
}

import { apiVersionsOf } from "../../arm/api-version.ts";
import { checkResourceName } from "../../arm/resource-id.ts";
import { regionOf, trackedResourceRequest } from "../../arm/tracked-resource.ts";
import { NightcapError } from "../../common/errors.ts";
import {
  checkConditions,
  findResource,
  listAnswer,
  noContent,
  resourceAnswer,
  scopeOf,
  writeCondition,
} from "../kernel/answers.ts";
import { checkStays, patchTags, sameLocation } from "../kernel/tracked.ts";
import type { ArmAnswer, ArmContext, Operation } from "../kernel/arm-request.ts";
import { parseContent } from "../kernel/request-body.ts";
import { networkWatcherBody, networkWatcherType } from "../compute/machines.ts";

const group = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}";

/** Microsoft.Network/networkWatchers; `location` is the region that is served. */
export function networkWatcherOperations(location: string): Operation[] {
  const apiVersions = apiVersionsOf(networkWatcherType);
  const action = (verb: string) => `Microsoft.Network/networkWatchers/${verb}`;
  const read = { method: "GET" as const, action: action("read"), apiVersions };
  const path = `${group}/providers/Microsoft.Network/networkWatchers/{networkWatcherName}`;
  const list = (context: ArmContext) =>
    listAnswer(context, { scope: scopeOf(context), type: networkWatcherType });
  return [
    {
      ...read,
      path: "/subscriptions/{subscriptionId}/providers/Microsoft.Network/networkWatchers",
      handle: list,
    },
    { ...read, path: path.slice(0, path.lastIndexOf("/")), handle: list },
    {
      ...read,
      path,
      handle: async (context) => resourceAnswer(200, await findResource(context, context.path)),
    },
    {
      method: "PUT",
      path,
      action: action("write"),
      apiVersions,
      handle: (context) => putWatcher(context, location),
    },
    { method: "PATCH", path, action: action("write"), apiVersions, handle: patchWatcher },
    { method: "DELETE", path, action: action("delete"), apiVersions, handle: deleteWatcher },
  ];
}

async function putWatcher(context: ArmContext, served: string): Promise<ArmAnswer> {
  checkResourceName(context.param("networkWatcherName"), "network watcher");
  const request = parseRequest(context);
  const location = regionOf(request.location, served);
  const { state, path } = context;
  return state.transact(async (inside) => {
    const before = await inside.resources.get(path);
    checkConditions(context, before);
    checkStays(before, location);
    const scope = `/subscriptions/${context.param("subscriptionId")}`;
    const others = await inside.resources.list({ scope, type: networkWatcherType });
    const other = others.find(
      ({ id, body }) => id !== before?.id && sameLocation(body["location"], location),
    );
    if (other) {
      throw new NightcapError(
        "NetworkWatcherCountLimitReached",
        `Cannot create more than 1 network watchers for this subscription in this region: "${location}" has ${other.id}.`,
      );
    }
    const body = networkWatcherBody(location, request.tags ?? {});
    const resource = { id: path, type: networkWatcherType, body };
    const stored = await inside.resources.put(resource, writeCondition(context));
    return resourceAnswer(stored.created ? 201 : 200, stored);
  });
}

async function patchWatcher(context: ArmContext): Promise<ArmAnswer> {
  return resourceAnswer(200, await patchTags(context));
}

async function deleteWatcher(context: ArmContext): Promise<ArmAnswer> {
  const { state, path } = context;
  const found = await state.resources.get(path);
  if (!found) return noContent;
  checkConditions(context, found);
  const count = await state.resources.count({ scope: path });
  if (count > 0) {
    throw new NightcapError(
      "Conflict",
      `network watcher ${context.param("networkWatcherName")} still has ${count} packet captures or flow logs: delete them first`,
    );
  }
  await state.resources.delete(path);
  return noContent;
}

const parseRequest = (context: ArmContext) => parseContent(trackedResourceRequest, context.body);

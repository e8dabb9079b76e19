import { flowLogType } from "../../arm/flow-log.ts";
import { parseResourceId, sameId } from "../../arm/resource-id.ts";
import { NightcapError } from "../../common/errors.ts";
import type { RowMatch } from "../../logs/log-query.ts";
import type { MetadataWorkspace } from "../../logs/azure/metadata.ts";
import type { Access } from "../../provider/authorization/access.ts";
import type { Caller } from "../../provider/kernel/arm-request.ts";
import { authorizationFailed } from "../../provider/kernel/permit.ts";
import { findTarget, flowLogOf } from "../../provider/network/flow-log-store.ts";
import { workspaceType } from "../../provider/operational-insights/workspaces.ts";
import type { State, StoredResource } from "../../state/state.ts";
import { type LoggedResource, isWhole, rowsOfFlowLogs, rowsOfResource } from "./visible-rows.ts";

/** What a question is asked of: a workspace by its customerId, or a resource by its id. */
export type Target = { readonly workspaceId: string } | { readonly resourceId: string };

/** What a caller may read of what they ask for. */
export interface Sources {
  readonly workspaces: readonly MetadataWorkspace[];
  /** Left out: every row. */
  readonly rowsOf?: (table: string) => readonly RowMatch[];
}

export interface Asker {
  readonly caller: Caller;
  readonly access: Access;
  readonly state: State;
  /** `/subscriptions/{id}` of this installation, which all rows belong to. */
  readonly subscription: string;
}

/** Actions as Azure's roles have them (https://learn.microsoft.com/azure/azure-monitor/logs/manage-access). */
export const queryWorkspaceAction = "Microsoft.OperationalInsights/workspaces/query/read";
export const readLogsAction = "Microsoft.Insights/logs/read";

/** Workspaces that one question may name besides the first. */
const workspaceCountMax = 100;

/** Throws for what is not there, and for what the caller may not read. */
export async function openSources(
  asker: Asker,
  target: Target,
  others: readonly string[],
): Promise<Sources> {
  if (others.length > workspaceCountMax)
    throw new NightcapError("InvalidParameter", `more than ${workspaceCountMax} workspaces`);
  const known = await listWorkspaces(asker);
  const more = others.map((text) => findWorkspace(known, text));
  if ("workspaceId" in target) {
    const first = known.find(({ id }) => id === target.workspaceId.toLowerCase());
    if (!first) throw notFound(target.workspaceId);
    return sourcesOf(asker, [first, ...more], []);
  }
  const own = known.find(({ resourceId }) => sameId(resourceId, target.resourceId));
  if (own) return sourcesOf(asker, [own, ...more], []);
  return sourcesOf(asker, more, [await readableResource(asker, target.resourceId)]);
}

async function readableResource(asker: Asker, resourceId: string): Promise<string> {
  const { id, scope, type } = parseResourceId(resourceId);
  if (!asker.access.allows(readLogsAction, id))
    throw authorizationFailed(asker.caller, readLogsAction, id);
  const isContainer = scope === null || /\/resourceGroups$/i.test(type);
  const found = isContainer
    ? await asker.state.resources.get(id)
    : await findTarget(asker.state, id);
  if (!found) throw new NightcapError("ResourceNotFound", `there is no ${id}`);
  return found.id;
}

async function sourcesOf(
  asker: Asker,
  workspaces: readonly MetadataWorkspace[],
  resourceIds: readonly string[],
): Promise<Sources> {
  const { access, caller, subscription } = asker;
  const refused = workspaces.find(
    ({ resourceId }) => !access.allows(queryWorkspaceAction, resourceId),
  );
  if (refused) throw authorizationFailed(caller, queryWorkspaceAction, refused.resourceId);
  const seesAll = workspaces.length > 0 && access.allows(readLogsAction, subscription);
  if (seesAll || resourceIds.some((id) => isWhole(id, subscription))) return { workspaces };
  const logs = await flowLogsOf(asker, workspaces);
  return {
    workspaces,
    rowsOf: (table) => [
      ...rowsOfFlowLogs(logs, table),
      ...resourceIds.flatMap((id) => rowsOfResource(id, table)),
    ],
  };
}

/** Flow logs whose analytics goes to one of these workspaces. */
export async function flowLogsOf(
  { state, subscription }: Pick<Asker, "state" | "subscription">,
  workspaces: readonly Pick<MetadataWorkspace, "resourceId">[],
): Promise<LoggedResource[]> {
  if (workspaces.length === 0) return [];
  const all = await state.resources.list({ scope: subscription, type: flowLogType });
  return all.flatMap((each) => {
    const { flowAnalyticsConfiguration, targetResourceId } = flowLogOf(each).properties;
    const named =
      flowAnalyticsConfiguration?.networkWatcherFlowAnalyticsConfiguration?.workspaceResourceId ??
      "";
    const isTheirs = workspaces.some(({ resourceId }) => sameId(resourceId, named));
    return isTheirs ? [{ flowLogId: each.id, targetId: targetResourceId }] : [];
  });
}

async function listWorkspaces({ state, subscription }: Asker): Promise<MetadataWorkspace[]> {
  const found = await state.resources.list({ scope: subscription, type: workspaceType });
  return found.map(workspaceOf);
}

function workspaceOf({ id, body }: StoredResource): MetadataWorkspace {
  const { location, properties } = body as {
    location: string;
    properties: { customerId: string };
  };
  return {
    id: properties.customerId.toLowerCase(),
    resourceId: id,
    name: parseResourceId(id).name,
    region: location,
  };
}

/** A workspace by its customerId, its name, "group/name" or its id, as requests may name further ones. */
function findWorkspace(known: readonly MetadataWorkspace[], text: string): MetadataWorkspace {
  const wanted = text.toLowerCase().replace(/\/+$/, "");
  const found = known.filter(({ id, name, resourceId }) => {
    const group = parseResourceId(resourceId).resourceGroupName ?? "";
    return [id, name, `${group}/${name}`, resourceId].some((each) => each.toLowerCase() === wanted);
  });
  const [first, second] = found;
  if (!first) throw notFound(text);
  if (!second) return first;
  const several = `"${text.slice(0, 100)}" is the name of several workspaces: name one by its id`;
  throw new NightcapError("InvalidParameter", several);
}

const notFound = (text: string): NightcapError =>
  new NightcapError("ResourceNotFound", `there is no workspace "${text.slice(0, 100)}"`);

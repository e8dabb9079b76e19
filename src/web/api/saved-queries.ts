import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { get, request } from "./request.ts";
import { sessionKey, type SignedIn } from "./session.ts";

/** A query that is kept in a workspace for everybody who may read it. */
export interface SavedQuery {
  id: string;
  name: string;
  etag: string;
  properties: { category: string; displayName: string; query: string };
}

/** A Log Analytics workspace, which questions are asked of. */
export interface Workspace {
  id: string;
  name: string;
  properties: { customerId: string };
}

const provider = "Microsoft.OperationalInsights";
const versions = { workspaces: "2023-09-01", saved: "2020-08-01", groups: "2021-04-01" } as const;

export const saveAction = `${provider}/workspaces/savedSearches/write`;
export const removeAction = `${provider}/workspaces/savedSearches/delete`;
export const makeWorkspaceAction = `${provider}/workspaces/write`;

/** The workspace that is made when somebody keeps the first query and there is none. */
export const firstWorkspaceName = "nightcap";

export type Place = Pick<SignedIn, "subscriptionId" | "resourceGroup" | "workspaceId">;

export const savedQueriesKey = ["saved-queries"] as const;
/** Everything that is asked again after a workspace was made. */
export const workspaceKeys = [sessionKey, savedQueriesKey];

/** The queries of the workspace that is asked; none while there is no workspace. */
export const useSavedQueries = (place: Place): UseQueryResult<SavedQuery[]> =>
  useQuery({ queryKey: [...savedQueriesKey, place.workspaceId], queryFn: () => readSaved(place) });

async function readSaved(place: Place): Promise<SavedQuery[]> {
  const workspace = await findWorkspace(place);
  if (!workspace) return [];
  const found: SavedQuery[] = [];
  let path: string | undefined = `${workspace.id}/savedSearches?api-version=${versions.saved}`;
  while (path !== undefined) {
    const page: { value: SavedQuery[]; nextLink?: string } = await get(path);
    found.push(...page.value);
    path = page.nextLink === undefined ? undefined : pathOf(page.nextLink);
  }
  return found.toSorted((a, b) => a.properties.displayName.localeCompare(b.properties.displayName));
}

/** Links lead to this control plane, by the name that it knows itself by. */
function pathOf(link: string): string {
  const { pathname, search } = new URL(link);
  return pathname + search;
}

const readWorkspaces = async ({ subscriptionId }: Place): Promise<Workspace[]> => {
  const list = `/subscriptions/${subscriptionId}/providers/${provider}/workspaces`;
  const { value } = await get<{ value: Workspace[] }>(`${list}?api-version=${versions.workspaces}`);
  return value.toSorted((a, b) => a.name.localeCompare(b.name));
};

/** The workspaces that one may ask. */
export const useWorkspaces = (place: Place): UseQueryResult<Workspace[]> =>
  useQuery({
    queryKey: [...savedQueriesKey, "workspaces"],
    queryFn: () => readWorkspaces(place),
  });

async function findWorkspace(place: Place): Promise<Workspace | null> {
  const { workspaceId } = place;
  if (workspaceId === null) return null;
  const all = await readWorkspaces(place);
  return all.find(({ properties }) => properties.customerId === workspaceId) ?? null;
}

/** Keeps a query under a name: in the place of the one that has it, or as a new one. */
export async function saveQuery(
  place: Place,
  properties: SavedQuery["properties"],
  before: SavedQuery | undefined,
): Promise<SavedQuery> {
  const workspace = (await findWorkspace(place)) ?? (await makeWorkspace(place));
  const id = before?.id ?? `${workspace.id}/savedSearches/${crypto.randomUUID()}`;
  const body = { etag: before?.etag ?? "*", properties };
  return request("PUT", `${id}?api-version=${versions.saved}`, body);
}

async function makeWorkspace({ subscriptionId, resourceGroup }: Place): Promise<Workspace> {
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
  const { location } = await get<{ location: string }>(`${group}?api-version=${versions.groups}`);
  const path = `${group}/providers/${provider}/workspaces/${firstWorkspaceName}`;
  return request("PUT", `${path}?api-version=${versions.workspaces}`, { location });
}

export const removeQuery = ({ id }: SavedQuery): Promise<void> =>
  request("DELETE", `${id}?api-version=${versions.saved}`);

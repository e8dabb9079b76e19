import type { LogQuery } from "../../logs/log-query.ts";
import { workspaceType } from "../../provider/operational-insights/workspaces.ts";
import type { State } from "../../state/state.ts";
import { flowLogsOf } from "../logs/sources.ts";
import { isWhole, rowsOfFlowLogs, rowsOfResource } from "../logs/visible-rows.ts";

const workspacePattern = new RegExp(`/providers/${workspaceType.replace(".", "\\.")}/[^/]+$`, "i");

/** Also of an id that is none, which must not keep other rules from being read. */
export const isWorkspace = (id: string): boolean => workspacePattern.test(id);

/** Rows that a rule's query sees: of workspaces what their flow logs wrote, of others what is about them; undefined: all. */
export async function rowsOfScopes(
  from: { state: State; subscription: string },
  scopes: readonly string[],
): Promise<LogQuery["rowsOf"]> {
  if (scopes.some((scope) => isWhole(scope, from.subscription))) return undefined;
  const workspaces = scopes.filter(isWorkspace).map((resourceId) => ({ resourceId }));
  const others = scopes.filter((scope) => !isWorkspace(scope));
  const logs = await flowLogsOf(from, workspaces);
  return (table) => [
    ...rowsOfFlowLogs(logs, table),
    ...others.flatMap((id) => rowsOfResource(id, table)),
  ];
}

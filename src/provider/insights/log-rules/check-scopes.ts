import type { LogRuleProperties } from "../../../alert/logs/log-rule.ts";
import { type LogRuleReach, ruleKey } from "../../../alert/logs/log-status.ts";
import { NightcapError } from "../../../common/errors.ts";
import type { ArmContext } from "../../kernel/arm-request.ts";

export const readLogsAction = "Microsoft.Insights/logs/read";

/** Any of these lets a caller read the logs of a scope (learn.microsoft.com/azure/azure-monitor/logs/manage-access). */
const readActions = [readLogsAction, "Microsoft.OperationalInsights/workspaces/query/read"];

/** Who writes a rule, and where. */
interface CheckedCaller extends Pick<ArmContext, "caller" | "path"> {
  readonly permit: Pick<ArmContext["permit"], "access">;
}

/** A rule tells its author what its query finds: it is only for those who may ask themselves. */
export function checkScopes(
  { caller, path, permit }: CheckedCaller,
  { scopes }: Pick<LogRuleProperties, "scopes">,
): void {
  const { access } = permit;
  const refused = scopes.find(
    (scope) => !readActions.some((action) => access.allows(action, scope)),
  );
  if (refused === undefined) return;
  throw new NightcapError(
    "LinkedAuthorizationFailed",
    `The client '${caller.id}' may write '${path}'; however, it may not read the logs of the linked scope '${refused}': ${readActions.join(" or ")} is needed there.`,
  );
}

/** Remembers what the author may read, as that decides what a workspace shows. */
export async function noteReach({ state, permit, path }: ArmContext): Promise<void> {
  const subscription = path.split("/").slice(0, 3).join("/");
  const seesAll = permit.access.allows(readLogsAction, subscription);
  await state.documents<LogRuleReach>("logRuleReach").put(ruleKey(path), { seesAll });
}

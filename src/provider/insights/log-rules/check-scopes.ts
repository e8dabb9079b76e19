import type { LogRuleProperties } from "../../../alert/logs/log-rule.ts";
import { NightcapError } from "../../../common/errors.ts";
import type { ArmContext } from "../../kernel/arm-request.ts";

/** Any of these lets a caller read the logs of a scope (learn.microsoft.com/azure/azure-monitor/logs/manage-access). */
const readActions = [
  "Microsoft.Insights/logs/read",
  "Microsoft.OperationalInsights/workspaces/query/read",
];

/** A rule tells its author what its query finds: it is only for those who may ask themselves. */
export function checkScopes(context: ArmContext, { scopes }: LogRuleProperties): void {
  const { access } = context.permit;
  const refused = scopes.find(
    (scope) => !readActions.some((action) => access.allows(action, scope)),
  );
  if (refused === undefined) return;
  const { caller, path } = context;
  throw new NightcapError(
    "LinkedAuthorizationFailed",
    `The client '${caller.id}' may write '${path}'; however, it may not read the logs of the linked scope '${refused}': ${readActions.join(" or ")} is needed there.`,
  );
}

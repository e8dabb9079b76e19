import type { Access } from "../../provider/authorization/access.ts";
import { checkScopes } from "../../provider/insights/log-rules/check-scopes.ts";
import { NightcapError } from "../../common/errors.ts";
import type { Caller } from "../../provider/kernel/arm-request.ts";
import type { WantedRule } from "./preview-request.ts";

const readMetricsAction = "Microsoft.Insights/metrics/read";

/** A preview shows measurements and rows: it is for those who may read these themselves. */
export function checkReading(
  rule: WantedRule,
  { caller, access, path }: { caller: Caller; access: Access; path: string },
): void {
  if (rule.kind === "log") {
    checkScopes({ caller, path, permit: { access } }, rule.properties);
    return;
  }
  const refused = rule.properties.scopes.find((scope) => !access.allows(readMetricsAction, scope));
  if (refused === undefined) return;
  throw new NightcapError(
    "LinkedAuthorizationFailed",
    `The client '${caller.id}' may not read the metrics of the linked scope '${refused}': ${readMetricsAction} is needed there.`,
  );
}

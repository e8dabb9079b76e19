import { z } from "zod";
import { tags } from "../../../arm/tracked-resource.ts";
import { NightcapError } from "../../../common/errors.ts";

const optionalTags = z.preprocess((value) => value ?? undefined, tags.optional());
const properties = z.record(z.string(), z.unknown());
/** The one kind of rule that raises alerts by a query over time; others make metrics or look at single rows. */
const logAlertKind = "LogAlert";

const shared = {
  tags: optionalTags,
  kind: z.string().max(60).nullish(),
  identity: z.looseObject({ type: z.string().max(60).nullish() }).nullish(),
};

export const logRulePut = z.object({
  ...shared,
  location: z.string().min(1).max(60),
  properties,
});
export const logRulePatch = z.object({ ...shared, properties: properties.nullish() });

/** What a rule may be besides its properties. Throws `BadRequest` for what is not here. */
export function checkLogRuleKind(request: z.infer<typeof logRulePatch>): void {
  const kind = request.kind ?? logAlertKind;
  if (kind !== logAlertKind) {
    throw new NightcapError(
      "BadRequest",
      `not supported: kind ${JSON.stringify(kind)} (supported: ${logAlertKind})`,
    );
  }
  const identity = request.identity?.type ?? "None";
  if (identity !== "None") {
    throw new NightcapError(
      "BadRequest",
      `not supported: identity ${JSON.stringify(identity)}; queries run as the control plane itself`,
    );
  }
}

/** What a rule is kept with, besides what its author said. */
export const logRuleBody = (
  body: { location: string; tags: Record<string, string> },
  parsed: object,
): Record<string, unknown> => ({
  location: body.location,
  tags: body.tags,
  kind: logAlertKind,
  properties: {
    ...parsed,
    createdWithApiVersion: "2021-08-01",
    isLegacyLogAnalyticsRule: false,
    isWorkspaceAlertsStorageConfigured: false,
  },
});

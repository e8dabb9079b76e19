import { z } from "zod";
import { tags } from "../../arm/tracked-resource.ts";
import { isoTime } from "../../common/clock.ts";

const optionalTags = z.preprocess((value) => value ?? undefined, tags.optional());
const access = z.enum(["Enabled", "Disabled"]);

const skuNames = [
  "Free",
  "Standard",
  "Premium",
  "PerNode",
  "PerGB2018",
  "Standalone",
  "CapacityReservation",
  "LACluster",
] as const;

/** What a client may say of a workspace; what is not read here is kept as it came. */
const properties = z.looseObject({
  sku: z.looseObject({ name: z.enum(skuNames) }).nullish(),
  /** Azure has 7 to 730 days, and -1 for as long as the plan keeps them. */
  retentionInDays: z
    .int()
    .refine((days) => days === -1 || (days >= 7 && days <= 730), "is not -1 or 7 to 730")
    .nullish(),
  workspaceCapping: z.looseObject({ dailyQuotaGb: z.number().min(-1).nullish() }).nullish(),
  publicNetworkAccessForIngestion: access.nullish(),
  publicNetworkAccessForQuery: access.nullish(),
  features: z.looseObject({}).nullish(),
});
type Properties = z.infer<typeof properties>;

export const workspaceRequest = z.object({
  location: z.string().min(1).max(60),
  tags: optionalTags,
  properties: properties.nullish(),
});

export const workspaceChange = z.object({
  tags: optionalTags,
  properties: properties.nullish(),
});

/** What is said of a workspace that no client sets. */
export interface WorkspaceOrigin {
  /** The GUID under which queries name the workspace. */
  customerId: string;
  createdDate: string;
  now: number;
}

const readOnlyNames = new Set(["provisioningState", "customerId", "createdDate", "modifiedDate"]);

/** The whole body, with Azure's defaults where the client said nothing. */
export function workspaceBody(
  request: { location: string; tags?: Record<string, string> | undefined },
  wanted: Properties,
  { customerId, createdDate, now }: WorkspaceOrigin,
): Record<string, unknown> {
  const said = Object.fromEntries(
    Object.entries(wanted).filter(
      ([name, value]) => value !== null && value !== undefined && !readOnlyNames.has(name),
    ),
  );
  return {
    location: request.location,
    tags: request.tags ?? {},
    properties: {
      customerId,
      provisioningState: "Succeeded",
      createdDate,
      modifiedDate: isoTime(now),
      retentionInDays: 30,
      publicNetworkAccessForIngestion: "Enabled",
      publicNetworkAccessForQuery: "Enabled",
      ...said,
      sku: { lastSkuUpdate: createdDate, name: "PerGB2018", ...wanted.sku },
      features: {
        legacy: 0,
        searchVersion: 1,
        enableLogAccessUsingOnlyResourcePermissions: true,
        ...wanted.features,
      },
      workspaceCapping: {
        dailyQuotaGb: -1,
        dataIngestionStatus: "RespectQuota",
        ...wanted.workspaceCapping,
      },
    },
  };
}

import { z } from "zod";
import { tags } from "./tracked-resource.ts";

export const flowLogType = "Microsoft.Network/networkWatchers/flowLogs";

const idLengthMax = 2_048;
const retentionDaysMax = 365;
const identityCountMax = 20;
const readOnly = z.unknown().optional();
const resourceId = z.string().min(1).max(idLengthMax);

const retentionPolicy = z
  .strictObject({
    days: z.int().min(0).max(retentionDaysMax).default(0),
    enabled: z.boolean().default(false),
  })
  .default({ days: 0, enabled: false });

const format = z
  .strictObject({
    type: z.literal("JSON", '"JSON" expected, Azure\'s only format').default("JSON"),
    version: z.int().min(0).max(2, "version 1 or 2 expected (0 stands for 1)").default(0),
  })
  .default({ type: "JSON", version: 0 });

const analytics = z.strictObject({
  networkWatcherFlowAnalyticsConfiguration: z.strictObject({
    enabled: z.boolean().default(false),
    workspaceId: z.guid().optional(),
    workspaceRegion: z.string().max(60).optional(),
    workspaceResourceId: resourceId.optional(),
    /** Minutes; Azure has these two. */
    trafficAnalyticsInterval: z
      .union([z.literal(10), z.literal(60)], "10 or 60 minutes expected")
      .default(60),
  }),
});

/** Of a flow: begun, continuing, ended, denied. Empty takes an earlier choice back, as in Azure. */
const recordTypes = z
  .string()
  .regex(/^(?:[BCED](?:,[BCED]){0,3})?$/, 'letters of "B,C,E,D" with commas between expected')
  .refine(
    (text) => new Set(text.split(",")).size === text.split(",").length,
    "a letter is there twice",
  )
  .transform((text) => (text === "" ? undefined : text));

/** `properties` of a flow log, as clients send them. */
export const flowLogProperties = z.strictObject({
  targetResourceId: resourceId,
  storageId: resourceId,
  enabled: z.boolean().default(true),
  retentionPolicy,
  format,
  flowAnalyticsConfiguration: analytics.optional(),
  enabledFilteringCriteria: z.string().max(1_000).optional(),
  recordTypes: recordTypes.optional(),
  targetResourceGuid: readOnly,
  provisioningState: readOnly,
  nightcap: readOnly,
});

const identity = z.strictObject({
  type: z.enum(["None", "SystemAssigned", "UserAssigned", "SystemAssigned, UserAssigned"]),
  userAssignedIdentities: z
    .record(resourceId, z.unknown())
    .refine((value) => Object.keys(value).length <= identityCountMax, "too many identities")
    .optional(),
  principalId: readOnly,
  tenantId: readOnly,
});

/** Body of PUT flowLogs. */
export const flowLogRequest = z.strictObject({
  id: readOnly,
  name: readOnly,
  type: readOnly,
  etag: readOnly,
  location: z.string().min(1).max(60).optional(),
  tags: tags.optional(),
  identity: identity.optional(),
  properties: flowLogProperties,
});

/** Body of POST configureFlowLog, the older way to the same. */
export const configureFlowLogRequest = z.strictObject({
  targetResourceId: resourceId,
  properties: z.strictObject({
    storageId: resourceId,
    enabled: z.boolean(),
    retentionPolicy,
    format,
  }),
  flowAnalyticsConfiguration: analytics.optional(),
});

/** Body of POST queryFlowLogStatus. */
export const flowLogStatusRequest = z.strictObject({ targetResourceId: resourceId });

export type FlowLogRequest = z.infer<typeof flowLogRequest>;
export type FlowLogProperties = z.infer<typeof flowLogProperties>;

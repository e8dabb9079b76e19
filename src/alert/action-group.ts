import { z } from "zod";
import { NightcapError } from "../common/errors.ts";
import { describeIssues } from "../common/settings.ts";

/** The properties of Microsoft.Insights/actionGroups. Fields that are not read here are kept as they came. */
const receiverCountMax = 100;
const shortNameLengthMax = 12;
const urlLengthMax = 4_096;

const name = z.string().min(1).max(256);
const url = z.url({ protocol: /^https?$/, error: "is not an http or https URL" }).max(urlLengthMax);

const webhookReceiver = z.looseObject({
  name,
  serviceUri: url,
  useCommonAlertSchema: z.boolean().nullish(),
  useAadAuth: z.boolean().nullish(),
});

const azureFunctionReceiver = z.looseObject({
  name,
  functionAppResourceId: z.string().max(2_048).nullish(),
  functionName: z.string().max(256).nullish(),
  httpTriggerUrl: url,
  useCommonAlertSchema: z.boolean().nullish(),
});

const logicAppReceiver = z.looseObject({
  name,
  resourceId: z.string().max(2_048).nullish(),
  callbackUrl: url,
  useCommonAlertSchema: z.boolean().nullish(),
});

/** Its webhook is called; Azure leaves the name optional, and does not show the address again. */
const automationRunbookReceiver = z.looseObject({
  name: name.nullish(),
  runbookName: z.string().max(256).nullish(),
  serviceUri: url.nullish(),
  useCommonAlertSchema: z.boolean().nullish(),
});

const receivers = <Schema extends z.ZodType>(schema: Schema) =>
  z.array(schema).max(receiverCountMax).nullish();

/** Stored and echoed; Nightcap does not act on them, and each delivery record says so. */
export const unsupportedReceivers = [
  "emailReceivers",
  "smsReceivers",
  "itsmReceivers",
  "azureAppPushReceivers",
  "voiceReceivers",
  "armRoleReceivers",
  "eventHubReceivers",
  "incidentReceivers",
] as const;

const otherReceivers = receivers(z.looseObject({ name }));

const properties = z.looseObject({
  groupShortName: z.string().min(1).max(shortNameLengthMax),
  enabled: z.boolean().default(true),
  webhookReceivers: receivers(webhookReceiver),
  azureFunctionReceivers: receivers(azureFunctionReceiver),
  emailReceivers: otherReceivers,
  smsReceivers: otherReceivers,
  itsmReceivers: otherReceivers,
  azureAppPushReceivers: otherReceivers,
  automationRunbookReceivers: receivers(automationRunbookReceiver),
  voiceReceivers: otherReceivers,
  logicAppReceivers: receivers(logicAppReceiver),
  armRoleReceivers: otherReceivers,
  eventHubReceivers: otherReceivers,
  incidentReceivers: otherReceivers,
});

export type ActionGroupProperties = z.infer<typeof properties>;

/** Throws `InvalidParameter` that names each field at fault. */
export function parseActionGroup(input: unknown): ActionGroupProperties {
  const result = properties.safeParse(input);
  if (result.success) return result.data;
  throw new NightcapError("InvalidParameter", `action group: ${describeIssues(result.error)}`);
}

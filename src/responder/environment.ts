import { z } from "zod";
import { NightcapError } from "../common/errors.ts";
import { parseSettings } from "../common/settings.ts";
import type { AzureConnection } from "./azure-clients.ts";
import { azureCloud, type Cloud, cloudNames, customCloud } from "./clouds.ts";
import { credentialVariables, readCredentials } from "./credentials.ts";
import { checkWebhookUrl, type WebhookOptions } from "./notifiers.ts";
import { type ResponderSettings, responderSettings } from "./settings.ts";
import { readSmallFile } from "./small-file.ts";

const webhookCountMax = 16;

const text = z.string().min(1).max(8_192);
const wholeNumber = z
  .string()
  .regex(/^\d{1,10}$/, "a whole number expected")
  .transform(Number);

/**
 * The function app's settings by their names; a secret may be given as a file. What
 * `responderSettings` bounds is not bounded here again.
 */
const environment = z
  .strictObject({
    ...credentialVariables,
    AzureSubscriptionId: text.optional(),
    /** Azure's name for the cloud; not together with a custom endpoint. */
    AzureCloud: z.enum(cloudNames).optional(),
    /** Custom endpoint: the control plane's URL, and the authority that gives its tokens. */
    NightcapResourceManagerUrl: z.url({ protocol: /^https$/ }).optional(),
    NightcapAuthorityHost: z.url({ protocol: /^https$/ }).optional(),
    /** PEM file of the authority that signed the custom endpoint's certificate. */
    NightcapCaFile: text.optional(),
    NightcapStorageAccountId: text.optional(),
    NightcapFileDirectory: text.optional(),
    NightcapSessionCountMax: wholeNumber.optional(),
    NightcapHostSessionCountMax: wholeNumber.optional(),
    NightcapTimeLimitInSeconds: wholeNumber.optional(),
    NightcapBytesToCapturePerPacket: wholeNumber.optional(),
    NightcapTotalBytesPerSession: wholeNumber.optional(),
    /** JSON array of Azure's filters. */
    NightcapFilters: text.optional(),
    NightcapPollIntervalMilliseconds: wholeNumber.optional(),
    /** URLs with white space between them. */
    NightcapWebhookUrls: text.optional(),
    /** PEM file of a private authority of the webhooks, trusted besides the system's. */
    NightcapWebhookCaFile: text.optional(),
  })
  .refine((is) => is.AzureCloud === undefined || is.NightcapResourceManagerUrl === undefined, {
    message: "AzureCloud and NightcapResourceManagerUrl exclude each other",
  })
  .refine(
    (is) =>
      (is.NightcapResourceManagerUrl === undefined) === (is.NightcapAuthorityHost === undefined),
    { message: "NightcapResourceManagerUrl and NightcapAuthorityHost belong together" },
  );

/** As where incidents are kept. */
const hostSessionCountDefault = 4;

type Environment = z.infer<typeof environment>;

/** Every setting's name. */
export const environmentNames: readonly string[] = Object.keys(environment.shape);

export interface EnvironmentSettings {
  connection: AzureConnection;
  responder: ResponderSettings;
  webhooks: readonly WebhookOptions[];
}

/**
 * Reads the settings from environment variables; names that do not begin with "Nightcap" and are not
 * ours belong to somebody else. Throws `SettingsInvalid`, or `SecretUnreadable` without the secret.
 */
export function readEnvironment(
  variables: Readonly<Record<string, string | undefined>>,
): EnvironmentSettings {
  const ours = Object.entries(variables).filter(
    ([name, value]) => value !== undefined && value !== "" && isOurs(name),
  );
  const read = parseSettings(environment, Object.fromEntries(ours), "environment");
  const caFile = read.NightcapCaFile;
  return {
    connection: {
      cloud: readCloud(read),
      ...readCredentials(read),
      ...(caFile === undefined ? {} : { caPem: readSmallFile(caFile).toString("utf8") }),
    },
    responder: readResponder(read),
    webhooks: readWebhooks(read),
  };
}

const isOurs = (name: string): boolean =>
  Object.hasOwn(environment.shape, name) || /^nightcap(?!_)/i.test(name);

function readCloud({
  AzureCloud,
  NightcapResourceManagerUrl,
  NightcapAuthorityHost,
}: Environment): Cloud {
  if (NightcapResourceManagerUrl !== undefined && NightcapAuthorityHost !== undefined) {
    return customCloud({
      resourceManagerUrl: NightcapResourceManagerUrl,
      authorityHost: NightcapAuthorityHost,
    });
  }
  return azureCloud(AzureCloud ?? "AzureCloud");
}

function readResponder(is: Environment): ResponderSettings {
  const given = {
    subscriptionId: is.AzureSubscriptionId,
    storageId: is.NightcapStorageAccountId,
    fileDirectory: is.NightcapFileDirectory,
    sessionCountMax: is.NightcapSessionCountMax,
    hostSessionCountMax: is.NightcapHostSessionCountMax ?? hostSessionCountDefault,
    timeLimitInSeconds: is.NightcapTimeLimitInSeconds,
    bytesToCapturePerPacket: is.NightcapBytesToCapturePerPacket,
    totalBytesPerSession: is.NightcapTotalBytesPerSession,
    filters: is.NightcapFilters === undefined ? undefined : parseJson(is.NightcapFilters),
    pollIntervalMilliseconds: is.NightcapPollIntervalMilliseconds,
  };
  return parseSettings(responderSettings, given, "environment");
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new NightcapError("SettingsInvalid", "environment: NightcapFilters is not JSON", {
      cause,
    });
  }
}

function readWebhooks({
  NightcapWebhookUrls,
  NightcapWebhookCaFile,
}: Environment): WebhookOptions[] {
  const urls = (NightcapWebhookUrls ?? "").split(/\s+/).filter((url) => url !== "");
  if (urls.length > webhookCountMax) {
    const count = `${urls.length} URLs; at most ${webhookCountMax} allowed`;
    throw new NightcapError("SettingsInvalid", `environment: NightcapWebhookUrls has ${count}`);
  }
  const hrefs = urls.map((url) => checkWebhookUrl(url).href);
  if (NightcapWebhookCaFile === undefined) return hrefs.map((url) => ({ url }));
  const caPem = readSmallFile(NightcapWebhookCaFile).toString("utf8");
  return hrefs.map((url) => ({ url, caPem }));
}

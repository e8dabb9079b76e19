import { readFileSync } from "node:fs";
import { z } from "zod";
import { NightcapError } from "../common/errors.ts";
import { parseSettings } from "../common/settings.ts";
import type { AzureConnection } from "./azure-clients.ts";
import { azureCloud, type Cloud, cloudNames, customCloud } from "./clouds.ts";
import { checkWebhookUrl, type WebhookOptions } from "./notifiers.ts";
import { decryptSecureString, isSecureString, readSecureStringKey } from "./secure-string.ts";
import { type ResponderSettings, responderSettings } from "./settings.ts";

const webhookCountMax = 16;
const secretFileSizeBytesMax = 1 << 20;

const text = z.string().min(1).max(8_192);
const wholeNumber = z
  .string()
  .regex(/^\d{1,10}$/, "a whole number expected")
  .transform(Number);

/**
 * The function app's settings by their names. The first three are those of Microsoft's tutorial; a
 * secret may be given as a file. What `responderSettings` bounds is not bounded here again.
 */
const environment = z
  .strictObject({
    AzureTenant: text,
    AzureClientId: text,
    /** The client's secret: plain, or PowerShell's encrypted text together with its key file. */
    AzureCredPassword: text.optional(),
    AzureCredPasswordFile: text.optional(),
    /** One decimal byte a line, as `Set-Content` writes it. */
    AzureCredKeyFile: text.optional(),
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
  .refine((is) => is.AzureCredPassword === undefined || is.AzureCredPasswordFile === undefined, {
    message: "AzureCredPassword and AzureCredPasswordFile exclude each other",
  })
  .refine((is) => is.AzureCredPassword !== undefined || is.AzureCredPasswordFile !== undefined, {
    message: "AzureCredPassword or AzureCredPasswordFile is required",
  })
  .refine((is) => is.AzureCloud === undefined || is.NightcapResourceManagerUrl === undefined, {
    message: "AzureCloud and NightcapResourceManagerUrl exclude each other",
  })
  .refine(
    (is) =>
      (is.NightcapResourceManagerUrl === undefined) === (is.NightcapAuthorityHost === undefined),
    { message: "NightcapResourceManagerUrl and NightcapAuthorityHost belong together" },
  );

type Environment = z.infer<typeof environment>;

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
      tenantId: read.AzureTenant,
      clientId: read.AzureClientId,
      clientSecret: readSecret(read),
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

/**
 * The client's secret: decrypted when it has PowerShell's header and there is a key file, otherwise
 * taken as it is (the tutorial's own text logs in with whatever stands there).
 */
function readSecret(is: Environment): string {
  const file = is.AzureCredPasswordFile;
  const given =
    file === undefined
      ? (is.AzureCredPassword ?? "")
      : new TextDecoder().decode(readSmallFile(file)).trim();
  const keyFile = is.AzureCredKeyFile;
  if (keyFile === undefined || !isSecureString(given)) return given;
  return decryptSecureString(given, readSecureStringKey(readSmallFile(keyFile)));
}

function readResponder(is: Environment): ResponderSettings {
  const given = {
    subscriptionId: is.AzureSubscriptionId,
    storageId: is.NightcapStorageAccountId,
    fileDirectory: is.NightcapFileDirectory,
    sessionCountMax: is.NightcapSessionCountMax,
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

function readSmallFile(path: string): Buffer {
  const bytes = ((): Buffer => {
    try {
      return readFileSync(path);
    } catch (cause) {
      throw new NightcapError("SettingsInvalid", `environment: cannot read ${path}`, { cause });
    }
  })();
  if (bytes.length <= secretFileSizeBytesMax) return bytes;
  const size = `${bytes.length} bytes; at most ${secretFileSizeBytesMax} allowed`;
  throw new NightcapError("SettingsInvalid", `environment: ${path} has ${size}`);
}

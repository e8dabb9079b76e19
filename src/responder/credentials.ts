import { z } from "zod";
import { NightcapError } from "../common/errors.ts";
import { decryptSecureString, isSecureString, readSecureStringKey } from "./secure-string.ts";
import { readSmallFile } from "./small-file.ts";

/** Whom the function is for Azure: an application with its secret, or the app's own identity. */
export type Credentials =
  | {
      tenantId: string;
      clientId: string;
      /** Never logged. */
      clientSecret: string;
    }
  | {
      /** `clientId` is a user-assigned identity's; null for the system-assigned one. */
      managedIdentity: { clientId: string | null };
    };

const text = z.string().min(1).max(8_192).optional();

/** The settings of credentials; the first four are those of Microsoft's tutorial. */
export const credentialVariables = {
  AzureTenant: text,
  /** The tutorial's text says `AzureClientID` and its code `AzureClientId`: one of both. */
  AzureClientId: text,
  AzureClientID: text,
  /** The client's secret: plain, or PowerShell's encrypted text together with its key file. */
  AzureCredPassword: text,
  AzureCredPasswordFile: text,
  /** One decimal byte a line, as `Set-Content` writes it. */
  AzureCredKeyFile: text,
  /** `system`, or the client id of a user-assigned identity; then no application is named. */
  NightcapManagedIdentity: z
    .union([z.literal("system"), z.guid({ error: '"system" or a client id expected' })])
    .optional(),
};

type Variables = z.infer<z.ZodObject<typeof credentialVariables>>;

/** Throws `SettingsInvalid` for what is missing or too much, `SecretUnreadable` without the secret. */
export function readCredentials(is: Variables): Credentials {
  if (is.NightcapManagedIdentity !== undefined) {
    return { managedIdentity: readManagedIdentity(is, is.NightcapManagedIdentity) };
  }
  if (is.AzureClientId !== undefined && is.AzureClientID !== undefined) {
    throw invalid("AzureClientId and AzureClientID exclude each other");
  }
  if (is.AzureCredPassword !== undefined && is.AzureCredPasswordFile !== undefined) {
    throw invalid("AzureCredPassword and AzureCredPasswordFile exclude each other");
  }
  if (is.AzureCredPassword === undefined && is.AzureCredPasswordFile === undefined) {
    throw invalid(
      "AzureCredPassword or AzureCredPasswordFile is required, or NightcapManagedIdentity",
    );
  }
  return {
    tenantId: required("AzureTenant", is.AzureTenant),
    clientId: required("AzureClientId", is.AzureClientId ?? is.AzureClientID),
    clientSecret: readSecret(is),
  };
}

function readManagedIdentity(is: Variables, identity: string): { clientId: string | null } {
  const names = Object.keys(credentialVariables).filter((name) => name.startsWith("Azure"));
  const given = names.filter((name) => is[name as keyof Variables] !== undefined);
  if (given.length > 0) {
    throw invalid(`NightcapManagedIdentity and ${given.join(", ")} exclude each other`);
  }
  return { clientId: identity === "system" ? null : identity };
}

/**
 * The client's secret: decrypted when it has PowerShell's header and there is a key file, otherwise
 * taken as it is (the tutorial's own text logs in with whatever stands there).
 */
function readSecret(is: Variables): string {
  const file = is.AzureCredPasswordFile;
  const given =
    file === undefined
      ? (is.AzureCredPassword ?? "")
      : new TextDecoder().decode(readSmallFile(file)).trim();
  const keyFile = is.AzureCredKeyFile;
  if (keyFile === undefined || !isSecureString(given)) return given;
  return decryptSecureString(given, readSecureStringKey(readSmallFile(keyFile)));
}

function required(name: string, value: string | undefined): string {
  if (value !== undefined) return value;
  throw invalid(`${name} is required, or NightcapManagedIdentity`);
}

const invalid = (message: string): NightcapError =>
  new NightcapError("SettingsInvalid", `environment: ${message}`);

import { XMLParser } from "fast-xml-parser";
import { parseSasTime } from "../access/sas.ts";
import { delegationKeyValue, delegationLifeMillisecondsMax } from "../access/user-delegation.ts";
import { BlobError } from "../blob-error.ts";
import { element, wrap } from "./azure-xml.ts";
import type { BlobHandler } from "./blob-call.ts";
import { xmlResponse } from "./blob-responses.ts";
import { readText } from "./request-text.ts";

const keyInfoSizeBytesMax = 4 << 10;

/** Get User Delegation Key: what a client signs with that has a token and not the account's key. */
export const delegationHandlers = {
  async GetUserDelegationKey({ request, grant, account, serviceVersion, now }) {
    const tenantId = account.tenantId;
    if (grant.principalId === null || tenantId === null) {
      throw new BlobError("AuthenticationFailed", "Only a token gets a user delegation key.");
    }
    const times = readKeyInfo(await readText(request, keyInfoSizeBytesMax), now);
    const key = {
      principalId: grant.principalId,
      tenantId,
      ...times,
      service: "b",
      version: serviceVersion,
    };
    return xmlResponse(
      wrap(
        "UserDelegationKey",
        element("SignedOid", key.principalId) +
          element("SignedTid", key.tenantId) +
          element("SignedStart", key.start) +
          element("SignedExpiry", key.expiry) +
          element("SignedService", key.service) +
          element("SignedVersion", key.version) +
          element("Value", delegationKeyValue(account.keys[0], key)),
      ),
    );
  },
} satisfies Record<string, BlobHandler>;

function readKeyInfo(xml: string, now: number): { start: string; expiry: string } {
  if (xml.includes("<!"))
    throw new BlobError("InvalidXmlDocument", "Declarations are not allowed.");
  const { start, expiry } = readTimes(xml);
  const [from, to] = [parseSasTime(start), parseSasTime(expiry)];
  if (from === null || to === null || to <= from || to <= now) {
    throw new BlobError("InvalidXmlNodeValue", `Start "${start}", Expiry "${expiry}".`);
  }
  if (to - now > delegationLifeMillisecondsMax + 60_000) {
    throw new BlobError("InvalidXmlNodeValue", `Expiry "${expiry}" is more than 7 days away.`);
  }
  return { start, expiry };
}

function readTimes(xml: string): { start: string; expiry: string } {
  try {
    const parser = new XMLParser({ parseTagValue: false, processEntities: false });
    const parsed = parser.parse(xml, true) as { KeyInfo?: { Start?: unknown; Expiry?: unknown } };
    const text = (value: unknown): string => (typeof value === "string" ? value.slice(0, 40) : "");
    return { start: text(parsed.KeyInfo?.Start), expiry: text(parsed.KeyInfo?.Expiry) };
  } catch (cause) {
    throw new BlobError("InvalidXmlDocument", null, { cause });
  }
}

import { sign } from "./shared-key.ts";

/** Azure's limit: such a key lives a week at most. */
export const delegationLifeMillisecondsMax = 7 * 86_400_000;

/** What a user delegation key is bound to; a SAS repeats all of it. */
export interface DelegationKey {
  readonly principalId: string;
  readonly tenantId: string;
  /** ISO 8601, as in the SAS. */
  readonly start: string;
  readonly expiry: string;
  /** `b`: blobs. */
  readonly service: string;
  readonly version: string;
}

/** The key that a SAS says it was signed with; null for any other SAS. */
export function delegationKeyOf(query: ReadonlyMap<string, string>): DelegationKey | null {
  const principalId = query.get("skoid");
  if (principalId === undefined) return null;
  const value = (name: string): string => query.get(name) ?? "";
  return {
    principalId,
    tenantId: value("sktid"),
    start: value("skt"),
    expiry: value("ske"),
    service: value("sks"),
    version: value("skv"),
  };
}

/**
 * The secret of a user delegation key, base64: derived from the account's key and all that the key is
 * bound to, so that nothing is kept of it, and a rotated account key revokes it.
 */
export function delegationKeyValue(accountKey: string, key: DelegationKey): string {
  const { principalId, tenantId, start, expiry, service, version } = key;
  const bound = ["user delegation key", principalId, tenantId, start, expiry, service, version];
  return sign(accountKey, bound.join("\n"));
}

/** What a user delegation SAS signs ("Create a user delegation SAS"), by its version; null for unknown ones. */
export function delegatedSasStringToSign(
  query: ReadonlyMap<string, string>,
  resource: string,
): string | null {
  const value = (name: string): string => query.get(name) ?? "";
  const version = value("sv");
  if (!/^20[0-9]{2}-[0-9]{2}-[0-9]{2}$/.test(version) || version < "2018-11-09") return null;
  const lines = [value("sp"), value("st"), value("se"), resource];
  lines.push(...["skoid", "sktid", "skt", "ske", "sks", "skv"].map(value));
  if (version >= "2020-02-10") lines.push(value("saoid"), value("suoid"), value("scid"));
  if (version >= "2025-07-05") lines.push(value("skdutid"), value("sduoid"));
  lines.push(value("sip"), value("spr"), version, value("sr"), ""); // no snapshot
  if (version >= "2020-12-06") lines.push(value("ses"));
  if (version >= "2026-04-06") lines.push(value("srh"), value("srq"));
  lines.push(...["rscc", "rscd", "rsce", "rscl", "rsct"].map(value));
  return lines.join("\n");
}

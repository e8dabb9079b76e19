import type { ChangeAnswer } from "../../inspection/change/change-answer.ts";

/** What an answer knows of an address. */
export interface KnownOfAddress {
  /** Name, autonomous system, country; empty when nothing is. */
  detail: string;
  threat: string | null;
}

/** Of each address that the answer names. */
export function knownAddresses(change: ChangeAnswer | null): ReadonlyMap<string, KnownOfAddress> {
  const rows = change?.parts.flatMap((part) => part.rows) ?? [];
  const known = rows.flatMap(({ address, detail, threat }) =>
    address === null ? [] : [[address, { detail, threat }] as const],
  );
  // The row with the greatest share comes first, and has most to say.
  return new Map(known.toReversed());
}

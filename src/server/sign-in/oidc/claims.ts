const nameLengthMax = 64;
const groupCountMax = 2_000;

/** What somebody is called, of the first claim that says it; only characters that are seen. */
export function nameIn(claims: Readonly<Record<string, unknown>>, claim: string): string {
  for (const value of [claims[claim], claims["email"], claims["sub"]]) {
    if (typeof value !== "string") continue;
    const name = value.normalize("NFC").replaceAll(/\p{C}/gu, "").trim();
    if (name !== "") return Array.from(name).slice(0, nameLengthMax).join("");
  }
  return "unnamed";
}

/** The groups that a claim lists; one name alone is a list of one. */
export function groupsIn(claims: Readonly<Record<string, unknown>>, claim: string): Set<string> {
  const value = claims[claim];
  const list: unknown[] = Array.isArray(value) ? value.slice(0, groupCountMax) : [value];
  return new Set(list.filter((each) => typeof each === "string"));
}

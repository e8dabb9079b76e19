/** What stays of a capture's packets. */
export interface PrivacyPolicy {
  /** `headersOnly`: link, network and transport. `keepNames`: also DNS, and the hellos of TLS and QUIC. */
  kind: "headersOnly" | "keepNames";
  /** Addresses are mapped to others, by a key that does not leave the host. */
  pseudonymise: boolean;
}

/** What the policy does, as the file itself says it. */
export function privacyText({ kind, pseudonymise }: PrivacyPolicy): string {
  const kept =
    kind === "headersOnly"
      ? "headers only"
      : "headers, DNS messages and the hellos of TLS and QUIC only";
  return `Privacy policy ${kind}: ${kept}${pseudonymise ? "; addresses are pseudonyms" : ""}`;
}

/** A policy that takes out all that either of two does; null when neither does. */
export function tighterPolicy(
  one: PrivacyPolicy | null,
  other: PrivacyPolicy | null,
): PrivacyPolicy | null {
  if (!one || !other) return one ?? other;
  const isStrict = one.kind === "headersOnly" || other.kind === "headersOnly";
  return {
    kind: isStrict ? "headersOnly" : "keepNames",
    pseudonymise: one.pseudonymise || other.pseudonymise,
  };
}

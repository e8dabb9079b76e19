/** What stays of a capture's packets. */
export interface PrivacyPolicy {
  /** `headersOnly`: link, network and transport. `keepNames`: also DNS, and the hellos of TLS and QUIC. */
  kind: "headersOnly" | "keepNames";
  /** Addresses are mapped to others, by a key that does not leave the host. */
  pseudonymise: boolean;
  /** Of `keepNames`: the first line of HTTP requests stays too, without its query. */
  httpRequestLines?: boolean | undefined;
}

/** Of what a policy leaves: it grows when the same policy leaves something else of the same packets. */
export const privacyVersion = 1;

/** By which the comment of a file is known. */
export const privacyTextBegin = "Privacy policy ";

/** What the policy does, as the file itself says it. */
export function privacyText({ kind, pseudonymise, httpRequestLines }: PrivacyPolicy): string {
  const names = ["headers", "DNS messages", ...(httpRequestLines ? ["HTTP request lines"] : [])];
  const kept =
    kind === "headersOnly"
      ? "headers only"
      : `${names.join(", ")} and the hellos of TLS and QUIC only`;
  return `${privacyTextBegin}${kind}: ${kept}${pseudonymise ? "; addresses are pseudonyms" : ""}`;
}

/** A policy that takes out all that either of two does; null when neither does. */
export function tighterPolicy(
  one: PrivacyPolicy | null,
  other: PrivacyPolicy | null,
): PrivacyPolicy | null {
  if (!one || !other) return one ?? other;
  const isStrict = one.kind === "headersOnly" || other.kind === "headersOnly";
  const keepsLines = !isStrict && one.httpRequestLines && other.httpRequestLines;
  return {
    kind: isStrict ? "headersOnly" : "keepNames",
    pseudonymise: one.pseudonymise || other.pseudonymise,
    ...(keepsLines ? { httpRequestLines: true } : {}),
  };
}

/**
 * Audiences that Azure's clients ask for when they are not told another (measured): each means
 * this server, because their authority is this server.
 */
const azureAudiences: readonly string[] = [
  "https://management.azure.com",
  "https://management.core.windows.net",
  "https://storage.azure.com",
  "https://api.loganalytics.io",
];

/** Compared without slashes at the end: az asks for `BASE//.default`, JavaScript for `BASE/.default`. */
export const canonicalAudience = (audience: string): string =>
  audience.replace(/\/+$/, "").toLowerCase();

/** The audience that a `scope` or `resource` names; null when it is not one of ours. */
export function readAudience(
  { scope, resource }: { scope: string | null; resource: string | null },
  own: readonly string[],
): string | null {
  const first = scope?.split(" ").find((part) => /\/\.default$/i.test(part));
  const audience = first?.replace(/\/\.default$/i, "") ?? resource ?? null;
  return audience !== null && isAccepted(audience, own) ? audience : null;
}

/** True for an audience that this server answers to. */
export function isAccepted(audience: string, own: readonly string[]): boolean {
  return [...azureAudiences, ...own].some(
    (known) => canonicalAudience(known) === canonicalAudience(audience),
  );
}

/** What a token may be for. Azure keeps them apart: a token for storage does not open ARM. */
export type Service = "management" | "storage" | "logs";

/**
 * Audiences that Azure's clients ask for when they are not told another (measured): each means
 * this server, because their authority is this server.
 */
const azureAudiences: Readonly<Record<Service, readonly string[]>> = {
  management: [
    "https://management.azure.com/",
    "https://management.core.windows.net/",
    "https://metrics.monitor.azure.com/",
  ],
  storage: ["https://storage.azure.com/"],
  logs: ["https://api.loganalytics.io/"],
};

/** The audiences of one service; this server's own addresses are good for each. */
export const audiencesOf = (service: Service, own: readonly string[]): readonly string[] => [
  ...own,
  ...azureAudiences[service],
];

/** Compared without slashes at the end: az asks for `BASE//.default`, JavaScript for `BASE/.default`. */
const canonicalAudience = (audience: string): string => audience.replace(/\/+$/, "").toLowerCase();

/** True for an audience that `service` answers to. */
export function isAudienceOf(service: Service, audience: string, own: readonly string[]): boolean {
  return audiencesOf(service, own).some(
    (known) => canonicalAudience(known) === canonicalAudience(audience),
  );
}

/** A resource of ours, or why there is none: nothing was asked for, it is malformed, or another's. */
export type AskedAudience =
  | { audience: string; service: Service }
  | { problem: "missing" | "malformed" | "unknown"; asked: string };

/** The audience that `scope` (v2.0: one that ends in `/.default`) or `resource` (v1.0) names. */
export function readAudience(
  { scope, resource }: { scope: string | null; resource: string | null },
  own: readonly string[],
): AskedAudience {
  const asked = scope ?? resource ?? "";
  if (asked === "") return { problem: "missing", asked };
  const audience = scope === null ? asked : defaultScope(asked);
  if (audience === null) return { problem: "malformed", asked };
  const services: readonly Service[] = ["management", "storage", "logs"];
  const service = services.find((each) => isAudienceOf(each, audience, own));
  return service ? { audience, service } : { problem: "unknown", asked: audience };
}

function defaultScope(scope: string): string | null {
  const found = scope.split(" ").find((part) => /\/\.default$/i.test(part));
  return found?.replace(/\/\.default$/i, "") ?? null;
}

import type { TrafficData } from "./traffic-data.ts";

/** What the licences of the data want said wherever it is shown (CC BY 4.0, 3(a)). */
const attributions = {
  city: "IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0",
  asn: "Autonomous systems by RouteViews (https://www.routeviews.org), DB-IP (https://db-ip.com) and the NRO (https://www.nro.net), CC BY 4.0",
  country: "Countries by the NRO (https://www.nro.net), CC0",
} as const;

/** Those of the data that is in use. */
export function attributionsOf({ geography, autonomousSystems }: TrafficData): readonly string[] {
  const uses = (name: string): boolean =>
    geography?.versions.some((version) => version.startsWith(`${name} `)) ?? false;
  return [
    ...(uses("country") ? [attributions.country] : []),
    ...(uses("city") ? [attributions.city] : []),
    ...(autonomousSystems ? [attributions.asn] : []),
  ];
}

/** Views that are rows and nothing else, by the part of the page that they are in. */
export const listParts: Readonly<Record<string, readonly string[]>> = {
  distribution: [
    "distribution-ips",
    "distribution-conversations",
    "distribution-hosts",
    "distribution-subnets",
    "distribution-virtual-networks",
    "distribution-scale-sets",
  ],
  rules: ["rule-groups", "rule-hits", "rules-never-hit"],
  ports: ["port-ranges", "ports", "l7-protocols"],
  gateways: ["gateways", "gateway-connections"],
  environment: [
    "environment-regions",
    "environment-virtual-networks",
    "environment-subnets",
    "internet-connections",
    "internet-ports",
    "internet-machines",
  ],
  addresses: ["public-ips"],
};

export const partNames = [
  "overview",
  "map",
  "topology",
  "distribution",
  "rules",
  "ports",
  "gateways",
  "environment",
  "addresses",
] as const;

const otherParts: Readonly<Record<string, string>> = {
  "geo-countries": "map",
  "geo-cities": "map",
  "top-pairs": "overview",
  "blocked-rules": "overview",
  "rule-trend": "rules",
  "port-trend": "ports",
  "gateway-utilisation": "gateways",
  "public-ip-counts": "addresses",
  environment: "environment",
};

/** Where a view is shown; null for one that this page does not show. */
export const partOf = (view: string): string | null =>
  otherParts[view] ??
  Object.entries(listParts).find(([, views]) => views.includes(view))?.[0] ??
  null;

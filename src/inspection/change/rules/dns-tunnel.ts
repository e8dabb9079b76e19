import { plural, formatShare } from "../../summary/units.ts";
import { visible } from "../../summary/safe-text.ts";
import type { FlowChange } from "../flow-changes.ts";
import type { Candidate, Scene } from "../scene.ts";
import {
  tunnelLongShareMin,
  tunnelNewShareMin,
  tunnelQueryCountMin,
  tunnelQueryShareMin,
} from "../thresholds.ts";

const dnsPort = 53;

const isDns = ({ protocol, serverPort }: FlowChange): boolean =>
  protocol === "dns" || serverPort === dnsPort;

/** Many long names, new each time, under one domain: the names carry the data. */
export function dnsTunnel({ domains, queries }: Scene): Candidate | null {
  const use = domains.find(
    (one) =>
      one.queries >= tunnelQueryCountMin &&
      one.newNames >= tunnelNewShareMin * one.queries &&
      one.longNames >= tunnelLongShareMin * one.newNames &&
      one.queries >= tunnelQueryShareMin * queries,
  );
  if (!use) return null;
  const domain = visible(use.domain);
  const mean = Math.round(use.prefixLength / use.queries);
  return {
    kind: "dnsTunnel",
    confidence: {
      level: "likely",
      reason: `${formatShare(use.newNames, use.queries)} of the questions under one domain have names that were not asked before, and most have labels too long for a host's name`,
    },
    matches: isDns,
    title: `a tunnel through DNS under ${domain}`,
    says: `This looks like a tunnel through DNS: ${plural(use.queries, "question")} under ${domain} (${plural(use.queriesBefore, "question")} before), ${plural(use.newNames, "different name")}, ${mean} characters before the domain on average.`,
    facts: {
      domain,
      queries: use.queries,
      queriesBefore: use.queriesBefore,
      differentNames: use.newNames,
      meanPrefixLength: mean,
    },
    displayFilter: /^[a-z0-9._-]+$/.test(use.domain)
      ? `dns.qry.name contains "${use.domain}"`
      : "dns",
  };
}

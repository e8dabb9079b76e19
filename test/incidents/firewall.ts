import type { TestBed } from "../bed/bed.ts";
import type { HostName } from "../bed/names.ts";

/** What becomes of packets that match, by nftables: a rule of the host's own, for packets to it. */
async function ruleAt(
  bed: TestBed,
  host: HostName,
  { hook, rule }: { hook: "input" | "forward"; rule: string },
): Promise<void> {
  const ruleset = `table ip incident {
    chain ${hook} {
      type filter hook ${hook} priority 0;
      ${rule}
    }
  }`;
  const { code, stderr } = await bed.exec(host, "nft", ["-f", "-"], { input: `${ruleset}\n` });
  if (code !== 0) throw new Error(`nft: ${stderr.trim()}`);
}

export const dropAt = (bed: TestBed, host: HostName, match: string): Promise<void> =>
  ruleAt(bed, host, { hook: "input", rule: `${match} drop` });

/** Drops, and tells a flow meter of it. */
export const denyLoggedAt = (bed: TestBed, host: HostName, match: string): Promise<void> =>
  ruleAt(bed, host, {
    hook: "input",
    rule: `${match} log prefix "nc:i:300:DenyIncident" group 75 snaplen 96
      ${match} drop`,
  });

export const rejectAt = (bed: TestBed, host: HostName, match: string): Promise<void> =>
  ruleAt(bed, host, { hook: "input", rule: `${match} reject with tcp reset` });

/** Loses one packet in so many of those that are forwarded: the path is lossy, the ends are not. */
export const loseOneIn = (bed: TestBed, count: number, match: string): Promise<void> =>
  ruleAt(bed, "router", {
    hook: "forward",
    rule: `${match} numgen random mod ${count} == 0 drop`,
  });

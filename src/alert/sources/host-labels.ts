import { isIP } from "node:net";
import { z } from "zod";
import type { AlertHosts } from "../incoming-alert.ts";

const labelNameLengthMax = 256;
const patternLengthMax = 512;
const labelCountMax = 64;
/** A pattern reads no more of a label than this: names have at most 253 characters. */
const valueLengthMax = 2_048;

/** A label that may name the host; with a pattern, its first group is the name, else the whole value without a port. */
export interface HostLabel {
  label: string;
  pattern?: string;
}

const labelName = z.string().min(1).max(labelNameLengthMax);

/** Tried in order: names come before addresses, because an address may be another one's tomorrow. */
export const usualHostLabels: readonly HostLabel[] = [
  "resource_id",
  "nodename",
  "node",
  "hostname",
  "host",
  "host_name",
  "instance",
  "ip",
  "ip_address",
].map((label) => ({ label }));

export const hostLabelSettings = z
  .array(
    z.union([
      labelName.transform((label): HostLabel => ({ label })),
      z.strictObject({
        label: labelName,
        pattern: z
          .string()
          .max(patternLengthMax)
          .refine(isPattern, "a regular expression with one group, the host's name, expected"),
      }),
    ]),
  )
  .max(labelCountMax)
  .default([...usualHostLabels]);

function isPattern(text: string): boolean {
  try {
    return (new RegExp(`${text}|`).exec("")?.length ?? 0) > 1;
  } catch {
    return false;
  }
}

/** The hosts that labels name, each once, in the order of the settings. */
export function hostsOfLabels(
  labels: Readonly<Record<string, string>>,
  hostLabels: readonly HostLabel[],
): AlertHosts {
  const names = hostLabels.flatMap(({ label, pattern }) => {
    const value = labels[label]?.trim();
    if (value === undefined || value === "" || value.length > valueLengthMax) return [];
    const name = pattern === undefined ? hostOf(value) : new RegExp(pattern).exec(value)?.[1];
    return name === undefined || name === "" ? [] : [name];
  });
  return { pick: "first", names: [...new Set(names)] };
}

/**
 * The host of `10.0.0.4:9100`, `[2001:db8::1]:9100`, `web-1:9100` and `http://web-1:9100/metrics`, the forms of Prometheus'
 * `instance`; resource ids and what is a host already stay as they are.
 */
export function hostOf(value: string): string {
  if (value.startsWith("/") || isIP(value) !== 0) return value;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return hostOfUrl(value);
  const bracketed = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(value)?.[1];
  if (bracketed !== undefined) return bracketed;
  return /^([^:]+):\d{1,5}$/.exec(value)?.[1] ?? value;
}

function hostOfUrl(value: string): string {
  // Only http and https have their host read by rule; other schemes are read as if they were one of them.
  const url = URL.parse(value.replace(/^[a-z][a-z0-9+.-]*:/i, "http:"));
  return (url?.hostname ?? value).replace(/^\[(.*)\]$/, "$1");
}

import type { ReportDocument } from "../../../../report/document.ts";

/** An address that the answer or a finding names, and what is known of it. */
export interface Culprit {
  address: string;
  /** As a block takes it: `443/tcp`; null: all of its traffic. */
  port: string | null;
  detail: string;
}

const culpritCountMax = 12;

/** What the answer blames, the greatest share first, then what findings would stop. */
export function culpritsOf(report: ReportDocument | undefined): Culprit[] {
  if (!report) return [];
  const blamed = report.change?.parts.find(({ by }) => by === "destination")?.rows ?? [];
  const fromAnswer = blamed.flatMap(({ address, name, detail, process }): Culprit[] =>
    address === null
      ? []
      : [{ address, port: portOf(name), detail: [detail, process].filter(Boolean).join(" · ") }],
  );
  const fromFindings = report.findings.flatMap(({ remedies, title }) =>
    remedies
      .flatMap(({ targets = [] }) => targets)
      .map(({ address, port }): Culprit => ({ address, port, detail: title })),
  );
  const all = [...fromAnswer, ...fromFindings];
  const byPlace = new Map(all.toReversed().map((each) => [placeOf(each), each]));
  return all.filter((each) => byPlace.get(placeOf(each)) === each).slice(0, culpritCountMax);
}

export const placeOf = ({ address, port }: Pick<Culprit, "address" | "port">): string =>
  `${address} ${port ?? ""}`.trim();

/** `198.51.100.80:80` and `[2001:db8::1]:443` name the port; which transport has it is left to the host. */
function portOf(name: string): string | null {
  const port = /:(\d{1,5})$/.exec(name)?.[1];
  const isPlain = name.startsWith("[") || (name.match(/:/g) ?? []).length === 1;
  return port !== undefined && isPlain ? `${port}/tcp` : null;
}

/** What the capture has of an address: what a block would cut. */
export interface Cut {
  peer: string;
  bytes: number;
  frames: number;
  processes: readonly string[];
}

/** Traffic of the capture with this address; of a network nothing is said. */
export function cutsOf(report: ReportDocument | undefined, address: string): Cut[] {
  const talks = report?.conversations.items ?? [];
  return talks
    .filter(({ a, b }) => a === address || b === address)
    .map(({ a, b, bytes, frames, processes = [] }) => ({
      peer: a === address ? b : a,
      bytes,
      frames,
      processes,
    }));
}

import { visible } from "../summary/safe-text.ts";
import type { FlowChanges } from "./flow-changes.ts";
import type { FlowSample } from "./groups.ts";
import type { OwnerIndex } from "./owner-index.ts";
import { ownerText } from "./owner-text.ts";
import type { SocketOwner } from "./socket-owner.ts";

/** Flows whose owner is looked for; a flood has a million flows and one owner. */
const lookupCountMax = 100_000;

/** Whose the flows are. */
export interface Owners {
  /** False when nobody can be asked. */
  readonly areKnown: boolean;
  /** Flows asked about that have no owner, and flows that were not asked about. */
  readonly unknown: number;
  readonly notAsked: number;
  readonly asked: number;
  ownerOf(flow: FlowSample): SocketOwner | null;
  /** The same for all flows of one process. */
  keyOf(flow: FlowSample): string;
  textOf(flow: FlowSample): { name: string; detail: string };
}

export function createOwners(
  index: Pick<OwnerIndex, "find"> | null,
  changes: Pick<FlowChanges, "text">,
  moment: number,
): Owners {
  const counts = { asked: 0, unknown: 0, notAsked: 0 };
  const ownerOf = (flow: FlowSample): SocketOwner | null => {
    if (!index || flow.transport === "other") return null;
    const found = index.find({
      protocol: flow.transport,
      a: { address: changes.text(flow.local), port: flow.localPort },
      b: { address: changes.text(flow.remote), port: flow.remotePort },
      firstTime: moment + flow.first,
      lastTime: moment + flow.last,
    });
    return found && found.owner;
  };
  return {
    areKnown: index !== null,
    get asked() {
      return counts.asked;
    },
    get unknown() {
      return counts.unknown;
    },
    get notAsked() {
      return counts.notAsked;
    },
    ownerOf,
    keyOf(flow) {
      if (counts.asked >= lookupCountMax) {
        counts.notAsked++;
        return "";
      }
      counts.asked++;
      const owner = ownerOf(flow);
      if (!owner) counts.unknown++;
      return owner ? `${owner.pid} ${owner.executable} ${owner.unit} ${owner.container}` : "";
    },
    textOf(flow) {
      const owner = ownerOf(flow);
      return {
        name: owner ? ownerText(owner) : "not known",
        detail: visible(owner?.commandLine ?? ""),
      };
    },
  };
}

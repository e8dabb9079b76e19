import type { TFunction } from "i18next";
import type { PacketRow } from "../../../inspection/browse/packet-book.ts";
import type { Action } from "../../parts/action-menu.tsx";
import { type Joining, joinFilters } from "../filter/join-filters.ts";
import type { TreeNode } from "./tree-nodes.ts";

/** What actions on packets do. */
export interface Acts {
  filter: string;
  apply: (filter: string) => void;
  follow: (stream: string) => void;
}

const joinings: readonly Joining[] = ["only", "and", "andNot"];

function filterActions(t: TFunction, condition: string, { filter, apply }: Acts): Action[] {
  const kinds = filter.trim() === "" ? joinings.filter((kind) => kind !== "and") : joinings;
  return kinds.map((joining) => ({
    words: t(`packets.join.${joining}`),
    detail: joinFilters(filter, condition, joining),
    act: () => apply(joinFilters(filter, condition, joining)),
  }));
}

const copyAction = (words: string, text: string): Action => ({
  words,
  act: () => void navigator.clipboard.writeText(text),
});

function followActions(t: TFunction, { stream }: PacketRow, { follow }: Acts): Action[] {
  if (!stream) return [];
  const name = `${stream.protocol}.${stream.stream}`;
  return [{ words: t("packets.follow"), act: () => follow(name) }];
}

/** Of a field or a layer of a packet. */
export function nodeActions(t: TFunction, node: TreeNode, row: PacketRow, acts: Acts): Action[] {
  const { field, layer } = node;
  const condition = field ? field.filter : layer.protocol;
  return [
    ...(condition === null ? [] : filterActions(t, condition, acts)),
    ...(field ? [copyAction(t("packets.copyValue"), field.value)] : []),
    ...(field ? [copyAction(t("packets.copyName"), field.name)] : []),
    ...followActions(t, row, acts),
  ];
}

/** Of a packet of the list. */
export function rowActions(t: TFunction, row: PacketRow, acts: Acts): Action[] {
  const { source, destination, stream } = row;
  const address = addressField(source);
  const conversation =
    address === null ? null : `${address} == ${source} && ${address} == ${destination}`;
  return [
    ...followActions(t, row, acts),
    ...(stream
      ? [askAction(t("packets.onlyStream"), `${stream.protocol}.stream == ${stream.stream}`, acts)]
      : []),
    ...(conversation === null ? [] : [askAction(t("packets.onlyPair"), conversation, acts)]),
    ...(address === null
      ? []
      : [askAction(t("packets.onlySource"), `${address} == ${source}`, acts)]),
    copyAction(t("packets.copyInfo"), row.info),
  ];
}

const askAction = (words: string, filter: string, { apply }: Acts): Action => ({
  words,
  detail: filter,
  act: () => apply(filter),
});

/** The field that has an address on either side. */
function addressField(address: string): string | null {
  if (/^\d+(?:\.\d+){3}$/.test(address)) return "ip.addr";
  if (/^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(address)) return "eth.addr";
  return /^[0-9a-f]*(?::[0-9a-f]*){2,7}$/.test(address) ? "ipv6.addr" : null;
}

import type { LongLists, PassResult } from "./capture-pass.ts";
import { JsonBytes } from "./json-bytes.ts";

/**
 * An inspection as a line of JSON, after other members of its object, in pieces. Each piece is valid until
 * the next is asked for.
 */
export function* inspectionJson(
  { brief, lists }: PassResult,
  firstMembers: Readonly<Record<string, unknown>>,
): Generator<Uint8Array> {
  const out = new JsonBytes();
  const { file, protocolHierarchy, ...rest } = brief;
  const members = Object.entries({ ...firstMembers, file, protocolHierarchy });
  yield* out.anyText(`{${members.map(([name, value]) => member(name, value)).join(",")}`);
  yield* out.anyText(',"tcpStreams":[');
  yield* lists.tcpStreams.json(out);
  yield* destinationsJson(lists.destinations, out);
  yield* conversationsJson(lists.conversations, out);
  // One after the other: together they are a text of many megabytes.
  for (const [name, value] of Object.entries(rest)) yield* out.anyText(`,${member(name, value)}`);
  yield* out.anyText("}\n");
  yield out.take();
}

const member = (name: string, value: unknown): string => `"${name}":${JSON.stringify(value)}`;

function* destinationsJson(
  { ipv4, ipv6 }: LongLists["destinations"],
  out: JsonBytes,
): Generator<Uint8Array> {
  yield* out.anyText('],"destinations":{"ipv4":{');
  yield* ipv4.json(out);
  yield* out.anyText('},"ipv6":{');
  yield* ipv6.json(out);
  yield* out.anyText("}}");
}

function* conversationsJson(
  { ipv4, ipv6 }: LongLists["conversations"],
  out: JsonBytes,
): Generator<Uint8Array> {
  yield* out.anyText(',"conversations":{"ipv4":[');
  yield* ipv4.json(out);
  yield* out.anyText('],"ipv6":[');
  yield* ipv6.json(out);
  yield* out.anyText("]}");
}

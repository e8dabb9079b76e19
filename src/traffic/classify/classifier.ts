import { wordsPerAddress } from "../../flowlog/address-words.ts";
import { type FlowBatch, flowDirections } from "../../flowlog/flow-batch.ts";
import type { ClassifiedFlows } from "../classified-flows.ts";
import { dataVersionOf, type TrafficData } from "../traffic-data.ts";
import { Memory } from "./memory.ts";

export type Classifier = (batch: FlowBatch) => ClassifiedFlows;

export interface ClassifierOptions {
  /** Addresses and verdicts kept from batch to batch; with more, all are thrown away before the next one. */
  readonly rememberedCountMax?: number;
  /** For the places of addresses in memory. */
  readonly seed?: number;
}

/** An address is some 400 B with its names. */
const defaultRememberedCountMax = 200_000;

/** Classes every row of a batch by one state of the data; the batch is only read. */
export function createClassifier(data: TrafficData, options: ClassifierOptions = {}): Classifier {
  const rememberedCountMax = options.rememberedCountMax ?? defaultRememberedCountMax;
  const seed = options.seed ?? Math.trunc(Math.random() * 2 ** 31);
  const dataVersion = dataVersionOf(data);
  let memory = new Memory(data, seed);
  return (batch) => {
    if (memory.size > rememberedCountMax || memory.isCrowded) memory = new Memory(data, seed);
    memory.endpointNumbers.begin();
    memory.verdictNumbers.begin();
    const columns = createColumns(batch.length);
    fillColumns(batch, memory, columns, scopesOf(batch, data, memory));
    fillProtocols(batch, data, columns.l7Protocol);
    return {
      ...columns,
      endpoints: memory.endpointNumbers.used(),
      verdicts: memory.verdictNumbers.used(),
      l7Protocols: data.serviceNames.names,
      dataVersion,
    };
  };
}

type Columns = Pick<ClassifiedFlows, "source" | "destination" | "verdict" | "l7Protocol">;

function createColumns(length: number): Columns {
  return {
    source: new Uint32Array(length),
    destination: new Uint32Array(length),
    verdict: new Uint32Array(length),
    l7Protocol: new Uint32Array(length),
  };
}

/** By origin: the scope of its addresses, and that of those on the side that it logs. */
interface Scopes {
  readonly all: Uint32Array;
  readonly logged: Uint32Array;
}

function scopesOf(
  { origins }: FlowBatch,
  { topology, mapLoggedSide }: TrafficData,
  memory: Memory,
): Scopes {
  const isOne = topology.scopes.length === 1;
  const all = Uint32Array.from(origins, (origin) => (isOne ? 0 : topology.scopeOf(origin)));
  if (!mapLoggedSide) return { all, logged: all };
  const logged = Uint32Array.from(origins, ({ targetId }, index) =>
    memory.loggedScope(targetId, all[index] ?? 0),
  );
  return { all, logged };
}

const outbound = flowDirections.indexOf("Outbound");

function fillColumns(batch: FlowBatch, memory: Memory, columns: Columns, scopes: Scopes): void {
  const { endpointNumbers, verdictNumbers } = memory;
  for (let row = 0; row < batch.length; row++) {
    const origin = batch.origin[row] ?? 0;
    const scope = scopes.all[origin] ?? 0;
    const logged = scopes.logged[origin] ?? 0;
    const isOutbound = batch.direction[row] === outbound;
    const [at, from, to] = [
      row * wordsPerAddress,
      isOutbound ? logged : scope,
      isOutbound ? scope : logged,
    ];
    const source = memory.endpoint(batch.source, at, from);
    const destination = memory.endpoint(batch.destination, at, to);
    columns.source[row] = endpointNumbers.number(source);
    columns.destination[row] = endpointNumbers.number(destination);
    columns.verdict[row] = verdictNumbers.number(memory.verdict(source, destination));
  }
}

function fillProtocols(
  { protocol, destinationPort, length }: FlowBatch,
  { serviceNames }: TrafficData,
  l7Protocol: Uint32Array,
): void {
  const { tables } = serviceNames;
  for (let row = 0; row < length; row++)
    l7Protocol[row] = tables[protocol[row] ?? 0]?.[destinationPort[row] ?? 0] ?? 0;
}

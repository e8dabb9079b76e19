import { createAddressWords } from "../../flowlog/address-words.ts";
import type { Endpoint, FlowVerdict } from "../classified-flows.ts";
import { formatAddress } from "../../flowlog/address-text.ts";
import { type LoggedSide, loggedSideOf } from "../topology/logged-side.ts";
import type { TrafficData } from "../traffic-data.ts";
import { BatchNumbers } from "./batch-numbers.ts";
import { describeAddress } from "./endpoint.ts";
import { decideFlowType } from "./flow-type.ts";
import type { Standing } from "./standing.ts";
import { WordIndex } from "./word-index.ts";

/** The addresses of one scope: their numbers in it, and by those the numbers of their endpoints. */
interface ScopeAddresses {
  readonly index: WordIndex;
  readonly endpoints: number[];
}

/** Targets of flow logs whose logged addresses are kept apart; with more, all is thrown away before the next batch. */
const loggedCountMax = 1_000;

/** A scope in which each address is the side that a flow log logs. */
interface LoggedScope {
  readonly scope: number;
  readonly side: LoggedSide;
}

/** What was found out about addresses and pairs of them, for all batches until it is thrown away. */
export class Memory {
  readonly #data: TrafficData;
  readonly #seed: number;
  readonly #scopes: ScopeAddresses[] = [];
  /** By their numbers, which follow those of the topology's scopes. */
  readonly #loggedScopes: LoggedScope[] = [];
  readonly #loggedNumbers = new Map<string, number>();
  readonly #endpoints: Endpoint[] = [];
  /** By endpoint, the number of its standing. */
  readonly #standingOf: number[] = [];
  readonly #standings: Standing[] = [];
  readonly #standingNumbers = new Map<string, number>();
  readonly #verdicts: FlowVerdict[] = [];
  readonly #pairs: WordIndex;
  readonly #pair = createAddressWords(1);
  readonly endpointNumbers = new BatchNumbers(this.#endpoints);
  readonly verdictNumbers = new BatchNumbers(this.#verdicts);

  constructor(data: TrafficData, seed: number) {
    this.#data = data;
    this.#seed = seed;
    this.#pairs = new WordIndex(seed);
  }

  /** Things that are kept: what the bound is on. */
  get size(): number {
    return this.#endpoints.length + this.#verdicts.length + this.#standings.length;
  }

  /** Whether more targets may come than are kept apart. */
  get isCrowded(): boolean {
    return this.#loggedScopes.length >= loggedCountMax;
  }

  /** The scope of the side that is logged for `targetId`; `scope` itself where that says nothing. */
  loggedScope(targetId: string, scope: number): number {
    const key = `${scope} ${targetId}`;
    const known = this.#loggedNumbers.get(key);
    if (known !== undefined) return known;
    const side = this.isCrowded ? null : loggedSideOf(targetId);
    if (!side) return scope;
    const number = this.#data.topology.scopes.length + this.#loggedScopes.length;
    this.#loggedScopes.push({ scope, side });
    this.#loggedNumbers.set(key, number);
    return number;
  }

  /** The number of the endpoint at `at`. */
  endpoint(words: Uint32Array, at: number, scope: number): number {
    const known = this.#scopes[scope] ?? this.#addScope(scope);
    const number = known.index.find(words, at);
    if (number >= 0) return known.endpoints[number] ?? 0;
    const logged = this.#loggedScopes[scope - this.#data.topology.scopes.length];
    const isPlaced = logged && this.#data.topology.placeAt(words, at, logged.scope) !== null;
    const endpoint = isPlaced
      ? this.endpoint(words, at, logged.scope)
      : this.#describe(words, at, logged ?? { scope, side: null });
    known.index.add(words, at);
    known.endpoints.push(endpoint);
    return endpoint;
  }

  /** The number of the verdict on two endpoints. */
  verdict(source: number, destination: number): number {
    const pair = this.#pair;
    pair[0] = this.#standingOf[source] ?? 0;
    pair[3] = this.#standingOf[destination] ?? 0;
    const number = this.#pairs.find(pair, 0);
    return number >= 0 ? number : this.#decide(pair);
  }

  #addScope(scope: number): ScopeAddresses {
    const added = { index: new WordIndex(this.#seed), endpoints: [] };
    this.#scopes[scope] = added;
    return added;
  }

  #describe(
    words: Uint32Array,
    at: number,
    { scope, side }: { readonly scope: number; readonly side: LoggedSide | null },
  ): number {
    const address = formatAddress(words, at);
    const where = { words, at, scope, address, logged: side };
    const { endpoint, standing } = describeAddress(this.#data, where);
    const key = [standing, standing.otherwise]
      .map((each) => `${each?.kind} ${each?.words}`)
      .join("; ");
    let number = this.#standingNumbers.get(key);
    if (number === undefined) {
      number = this.#standings.push(standing) - 1;
      this.#standingNumbers.set(key, number);
    }
    this.#standingOf.push(number);
    return this.#endpoints.push(endpoint) - 1;
  }

  #decide(pair: Uint32Array): number {
    const source = this.#standings[pair[0] ?? 0];
    const destination = this.#standings[pair[3] ?? 0];
    if (!source || !destination) throw new RangeError("no such standing");
    this.#pairs.add(pair, 0);
    return this.#verdicts.push(decideFlowType(source, destination)) - 1;
  }
}

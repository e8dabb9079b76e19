// Which packets pass a display filter, found by a pass that goes on between questions.
import { compileFilter, type Filter } from "../filter/filter.ts";
import { PacketFacts } from "../packet-facts.ts";
import { trackerFor } from "../packets.ts";
import { visitPackets, type CaptureSource } from "../packet-pass.ts";
import { GrowingNumbers } from "./growing-numbers.ts";
import type { Pass, Passes } from "./passes.ts";
import type { RowNotes } from "./row-notes.ts";

/** Filters whose matches are kept, and matches of all of them: 4 bytes each. */
const filterCountMax = 8;
const matchCountMax = 64_000_000;
/** Passes that are under way, each with what it knows of all streams; others wait. */
const runningCountMax = 3;
/** A pass that nobody asks about any more ends; sooner where another waits for its place. */
const abandonedMilliseconds = 15_000;
const silentMilliseconds = 2_000;

/** What is known of a filter so far. */
export interface FilterMatches {
  /** Places of packets, in their order. */
  readonly places: GrowingNumbers;
  /** Packets that were looked at, as a share of two passes where the filter needs two. */
  scannedCount: number;
  isComplete: boolean;
  problem: string | null;
  /** Resolves between two pieces of the pass, and at its end. */
  changed: PromiseWithResolvers<void>;
}

interface FilterPass extends FilterMatches, Pass {
  readonly filter: Filter;
  readonly stop: AbortController;
  askedMilliseconds: number;
}

export interface FilterPassesOptions {
  passes: Passes;
  notes: RowNotes;
  /** The file from its beginning, at the pass's turns. */
  sourceOf(pass: Pass, signal: AbortSignal): CaptureSource;
  nowMilliseconds(): number;
}

export class FilterPasses {
  readonly #options: FilterPassesOptions;
  readonly #passes = new Map<string, FilterPass>();
  readonly #running = new Set<FilterPass>();
  #asked = 0;

  constructor(options: FilterPassesOptions) {
    this.#options = options;
  }

  /** What is known; the pass begins with the first question. Raises FilterError. */
  ask(text: string): FilterMatches {
    const key = text.trim();
    const pass = this.#passes.get(key) ?? this.#start(key);
    pass.priority = ++this.#asked;
    pass.askedMilliseconds = this.#options.nowMilliseconds();
    // The one asked last is the last to go.
    this.#passes.delete(key);
    this.#passes.set(key, pass);
    this.#options.passes.wake();
    return pass;
  }

  close(): void {
    for (const { stop } of this.#passes.values()) stop.abort();
    this.#passes.clear();
    this.#options.passes.wake();
  }

  #start(key: string): FilterPass {
    const pass: FilterPass = {
      filter: compileFilter(key),
      places: new GrowingNumbers(),
      scannedCount: 0,
      isComplete: false,
      problem: null,
      priority: 0,
      stop: new AbortController(),
      askedMilliseconds: this.#options.nowMilliseconds(),
      changed: Promise.withResolvers(),
    };
    this.#passes.set(key, pass);
    this.#forgetOldest();
    this.#run(pass)
      .catch((error: unknown) => this.#fail(key, pass, error))
      .finally(() => tell(pass));
    return pass;
  }

  async #run(pass: FilterPass): Promise<void> {
    while (this.#running.size >= runningCountMax) await this.#awaitRoom(pass);
    this.#running.add(pass);
    try {
      await this.#options.passes.run(pass, () => this.#scan(pass));
    } finally {
      this.#running.delete(pass);
    }
  }

  async #awaitRoom({ stop }: FilterPass): Promise<void> {
    for (const running of this.#running)
      if (this.#silence(running) > silentMilliseconds)
        running.stop.abort(new Error("another filter was asked"));
    this.#options.passes.wake();
    await Promise.race(Array.from(this.#running, ({ changed }) => changed.promise));
    stop.signal.throwIfAborted();
  }

  #silence({ askedMilliseconds }: FilterPass): number {
    return this.#options.nowMilliseconds() - askedMilliseconds;
  }

  /** One that was ended is begun anew when it is asked for again; what failed says why until then. */
  #fail(key: string, pass: FilterPass, error: unknown): void {
    pass.problem = error instanceof Error ? error.message : String(error);
    pass.isComplete = !pass.stop.signal.aborted;
    if (this.#passes.get(key) === pass && pass.stop.signal.aborted) this.#passes.delete(key);
  }

  async #scan(pass: FilterPass): Promise<void> {
    const { notes } = this.#options;
    const { filter, places } = pass;
    const { signal } = pass.stop;
    const share = PacketFacts.looksAhead(filter.names) ? 2 : 1;
    let first = 0;
    const source = this.#options.sourceOf(pass, signal);
    const counted: CaptureSource = () => this.#watched(source(), pass);
    const tracker = await trackerFor(counted, filter.names, signal, () => {
      if (share === 2) pass.scannedCount = Math.floor(++first / 2);
    });
    await visitPackets(
      counted,
      {
        visit: (subject) => {
          notes.note(subject);
          tracker.add(subject.frame, subject.packet.time);
          const { number } = subject.packet;
          pass.scannedCount = share === 1 ? number : Math.floor((first + number) / 2);
          if (filter.matches(subject)) places.push(number - 1);
          return true;
        },
      },
      signal,
    );
    pass.isComplete = true;
  }

  /** Between two chunks whoever waits is told, and a pass that nobody asks about ends. */
  async *#watched(
    chunks: AsyncIterable<Uint8Array>,
    pass: FilterPass,
  ): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of chunks) {
      yield chunk;
      tell(pass);
      if (this.#silence(pass) > abandonedMilliseconds)
        pass.stop.abort(new Error("nobody asked any more"));
    }
  }

  /** Those that somebody waits for stay: they are no more than questions. */
  #forgetOldest(): void {
    const matchCount = (): number =>
      [...this.#passes.values()].reduce((sum, { places }) => sum + places.length, 0);
    for (const [key, pass] of this.#passes) {
      if (this.#passes.size <= filterCountMax && matchCount() <= matchCountMax) return;
      if (!pass.isComplete && this.#silence(pass) <= silentMilliseconds) continue;
      pass.stop.abort(new Error("too many filters were asked"));
      this.#passes.delete(key);
    }
  }
}

function tell(pass: FilterPass): void {
  pass.changed.resolve();
  pass.changed = Promise.withResolvers();
}

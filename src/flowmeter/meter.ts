import { describeError, NightcapError } from "../common/errors.ts";
import { type Closable, startLoop } from "../common/lifecycle.ts";
import type { Log } from "../common/log.ts";
import { newCounters } from "./counters.ts";
import { type Engine, startEngine } from "./engine.ts";
import type { EngineReport, FlowMeterHealth, FlowMeterProblem } from "./health.ts";
import type { EngineStart, FromEngine, RuleMarks } from "./messages.ts";
import { installTable, readRuleMarks, removeTable } from "./nft.ts";
import type { MeterRecord } from "./records.ts";
import type { FlowLogTarget, FlowMeterSettings } from "./settings.ts";
import type { ToldChange } from "./told-flow.ts";

/** How often nft's rules are read again when nothing asks for it. */
const ruleIntervalMilliseconds = 60_000;

export interface FlowMeterOptions {
  settings: FlowMeterSettings;
  /** Name under /run/netns; null: the caller's own. */
  networkNamespace: string | null;
  /** What to log; may change later. */
  targets: readonly FlowLogTarget[];
  /**
   * Takes records. Until it resolves no more are given: the meter goes on adding up, within its bounds.
   * What it rejects with is logged, and the records are gone. `told` is to be kept with them, for the next meter.
   */
  onRecords: (records: readonly MeterRecord[], told: ToldChange | null) => Promise<void>;
  /** What an earlier meter gave to be kept, one after the other from the last whole one on; null: nothing. */
  told: Uint8Array | null;
  onHealth: (health: FlowMeterHealth) => void;
  log: Log;
}

type RecordsMessage = Extract<FromEngine, { kind: "records" }>;

export interface FlowMeter extends Closable {
  setTargets(targets: readonly FlowLogTarget[]): void;
  health(): FlowMeterHealth;
  /** Rejects when the engine ends by itself. */
  readonly ended: Promise<void>;
}

/** Starts to meter; rejects with `FlowMeterFailed` or `ToolMissing` that says what stands in its way. */
export async function startFlowMeter(options: FlowMeterOptions): Promise<FlowMeter> {
  const { settings } = options;
  if (settings.engine !== "auto") return startWith(options, settings.engine, []);
  try {
    return await startWith(options, "conntrack", []);
  } catch (error) {
    // Somebody else meters here: the same flows would be logged twice.
    if (error instanceof NightcapError && error.code === "Conflict") throw error;
    const problem = {
      what: `flows are made from packets, without decisions and rules: ${describeError(error)}`,
      remedy: "run the agent as root on a kernel with conntrack, and see that it is the only one",
    };
    return startWith(options, "packets", [problem]);
  }
}

async function startWith(
  options: FlowMeterOptions,
  engine: EngineStart["engine"],
  problems: readonly FlowMeterProblem[],
): Promise<FlowMeter> {
  const meter = new Meter(options, engine, problems);
  await meter.start();
  return meter;
}

class Meter implements FlowMeter {
  readonly #options: FlowMeterOptions;
  readonly #engineName: EngineStart["engine"];
  readonly #startProblems: readonly FlowMeterProblem[];
  #nftProblems = new Map<"table" | "rules", FlowMeterProblem>();
  #engine: Engine | null = null;
  #rules: (Closable & { wake(): void }) | null = null;
  #hasTable = false;
  #report: EngineReport | null = null;
  #failure: unknown = null;
  #delivering: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(
    options: FlowMeterOptions,
    engineName: EngineStart["engine"],
    problems: readonly FlowMeterProblem[],
  ) {
    this.#options = options;
    this.#engineName = engineName;
    this.#startProblems = problems;
  }

  get ended(): Promise<void> {
    return this.#engine?.ended ?? Promise.resolve();
  }

  async start(): Promise<void> {
    const { settings, networkNamespace, targets, told } = this.#options;
    const isKernel = this.#engineName === "conntrack";
    const marks = isKernel ? await this.#readMarks() : [];
    // The engine first: it fails where another meter runs, whose table must not be touched.
    this.#engine = await startEngine(
      { engine: this.#engineName, settings, networkNamespace, targets, marks, told },
      (message, tell) => this.#take(message, tell),
    );
    this.#engine.ended.catch((error: unknown) => this.#fail(error));
    if (!isKernel) return;
    if (settings.prepareKernel) await this.#prepareTable();
    if (settings.readNftRules) this.#rules = this.#startReadingRules();
  }

  setTargets(targets: readonly FlowLogTarget[]): void {
    this.#engine?.tell({ kind: "targets", targets });
  }

  health(): FlowMeterHealth {
    const report = this.#report;
    const problems = [
      ...this.#startProblems,
      ...this.#nftProblems.values(),
      ...(report?.problems ?? []),
      ...this.#failureProblems(),
    ];
    return {
      state: this.#stateWith(problems.length),
      engine: this.#engineName,
      problems,
      flowCount: report?.flowCount ?? 0,
      kernelFlowCount: report?.kernelFlowCount ?? null,
      kernelFlowCountMax: report?.kernelFlowCountMax ?? null,
      counters: report?.counters ?? newCounters(),
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    await this.#rules?.close();
    await this.#engine?.close();
    await this.#delivering;
    if (this.#hasTable) await removeTable(this.#options.networkNamespace);
  }

  #take(message: FromEngine, tell: Engine["tell"]): void {
    if (message.kind === "records") this.#deliver(message, tell);
    else if (message.kind === "unknownMark") this.#rules?.wake();
    else if (message.kind === "report") {
      this.#report = message.report;
      this.#options.onHealth(this.health());
    }
  }

  #deliver({ records, told }: RecordsMessage, tell: Engine["tell"]): void {
    this.#delivering = this.#options
      .onRecords(records, told)
      .catch((error: unknown) =>
        this.#options.log.error(
          { reason: describeError(error), recordCount: records.length },
          "flow records were not taken",
        ),
      )
      .then(() => tell({ kind: "taken" }));
  }

  #fail(error: unknown): void {
    if (this.#closing !== undefined) return;
    this.#failure = error;
    this.#options.onHealth(this.health());
  }

  #stateWith(problemCount: number): FlowMeterHealth["state"] {
    if (this.#failure !== null) return "failed";
    return problemCount > 0 ? "degraded" : "running";
  }

  #failureProblems(): FlowMeterProblem[] {
    if (this.#failure === null) return [];
    return [{ what: describeError(this.#failure), remedy: "start the agent again" }];
  }

  async #prepareTable(): Promise<void> {
    try {
      await installTable(this.#options.networkNamespace);
      this.#hasTable = true;
    } catch (error) {
      this.#nftProblems.set("table", {
        what: `no rule was added that makes the kernel track connections: ${describeError(error)}`,
        remedy: "install nftables and run as root, or have a rule with ct state of your own",
      });
    }
  }

  async #readMarks(): Promise<RuleMarks> {
    const { settings, networkNamespace } = this.#options;
    const own = settings.ruleMarks.map(({ mark, rule }) => [mark, rule] as const);
    if (!settings.readNftRules) return own;
    try {
      const read = await readRuleMarks(networkNamespace, settings.ruleMarkMask);
      this.#nftProblems.delete("rules");
      return [...read, ...own];
    } catch (error) {
      this.#nftProblems.set("rules", {
        what: `names of rules are not known: ${describeError(error)}`,
        remedy: "install nftables and run as root, or name marks in ruleMarks",
      });
      return own;
    }
  }

  #startReadingRules(): Closable & { wake(): void } {
    return startLoop({
      intervalMilliseconds: ruleIntervalMilliseconds,
      work: async () => this.#engine?.tell({ kind: "marks", marks: await this.#readMarks() }),
      onError: (error) =>
        this.#options.log.warn({ reason: describeError(error) }, "rules were not read"),
    });
  }
}

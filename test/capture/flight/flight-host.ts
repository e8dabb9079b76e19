import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import {
  type FlightRecorder,
  openFlightRecorder,
} from "../../../src/capture/flight/flight-recorder.ts";
import { flightRecorderSettings } from "../../../src/capture/flight/settings.ts";
import type { SessionManager } from "../../../src/capture/session-manager.ts";
import type { CaptureObservation, CaptureSpec } from "../../../src/capture/session.ts";
import { systemClock } from "../../../src/common/clock.ts";
import { silentLog } from "../../../src/common/log.ts";
import { recordersBelow, TestNetwork, until } from "../network.ts";
import { finished, openObserved, specOf } from "../sessions.ts";

/** A host with a flight recorder, for the tests of one file; each test has a folder and a recorder of its own. */
export class FlightHost {
  network!: TestNetwork;
  directory = "";
  recorder: FlightRecorder | null = null;
  managers: SessionManager[] = [];

  constructor() {
    beforeAll(async () => {
      this.network = await TestNetwork.open();
    });
    afterAll(() => this.network.close());
    beforeEach(async () => {
      this.directory = await mkdtemp(join(tmpdir(), "nightcap-flight-"));
    });
    afterEach(async () => {
      await Promise.all(this.managers.map((manager) => manager.close({ mode: "leave" })));
      this.managers = [];
      await this.closeRecorder();
      const { directory } = this;
      await until("no recorder is left", async () => {
        return (await recordersBelow(directory)).length === 0;
      });
      await rm(directory, { recursive: true, force: true });
    });
  }

  file(name: string): string {
    return join(this.directory, name);
  }

  /** Names of the interfaces that are recorded now. */
  recorded(): string[] {
    const { interfaces } = this.recorder?.state() ?? { interfaces: [] };
    return interfaces.flatMap(({ name, isRecorded }) => (isRecorded ? name : []));
  }

  /** Waits until the recorders have told of so many packets, which are in the ring's files then. */
  async kept(counts: Record<string, number>): Promise<void> {
    const packetsOf = (wanted: string): number =>
      this.recorder?.state().interfaces.find(({ name }) => name === wanted)?.packets ?? 0;
    await until("the packets are in the ring", () =>
      Object.entries(counts).every(([name, count]) => packetsOf(name) >= count),
    );
  }

  async open(change: object = {}, names: readonly string[] = ["eth0", "eth1"]): Promise<void> {
    this.recorder = await openFlightRecorder({
      settings: flightRecorderSettings.parse({ directory: this.file("ring"), ...change }),
      owner: this.directory,
      networkNamespace: this.network.namespace,
      clock: systemClock,
      log: silentLog,
    });
    await until("all are recorded", () => this.recorded().toSorted().join() === names.join());
  }

  async closeRecorder(): Promise<void> {
    await this.recorder?.close();
    this.recorder = null;
  }

  async openManager(): Promise<SessionManager> {
    const opened = await openObserved({
      directory: this.file("agent"),
      fileRoots: [this.directory],
      networkNamespace: this.network.namespace,
      flightRecorder: this.recorder,
    });
    this.managers.push(opened.manager);
    return opened.manager;
  }

  /** A session that looks back from its beginning. */
  lookBack(seconds: number, change: Partial<CaptureSpec> = {}): CaptureSpec {
    return specOf({ filePath: this.file("a.cap"), lookBack: { seconds, from: null }, ...change });
  }

  /** A session from start to end. */
  async capture(spec: CaptureSpec): Promise<CaptureObservation> {
    const manager = await this.openManager();
    await manager.start(spec);
    return finished(manager, spec);
  }
}

export const codes = ({ coverage }: CaptureObservation): string[] | undefined =>
  coverage?.warnings.map(({ code }) => code);

import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";

/** Numbers of this process for Prometheus. Names are `nightcap_<component>_<thing>_<unit|total>`. */
export interface ProcessMetrics {
  /** A counter that grows by `add`; the labels are the same set at every call. */
  counter(name: string, help: string, labelNames?: readonly string[]): MetricCounter;
  /** A value that is asked for when it is read. */
  gauge(name: string, help: string, read: () => number | Promise<number>): void;
  /** The Prometheus text format. */
  text(): Promise<{ contentType: string; body: string }>;
}

export interface MetricCounter {
  add(value?: number, labels?: Record<string, string>): void;
}

export function createProcessMetrics(): ProcessMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: "nightcap_process_" });
  return {
    counter(name, help, labelNames = []) {
      const counter = new Counter({
        name,
        help,
        labelNames: [...labelNames],
        registers: [registry],
      });
      return { add: (value = 1, labels = {}) => counter.inc(labels, value) };
    },
    gauge(name, help, read) {
      const gauge: Gauge = new Gauge({
        name,
        help,
        registers: [registry],
        collect: async () => gauge.set(await read()),
      });
    },
    text: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}

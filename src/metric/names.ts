/** How a window of measurements becomes one number. */
export const aggregationNames = ["Average", "Minimum", "Maximum", "Total", "Count"] as const;
export type AggregationName = (typeof aggregationNames)[number];

export type MetricUnit = "Bytes" | "Percent" | "Count" | "CountPerSecond";

export interface MetricDefinition {
  /** The name in the REST API. */
  name: string;
  displayName: string;
  unit: MetricUnit;
  primaryAggregation: AggregationName;
  description: string;
  /** Dimension names; those that have none are of the whole host. */
  dimensions: readonly string[];
  /** The metric whose measurements it shows; itself but for Azure's deprecated names. */
  source: string;
}

/** The namespace of both tables: metric alert rules name it, or leave it out. */
export const metricNamespace = "Microsoft.Compute/virtualMachines";
export const interfaceDimension = "Interface";

/** Loopback traffic never left the host: it counts in no metric. */
export const countsTraffic = (interfaceName: string): boolean => interfaceName !== "lo";

const define = (
  name: string,
  unit: MetricUnit,
  primaryAggregation: AggregationName,
  description: string,
): MetricDefinition => ({
  name,
  displayName: name,
  unit,
  primaryAggregation,
  description,
  dimensions: [],
  source: name,
});

const receivedOnAll =
  "The number of bytes received on all network interfaces by the Virtual Machine(s) (Incoming Traffic)";
const sentOnAll =
  "The number of bytes out on all network interfaces by the Virtual Machine(s) (Outgoing Traffic)";

/**
 * Azure's host metrics of virtual machines that a host has too, spelt as Azure spells them; all
 * interfaces but loopback count, link-layer bytes. Source: learn.microsoft.com/azure/azure-monitor/
 * reference/supported-metrics/microsoft-compute-virtualmachines-metrics (07/2024).
 */
const azureMetrics: readonly MetricDefinition[] = [
  define(
    "Percentage CPU",
    "Percent",
    "Average",
    "The percentage of allocated compute units that are currently in use by the Virtual Machine(s)",
  ),
  define(
    "Available Memory Bytes",
    "Bytes",
    "Average",
    "Amount of physical memory, in bytes, immediately available for allocation to a process or for system use in the Virtual Machine",
  ),
  define("Network In Total", "Bytes", "Total", receivedOnAll),
  define("Network Out Total", "Bytes", "Total", sentOnAll),
  // Billable bytes in Azure. Nobody bills a host, so these are the totals under their older names.
  {
    ...define("Network In", "Bytes", "Total", `${receivedOnAll} (Deprecated)`),
    displayName: "Network In Billable (Deprecated)",
    source: "Network In Total",
  },
  {
    ...define("Network Out", "Bytes", "Total", `${sentOnAll} (Deprecated)`),
    displayName: "Network Out Billable (Deprecated)",
    source: "Network Out Total",
  },
  define("Disk Read Bytes", "Bytes", "Total", "Bytes read from disk during monitoring period"),
  define("Disk Write Bytes", "Bytes", "Total", "Bytes written to disk during monitoring period"),
  define("Disk Read Operations/Sec", "CountPerSecond", "Average", "Disk Read IOPS"),
  define("Disk Write Operations/Sec", "CountPerSecond", "Average", "Disk Write IOPS"),
];

const perInterface = (metric: MetricDefinition): MetricDefinition => ({
  ...metric,
  dimensions: [interfaceDimension],
});

/** Nightcap's own, which Azure does not have: packets, and each interface by itself. */
const nightcapMetrics: readonly MetricDefinition[] = [
  define("Packets In Total", "Count", "Total", "Packets received on all network interfaces"),
  define("Packets Out Total", "Count", "Total", "Packets sent on all network interfaces"),
  perInterface(
    define("Interface Bytes In", "Bytes", "Total", "Bytes received on one network interface"),
  ),
  perInterface(
    define("Interface Bytes Out", "Bytes", "Total", "Bytes sent on one network interface"),
  ),
  perInterface(
    define("Interface Packets In", "Count", "Total", "Packets received on one network interface"),
  ),
  perInterface(
    define("Interface Packets Out", "Count", "Total", "Packets sent on one network interface"),
  ),
];

export const metricDefinitions: readonly MetricDefinition[] = [...azureMetrics, ...nightcapMetrics];

const byName = new Map(metricDefinitions.map((metric) => [metric.name.toLowerCase(), metric]));

/** In any case, as Azure compares them; null when there is no such metric. */
export function findMetric(name: string): MetricDefinition | null {
  return byName.get(name.toLowerCase()) ?? null;
}

/** The name under which a metric's measurements are kept: one series for each interface. */
export function seriesName(source: string, interfaceName?: string): string {
  return interfaceName === undefined ? source : `${source}|${interfaceName}`;
}

/** The interface of a series of `source`; null when the series is not one of that metric's. */
export function seriesInterface(series: string, source: string): string | null {
  return series.startsWith(`${source}|`) ? series.slice(source.length + 1) : null;
}

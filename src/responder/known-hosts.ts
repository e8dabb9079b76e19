/** What is known of a name, an address or a resource id that an alert has for a host. */
export type HostMatch =
  | { kind: "found"; resourceId: string }
  | { kind: "unknown" }
  /** Several hosts have it, as they do the address of a container network. */
  | { kind: "ambiguous"; hostCount: number };

/** The hosts that alerts can be about; whoever keeps them knows. */
export interface KnownHosts {
  find(name: string): Promise<HostMatch>;
}

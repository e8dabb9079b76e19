/** Lines of commands, and blocks, that one finding gives. */
const targetCountMax = 20;

/** Something that `nightcap block` takes. */
export interface BlockTarget {
  address: string;
  /** `443/tcp` */
  port: string;
  direction: "in" | "out";
}

/** Each address with each port; of very many only the first ones. */
export function blockTargets(unwanted: {
  transport: "tcp" | "udp";
  direction: "in" | "out";
  peers: readonly string[];
  ports: readonly number[];
}): BlockTarget[] {
  const { transport, direction, peers, ports } = unwanted;
  return peers
    .flatMap((address) =>
      ports.map((port) => ({ address, port: `${port}/${transport}`, direction })),
    )
    .slice(0, targetCountMax);
}

/** Commands that are ready once HOST is set; addresses were read by us, so nothing needs quotes. */
export const blockCommands = (targets: readonly BlockTarget[]): string =>
  targets
    .map(
      ({ address, port, direction }) =>
        `nightcap block ${address} --port ${port} --direction ${direction} --host "$HOST" --for 30m`,
    )
    .join("\n");

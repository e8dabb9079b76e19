import type { CaptureComment, InterfaceSummary } from "../inspection.ts";
import { commentsOf, interfaceOption, optionText, readOptions } from "./pcapng-interface.ts";
import type { CaptureInterface, PacketView } from "./record.ts";

/** Comments of packets that are told; later ones are not. */
const packetCommentCountMax = 100;

/** What a file says of the interfaces that were recorded from. */
export function summarizeInterfaces(interfaces: readonly CaptureInterface[]): InterfaceSummary[] {
  return interfaces.map(({ linkType, packets, received, dropped, options }) => {
    const name = options.find(({ code }) => code === interfaceOption.name);
    return {
      name: name ? optionText(name.value) : null,
      linkType,
      packets,
      ...(received !== null && { received }),
      ...(dropped !== null && { dropped }),
    };
  });
}

/** Gathers the comments of the first packets that have one. */
export class PacketComments {
  readonly #found: CaptureComment[] = [];

  add({ bytes, optionsOffset, optionsLength, littleEndian }: PacketView, frame: number): void {
    if (this.#found.length >= packetCommentCountMax) return;
    const end = optionsOffset + optionsLength;
    for (const text of commentsOf(readOptions(bytes, optionsOffset, end, littleEndian)))
      this.#found.push({ frame, text });
  }

  /** All comments of the file, its own first; nothing at all when it has none. */
  withFileComments(comments: readonly string[]): { comments?: CaptureComment[] } {
    const all = [...comments.map((text) => ({ frame: null, text })), ...this.#found];
    return all.length > 0 ? { comments: all } : {};
  }
}

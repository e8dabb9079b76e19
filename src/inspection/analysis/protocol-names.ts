import type { Frame } from "../dissect/frame.ts";

/** Different protocols of one capture; there are not as many dissectors. */
const nameCountMax = 65_535;

/** Numbers protocol names, so that flows can keep them in two bytes; 0 is none. */
export class ProtocolNames {
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [];

  number(name: string): number {
    const found = this.#numbers.get(name);
    if (found !== undefined) return found;
    if (this.#names.length >= nameCountMax) return 0;
    this.#names.push(name);
    this.#numbers.set(name, this.#names.length);
    return this.#names.length;
  }

  name(number: number): string | null {
    return number === 0 ? null : (this.#names[number - 1] ?? null);
  }
}

/** The protocol that a frame shows above its innermost transport; null when there is none. */
export function protocolAbove({ path, depth }: Frame, transport: string): string | null {
  for (let at = depth - 2; at >= 0; at--) {
    if (path[at] !== transport) continue;
    const above = path[at + 1] === "tcp.segments" && at + 2 < depth ? path[at + 2] : path[at + 1];
    return above === undefined || above === "tcp.segments" || above.startsWith("_ws")
      ? null
      : above;
  }
  return null;
}

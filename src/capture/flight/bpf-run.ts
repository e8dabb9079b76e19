import { type BpfInstruction, bpfOperation as op } from "./bpf-program.ts";

const memoryWords = 16;

/** Runs one program over many packets. */
export class BpfMachine {
  readonly #program: readonly BpfInstruction[];
  readonly #memory = new Uint32Array(memoryWords);

  constructor(program: readonly BpfInstruction[]) {
    this.#program = program;
  }

  /**
   * The program's answer for the packet of `size` bytes at `start`: 0 when it is not wanted. As in the
   * kernel (bpf(4), "Filter machine") a load beyond the packet's end is an answer of 0; `wireLength` is
   * the packet's length before it was cut.
   */
  run(view: DataView, start: number, size: number, wireLength: number): number {
    const program = this.#program;
    const memory = this.#memory;
    let accumulator = 0;
    let index = 0;
    for (let at = 0; at < program.length; at++) {
      const instruction = program[at];
      if (!instruction) return 0;
      const { operation, k, jumpTrue, jumpFalse } = instruction;
      // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the rest are jumps and sums
      switch (operation) {
        case op.loadWordAt:
          if (k + 4 > size) return 0;
          accumulator = view.getUint32(start + k);
          break;
        case op.loadHalfAt:
          if (k + 2 > size) return 0;
          accumulator = view.getUint16(start + k);
          break;
        case op.loadByteAt:
          if (k >= size) return 0;
          accumulator = view.getUint8(start + k);
          break;
        case op.loadWordIndexed:
          if (index + k + 4 > size) return 0;
          accumulator = view.getUint32(start + index + k);
          break;
        case op.loadHalfIndexed:
          if (index + k + 2 > size) return 0;
          accumulator = view.getUint16(start + index + k);
          break;
        case op.loadByteIndexed:
          if (index + k >= size) return 0;
          accumulator = view.getUint8(start + index + k);
          break;
        case op.indexHeaderLength:
          if (k >= size) return 0;
          index = (view.getUint8(start + k) & 0xf) * 4;
          break;
        case op.indexNumber:
          index = k;
          break;
        case op.indexLength:
          index = wireLength;
          break;
        case op.indexMemory:
          index = memory[k] ?? 0;
          break;
        case op.toIndex:
          index = accumulator;
          break;
        case op.storeMemory:
          memory[k] = accumulator;
          break;
        case op.storeIndexMemory:
          memory[k] = index;
          break;
        case op.loadMemory:
          accumulator = memory[k] ?? 0;
          break;
        case op.jump:
          at = k - 1;
          break;
        case op.answer:
          return k;
        case op.answerAccumulator:
          return accumulator;
        default:
          if (operation >= op.jumpEqual && operation <= op.jumpBitsIndex) {
            at = (holds(instruction, accumulator, index) ? jumpTrue : jumpFalse) - 1;
          } else accumulator = computed(instruction, accumulator, index, wireLength);
      }
    }
    return 0;
  }
}

function holds({ operation, k }: BpfInstruction, accumulator: number, index: number): boolean {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- only jumps come here
  switch (operation) {
    case op.jumpEqual:
      return accumulator === k;
    case op.jumpGreater:
      return accumulator > k;
    case op.jumpNotLess:
      return accumulator >= k;
    case op.jumpBits:
      return (accumulator & k) !== 0;
    case op.jumpEqualIndex:
      return accumulator === index;
    case op.jumpGreaterIndex:
      return accumulator > index;
    case op.jumpNotLessIndex:
      return accumulator >= index;
    default:
      return (accumulator & index) !== 0;
  }
}

/** Whole numbers of 32 bits without sign, as in the kernel. */
function computed(
  { operation, k }: BpfInstruction,
  accumulator: number,
  index: number,
  wireLength: number,
): number {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- only sums come here
  switch (operation) {
    case op.loadNumber:
      return k;
    case op.loadLength:
      return wireLength;
    case op.fromIndex:
      return index;
    case op.add:
      return (accumulator + k) >>> 0;
    case op.subtract:
      return (accumulator - k) >>> 0;
    case op.multiply:
      return Math.imul(accumulator, k) >>> 0;
    case op.divide:
      return Math.floor(accumulator / k);
    case op.modulo:
      return accumulator % k;
    case op.and:
      return (accumulator & k) >>> 0;
    case op.or:
      return (accumulator | k) >>> 0;
    case op.exclusiveOr:
      return (accumulator ^ k) >>> 0;
    case op.shiftLeft:
      return (accumulator << k) >>> 0;
    case op.shiftRight:
      return accumulator >>> k;
    default:
      return -accumulator >>> 0;
  }
}

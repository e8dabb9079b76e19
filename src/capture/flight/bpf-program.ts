/** One instruction of classic BPF; jumps are absolute. */
export interface BpfInstruction {
  /** Operation and addressing, such as `ldh abs` or `jeq k`. */
  operation: BpfOperation;
  k: number;
  /** Where a jump goes when its condition holds, and when not. */
  jumpTrue: number;
  jumpFalse: number;
}

/** Numbers, so that the interpreter branches without comparing texts. */
export const bpfOperation = {
  loadWordAt: 0,
  loadHalfAt: 1,
  loadByteAt: 2,
  loadWordIndexed: 3,
  loadHalfIndexed: 4,
  loadByteIndexed: 5,
  loadNumber: 6,
  loadLength: 7,
  loadMemory: 8,
  indexNumber: 9,
  indexLength: 10,
  indexMemory: 11,
  indexHeaderLength: 12,
  storeMemory: 13,
  storeIndexMemory: 14,
  jump: 15,
  jumpEqual: 16,
  jumpGreater: 17,
  jumpNotLess: 18,
  jumpBits: 19,
  jumpEqualIndex: 20,
  jumpGreaterIndex: 21,
  jumpNotLessIndex: 22,
  jumpBitsIndex: 23,
  add: 24,
  subtract: 25,
  multiply: 26,
  divide: 27,
  modulo: 28,
  and: 29,
  or: 30,
  exclusiveOr: 31,
  shiftLeft: 32,
  shiftRight: 33,
  negate: 34,
  toIndex: 35,
  fromIndex: 36,
  answer: 37,
  answerAccumulator: 38,
} as const;

export type BpfOperation = (typeof bpfOperation)[keyof typeof bpfOperation];

const instructionCountMax = 65_536;
const line = /^\((\d{1,6})\) (\w+)\s*(.*?)(?:\s+jt (\d+)\s+jf (\d+))?\s*$/;

/**
 * Reads a program as libpcap prints it (`dumpcap -d`, bpf_image(3)), a line an instruction. Null for what is
 * none, or has an instruction that libpcap does not generate for a capture filter.
 */
export function parseBpf(text: string): BpfInstruction[] | null {
  const program: BpfInstruction[] = [];
  for (const each of text.split("\n")) {
    const match = line.exec(each.trim().replace(/^.*?(?=\(\d)/, ""));
    if (!match) continue;
    const [, number = "", name = "", operand = "", jumpTrue, jumpFalse] = match;
    const instruction = parseInstruction(name, operand.trim());
    if (!instruction || Number(number) !== program.length) return null;
    if (program.length >= instructionCountMax) return null;
    program.push({
      ...instruction,
      jumpTrue: Number(jumpTrue ?? instruction.k),
      jumpFalse: Number(jumpFalse ?? instruction.k),
    });
  }
  return program.length > 0 && isWellFormed(program) ? program : null;
}

type Parsed = Pick<BpfInstruction, "operation" | "k">;

const addressings: readonly [RegExp, Addressing][] = [
  [/^\[x \+ (\d+)\]$/, "indexed"],
  [/^\[(\d+)\]$/, "absolute"],
  [/^M\[(\d+)\]$/, "memory"],
  [/^4\*\(\[(\d+)\]&0xf\)$/, "headerLength"],
  [/^#(?:pktlen)$/, "length"],
  [/^#(0x[0-9a-f]+|\d+)$/, "number"],
  [/^(\d+)$/, "number"],
  [/^x$/, "index"],
  [/^$/, "none"],
];

type Addressing =
  | "indexed"
  | "absolute"
  | "memory"
  | "headerLength"
  | "length"
  | "number"
  | "index"
  | "none";

/** What libpcap writes: mnemonic and addressing. */
const operations: Readonly<Record<string, BpfOperation>> = {
  "ld absolute": bpfOperation.loadWordAt,
  "ldh absolute": bpfOperation.loadHalfAt,
  "ldb absolute": bpfOperation.loadByteAt,
  "ld indexed": bpfOperation.loadWordIndexed,
  "ldh indexed": bpfOperation.loadHalfIndexed,
  "ldb indexed": bpfOperation.loadByteIndexed,
  "ld number": bpfOperation.loadNumber,
  "ld length": bpfOperation.loadLength,
  "ld memory": bpfOperation.loadMemory,
  "ldx number": bpfOperation.indexNumber,
  "ldx length": bpfOperation.indexLength,
  "ldx memory": bpfOperation.indexMemory,
  "ldxb headerLength": bpfOperation.indexHeaderLength,
  "st memory": bpfOperation.storeMemory,
  "stx memory": bpfOperation.storeIndexMemory,
  "ja number": bpfOperation.jump,
  "jmp number": bpfOperation.jump,
  "jeq number": bpfOperation.jumpEqual,
  "jgt number": bpfOperation.jumpGreater,
  "jge number": bpfOperation.jumpNotLess,
  "jset number": bpfOperation.jumpBits,
  "jeq index": bpfOperation.jumpEqualIndex,
  "jgt index": bpfOperation.jumpGreaterIndex,
  "jge index": bpfOperation.jumpNotLessIndex,
  "jset index": bpfOperation.jumpBitsIndex,
  "add number": bpfOperation.add,
  "sub number": bpfOperation.subtract,
  "mul number": bpfOperation.multiply,
  "div number": bpfOperation.divide,
  "mod number": bpfOperation.modulo,
  "and number": bpfOperation.and,
  "or number": bpfOperation.or,
  "xor number": bpfOperation.exclusiveOr,
  "lsh number": bpfOperation.shiftLeft,
  "rsh number": bpfOperation.shiftRight,
  "neg none": bpfOperation.negate,
  "tax none": bpfOperation.toIndex,
  "txa none": bpfOperation.fromIndex,
  "ret number": bpfOperation.answer,
  "ret none": bpfOperation.answerAccumulator,
};

function parseInstruction(name: string, operand: string): Parsed | null {
  for (const [pattern, addressing] of addressings) {
    const match = pattern.exec(operand);
    const operation = match ? operations[`${name} ${addressing}`] : undefined;
    if (match && operation !== undefined) return { operation, k: Number(match[1] ?? 0) >>> 0 };
  }
  return null;
}

/** Jumps lead forward and inside, memory is within its 16 words, and nothing divides by nought. */
function isWellFormed(program: readonly BpfInstruction[]): boolean {
  const last = program.at(-1);
  const ends =
    last?.operation === bpfOperation.answer || last?.operation === bpfOperation.answerAccumulator;
  return ends && program.every((each, at) => isAllowed(each, at, program.length));
}

function isAllowed(instruction: BpfInstruction, at: number, count: number): boolean {
  const { operation, k, jumpTrue, jumpFalse } = instruction;
  const isForward = (to: number): boolean => to > at && to < count;
  if (operation >= bpfOperation.jump && operation <= bpfOperation.jumpBitsIndex) {
    return isForward(jumpTrue) && isForward(jumpFalse);
  }
  if (operation === bpfOperation.divide || operation === bpfOperation.modulo) return k !== 0;
  return !memoryOperations.has(operation) || k < 16;
}

const memoryOperations: ReadonlySet<BpfOperation> = new Set([
  bpfOperation.loadMemory,
  bpfOperation.indexMemory,
  bpfOperation.storeMemory,
  bpfOperation.storeIndexMemory,
]);

/** Events come in storms, as when hundreds of hosts connect: all of this time are one question more. */
const gatherMilliseconds = 500;

/**
 * Does it at once, and what is asked while that goes on, or within a while after it, once more then: on a slow
 * line answers would else be asked for again before they have come, and never be there.
 */
export function gathered(
  work: () => Promise<void>,
  milliseconds: number = gatherMilliseconds,
): { ask: () => void; end: () => void } {
  let isResting = true;
  let isWanted = false;
  let hasEnded = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const run = async (): Promise<void> => {
    isResting = false;
    isWanted = false;
    await work().catch(() => {}); // a failure shows where the answer would
    if (hasEnded) return;
    timer = setTimeout(() => {
      isResting = true;
      if (isWanted) void run();
    }, milliseconds);
  };
  return {
    ask() {
      isWanted = true;
      if (isResting && !hasEnded) void run();
    },
    end() {
      hasEnded = true;
      clearTimeout(timer);
    },
  };
}

/** So many at once, so many more in a line; the rest is turned away. */
export interface Places {
  /** Resolves with a place, which is given back by a call; null when the line is full. */
  enter(signal: AbortSignal): Promise<(() => void) | null>;
  readonly busy: number;
}

export function createPlaces(countMax: number, queueCountMax: number): Places {
  let busy = 0;
  const line: (() => void)[] = [];
  const leave = (): void => {
    const next = line.shift();
    if (next) next();
    else busy--;
  };
  return {
    get busy() {
      return busy;
    },
    async enter(signal) {
      if (busy < countMax) busy++;
      else if (line.length >= queueCountMax) return null;
      else await stand(line, signal);
      return leave;
    },
  };
}

function stand(line: (() => void)[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const step = (): void => {
      signal.removeEventListener("abort", leave);
      resolve();
    };
    const leave = (): void => {
      const at = line.indexOf(step);
      if (at >= 0) line.splice(at, 1);
      reject(signal.reason as Error);
    };
    line.push(step);
    signal.addEventListener("abort", leave, { once: true });
  });
}

import { useEffect, useState } from "react";

const quietMilliseconds = 500;

/** A value once it has not changed for half a second. */
export function useSettled<T>(value: T): T {
  const [settled, settle] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => settle(value), quietMilliseconds);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

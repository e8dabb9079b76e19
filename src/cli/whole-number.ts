import { InvalidArgumentError } from "commander";

/** Reads an option's whole number from 1 to `max`. */
export const wholeNumber =
  (max: number) =>
  (text: string): number => {
    if (/^\d{1,9}$/.test(text) && Number(text) >= 1 && Number(text) <= max) return Number(text);
    throw new InvalidArgumentError(`expected a whole number, 1 to ${max}`);
  };

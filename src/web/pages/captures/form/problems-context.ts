import { createContext, useContext } from "react";
import type { FieldProblem } from "../../../api/capture-create.ts";

export const ProblemsContext = createContext<readonly FieldProblem[]>([]);

/** What is wrong with a field; `scope` has what is below it as well. */
export function useProblems(field: string): string[] {
  const problems = useContext(ProblemsContext).filter(
    (problem) => problem.field === field || problem.field.startsWith(`${field}.`),
  );
  return [...new Set(problems.map(({ message }) => message))];
}

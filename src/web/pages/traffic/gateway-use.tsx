import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { type FlowAnswer, numberOf, recordsOf } from "../../api/flow-views.ts";
import {
  type GatewayCapacity,
  setCapacityAction,
  useGatewayCapacities,
} from "../../api/gateway-capacities.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { useAllowed } from "../../shell/session-context.ts";
import { useFormats } from "../../words/moments.ts";
import { CapacityForm } from "./capacity-form.tsx";
import type { QuestionState } from "./question.ts";
import css from "./traffic.module.css";
import { TrendPicture } from "./trend-panel.tsx";
import { ViewPanel } from "./view-panel.tsx";

const bitsPerMegabit = 1_000_000;
/** Connections that have a line to write in. */
const formCountMax = 50;

/** How busy each connection is, against what people said that it carries. */
export function GatewayUse({ state }: { state: QuestionState }): React.ReactNode {
  const { data: capacities = [] } = useGatewayCapacities();
  return (
    <ViewPanel
      view="gateway-utilisation"
      state={state}
      rows="folded"
      heightPixels={260}
      draw={(answer) => (
        <>
          <Capacities answer={answer} capacities={capacities} />
          <UsePicture answer={answer} capacities={capacities} />
          <UseTable answer={answer} capacities={capacities} />
        </>
      )}
    />
  );
}

/** A line for each connection, for those who may write it down. */
function Capacities({ answer, capacities }: UseProps): React.ReactNode {
  const { t } = useTranslation();
  const maySet = useAllowed(setCapacityAction);
  const connections = [...new Set(usesOf(answer).map(({ connection }) => connection))];
  const named = connections.filter((connection) => connection !== "").slice(0, formCountMax);
  if (!maySet || named.length === 0) return null;
  return (
    <details className={css["within"]}>
      <summary>{t("flowGateway.capacities")}</summary>
      <p className={css["note"]}>{t("flowGateway.capacityHint")}</p>
      <div className={css["capacities"]}>
        {named.map((connection) => (
          <CapacityForm
            key={connection}
            connection={connection}
            known={megabitsOf(connection, capacities)}
          />
        ))}
      </div>
    </details>
  );
}

interface UseProps {
  answer: FlowAnswer;
  capacities: readonly GatewayCapacity[];
}

/** Null when nobody said. Names ignore case, as Azure's do. */
const megabitsOf = (connection: string, capacities: readonly GatewayCapacity[]): number | null =>
  capacities.find((each) => each.connection.toLowerCase() === connection.toLowerCase())
    ?.megabitsPerSecond ?? null;

const keys = ["ConnectionName", "FlowType"];

/** One line says what is carried, where all connections in the picture carry as much. */
function UsePicture({ answer, capacities }: UseProps): React.ReactNode {
  const rate = useRate();
  const megabits = usesOf(answer).map(({ connection }) => megabitsOf(connection, capacities));
  const [first = null, ...others] = [...new Set(megabits)];
  return (
    <TrendPicture
      answer={answer}
      keys={keys}
      amount="BitsPerSecond"
      format={rate}
      limit={first === null || others.length > 0 ? null : first * bitsPerMegabit}
    />
  );
}

/** Bits a second as the language writes them. */
function useRate(): (bits: number) => string {
  const { i18n } = useTranslation();
  const { language } = i18n;
  return useCallback(
    (bits) => {
      const [unit, divisor] =
        bits >= bitsPerMegabit
          ? ["megabit-per-second", bitsPerMegabit]
          : bits >= 1_000
            ? ["kilobit-per-second", 1_000]
            : ["bit-per-second", 1];
      return new Intl.NumberFormat(language, {
        style: "unit",
        unit,
        maximumFractionDigits: 2,
      }).format(bits / divisor);
    },
    [language],
  );
}

interface Use {
  connection: string;
  name: string;
  peak: number;
  mean: number;
}

function UseTable({ answer, capacities }: UseProps): React.ReactNode {
  const { t } = useTranslation();
  const { percent } = useFormats();
  const rate = useRate();
  const column = (key: "peak" | "mean") => ({
    key,
    title: t(`flowGateway.${key}`),
    isNumber: true,
    show: (use: Use) => {
      const megabits = megabitsOf(use.connection, capacities);
      if (megabits === null) return rate(use[key]);
      return `${rate(use[key])} · ${percent(use[key] / (megabits * bitsPerMegabit))}`;
    },
    sortBy: (use: Use) => use[key],
  });
  return (
    <DataTable<Use>
      label={t("view.gateway-utilisation")}
      rows={usesOf(answer)}
      keyOf={({ name }) => name}
      columns={[
        { key: "name", title: t("flowColumn.ConnectionName"), show: ({ name }) => name },
        column("peak"),
        column("mean"),
        {
          key: "capacity",
          title: t("flowGateway.capacity"),
          isNumber: true,
          show: ({ connection }) => {
            const megabits = megabitsOf(connection, capacities);
            return megabits === null ? "" : rate(megabits * bitsPerMegabit);
          },
          sortBy: ({ connection }) => megabitsOf(connection, capacities) ?? 0,
        },
      ]}
    />
  );
}

function usesOf(answer: FlowAnswer): Use[] {
  const groups = Map.groupBy(recordsOf(answer), (record) =>
    keys.map((key) => String(record[key])).join(" · "),
  );
  return Array.from(groups, ([name, records]) => {
    const values = records.map((record) => numberOf(record["BitsPerSecond"]));
    return {
      connection: String(records[0]?.["ConnectionName"] ?? ""),
      name,
      peak: Math.max(...values),
      mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    };
  });
}

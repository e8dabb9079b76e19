import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import {
  gatewayCapacitiesKey,
  megabitsMax,
  removeCapacity,
  setCapacity,
} from "../../api/gateway-capacities.ts";
import { Button } from "../../parts/button.tsx";
import { Field } from "../../parts/field.tsx";
import css from "./traffic.module.css";

/** What a connection carries, written down for everybody; an empty line takes it back. */
export function CapacityForm({
  connection,
  known,
}: {
  connection: string;
  /** Megabits a second; null: nobody said. */
  known: number | null;
}): React.ReactNode {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const before = known === null ? "" : String(known);
  const [text, setText] = useState<string | null>(null);
  const shown = text ?? before;
  const save = useMutation({
    mutationFn: async () =>
      shown === "" ? removeCapacity(connection) : setCapacity(connection, Number(shown)),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: gatewayCapacitiesKey });
      setText(null);
    },
  });
  const isRight = shown === "" || (Number(shown) >= 1 && Number(shown) <= megabitsMax);
  return (
    <form
      className={css["capacity"]}
      onSubmit={(event) => {
        event.preventDefault();
        if (isRight && shown !== before) save.mutate();
      }}
    >
      <Field
        label={t("flowGateway.capacityOf", { name: connection })}
        inputMode="numeric"
        value={shown}
        error={save.error?.message}
        onChange={({ target }) => setText(target.value.replaceAll(/\D/g, ""))}
      />
      <Button type="submit" disabled={!isRight || shown === before} isBusy={save.isPending}>
        {t("flowGateway.save")}
      </Button>
    </form>
  );
}

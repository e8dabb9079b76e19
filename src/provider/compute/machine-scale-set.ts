import type { State } from "../../state/state.ts";

/** Says in a virtual machine's own body which scale set it is in, as Azure does of flexible sets. */
export async function showScaleSetId(
  state: State,
  machineId: string,
  scaleSetId: string | null,
): Promise<void> {
  const machine = await state.resources.get(machineId);
  if (!machine) return;
  const body = withScaleSetId(machine.body, scaleSetId);
  await state.resources.put({ ...machine, body });
}

export function withScaleSetId(
  body: Readonly<Record<string, unknown>>,
  scaleSetId: string | null,
): Record<string, unknown> {
  const { virtualMachineScaleSet: _before, ...properties } = body["properties"] as Record<
    string,
    unknown
  >;
  const set = scaleSetId === null ? {} : { virtualMachineScaleSet: { id: scaleSetId } };
  return { ...body, properties: { ...properties, ...set } };
}

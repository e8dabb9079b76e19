/** A machine's ARM id in SQL, of a place's subscription and Azure's "group/name". */
export const machineId = (fact: (name: string) => string): string =>
  `if(${fact("virtualMachine")} = '', '', concat('/subscriptions/', ${fact("subscription")},
  '/resourceGroups/', splitByChar('/', ${fact("virtualMachine")})[1],
  '/providers/Microsoft.Compute/virtualMachines/', splitByChar('/', ${fact("virtualMachine")})[2]))`;

/** A subscription as `GET /subscriptions` lists it; what az login needs is all there. */
export function subscriptionBody(options: {
  tenantId: string;
  subscriptionId: string;
  displayName: string;
}): Record<string, unknown> {
  return {
    ...options,
    state: "Enabled",
    managedByTenants: [],
    authorizationSource: "RoleBased",
    subscriptionPolicies: {
      locationPlacementId: "Public_2014-09-01",
      quotaId: "PayAsYouGo_2014-09-01",
      spendingLimit: "Off",
    },
  };
}

export const tenantBody = (tenantId: string): Record<string, unknown> => ({
  id: `/tenants/${tenantId}`,
  tenantId,
  countryCode: "",
  displayName: "Nightcap",
  domains: [],
  tenantCategory: "Home",
});

import * as DateTime from "effect/DateTime"
import { byHour, bySecond, counts, keyOf, markets, profiles } from "./catalogue.ts"
import type { Account, Vm, VmState } from "./model.ts"

const prefix = "/api/v2/external"

/** Microseconds, of which a millisecond clock knows none; no zone. */
const naive = (millis: number): string => `${DateTime.formatIso(DateTime.makeUnsafe(millis)).slice(0, -1)}000`

const specsOf = ({ count, profile }: Vm) => ({ gpu_type: profile.profile, gpu_count: count })

/** What is answered to a create: much of it is not known yet. */
export const created = (vm: Vm): unknown => ({
  vm_id: vm.id,
  status: "pending",
  ip_address: null,
  created_at: naive(vm.createdAt),
  instance_specs: specsOf(vm),
  hardware_profile: null,
  gpu_count: null,
  instance_type: vm.market,
  name: vm.name,
  display_name: vm.displayName ?? null,
  billed: null,
  croesus_billed: null,
  status_check_url: `${prefix}/vms/${vm.id}/status`,
  polling_message: "Instance is provisioning.",
  user_id: vm.account.userId,
  org_id: vm.account.orgId
})

export const row = (vm: Vm, { hasAddress, status }: VmState, billed: number | null) => ({
  vm_id: vm.id,
  status,
  ip_address: hasAddress ? vm.address : null,
  billed,
  croesus_billed: null,
  instance_specs: specsOf(vm),
  hardware_profile: vm.profile.profile,
  gpu_count: vm.count,
  instance_type: vm.market,
  created_at: `${naive(vm.createdAt)}Z`,
  name: vm.name,
  display_name: vm.displayName ?? null
})

export const user = ({ credits, email, isActive, orgId, userId }: Account, balance = credits) => ({
  user_id: userId,
  org_id: orgId,
  email,
  full_name: null,
  created_at: "2026-07-31T11:31:52.783206+00:00",
  is_active: isActive,
  active_api_keys_count: 1,
  credit_balance: balance,
  status: "authenticated"
})

const priced = (market: (typeof markets)[number], profile: string, count: number, usdPerHour: number) => {
  const unitPrice = bySecond(usdPerHour * count)
  return {
    meter_slug: "vm_running",
    resource: "vm",
    applies_to: { hardware_profile: keyOf(market, profile, count) },
    unit: "second",
    unit_price: unitPrice,
    unit_price_per_hour: byHour(unitPrice)
  }
}

/** What other things cost stands in the same list. */
const others = [
  {
    meter_slug: "execution_running",
    resource: "execution",
    applies_to: { hardware_profile: "on-demand.a100.1x" },
    unit: "second",
    unit_price: "0.00100000",
    unit_price_per_hour: "3.60000000"
  },
  {
    meter_slug: "serverless_inference_prompt_tokens",
    resource: "model",
    applies_to: { model: "example/one" },
    unit: "token",
    unit_price: "0.00000010"
  }
]

/** All prices; those of one GPU may have been changed. */
export const pricing = (usdPerHour: (market: (typeof markets)[number], profile: string) => number): unknown => ({
  prices: [
    ...others,
    ...markets.flatMap((market) =>
      profiles.flatMap(({ profile }) =>
        counts.map((count) => priced(market, profile, count, usdPerHour(market, profile)))
      )
    )
  ]
})

/** From 1 on; of one that failed, `CERTCTL_CHAOS_SEED` runs that one again. `CERTCTL_CHAOS_SEEDS` asks for more or fewer. */
export function seeds(count: number): readonly number[] {
  const { CERTCTL_CHAOS_SEED: one, CERTCTL_CHAOS_SEEDS: wanted } = process.env
  if (one !== undefined) return [Number(one)]
  return Array.from({ length: Number(wanted ?? count) }, (_, index) => index + 1)
}

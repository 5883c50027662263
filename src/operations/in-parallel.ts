export interface ParallelWork {
  /** How many at a time. */
  readonly parallel: number
  readonly signal: AbortSignal
}

/** The results in the order of the items; once the signal is aborted no other item is begun, and those are missing. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  { parallel, signal }: ParallelWork,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    while (!signal.aborted && next < items.length) {
      const index = next++
      results[index] = await work(items[index]!)
    }
  }
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, worker))
  return Object.values(results)
}

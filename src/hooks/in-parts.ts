/**
 * Linux starts no program with a variable of more than 128 KiB, or with more than that of arguments and variables where its
 * stack is kept small (execve(2)). This much is for lists; what is left, for all else.
 */
const room = 96 * 1024

/** The items in as few parts as their texts fit into the variables of one program; what is too long by itself is a part. */
export function inParts<Item>(items: readonly Item[], textsOf: (item: Item) => readonly string[]): readonly Item[][] {
  const parts: Item[][] = []
  let left = 0
  for (const item of items) {
    const size = textsOf(item).reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0)
    if (parts.length === 0 || size > left) {
      parts.push([])
      left = room
    }
    parts.at(-1)!.push(item)
    left -= size
  }
  return parts
}

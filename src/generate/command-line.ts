/** How the program is started where the file goes: the words before its arguments. */
export type Program = readonly string[]

/** A flag with its value, once for each value; nothing where there is none. */
export function option(flag: string, ...values: readonly (string | undefined)[]): readonly string[] {
  return values.flatMap((value) => (value === undefined ? [] : [flag, value]))
}

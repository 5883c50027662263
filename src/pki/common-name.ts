/** The longest common name that X.509 allows (RFC 5280, ub-common-name). */
export const longestCommonName = 64

/** Whether a name has a line break or another control character: no directory string holds them to any use. */
export function hasControls(name: string): boolean {
  return /[\p{Cc}\p{Zl}\p{Zp}]/u.test(name)
}

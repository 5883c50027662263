import type { GeneratedFile } from '../generated-file.ts'

/** A line of a unit, an assignment or a comment; what is undefined is left out. */
export type UnitLine = string | undefined

export interface UnitSection {
  readonly name: string
  readonly lines: readonly UnitLine[]
}

export function unitFile(name: string, header: readonly UnitLine[], sections: readonly UnitSection[]): GeneratedFile {
  const blocks = [header.map((line) => (line === undefined ? undefined : comment(line))), ...sections.map(sectionLines)]
  const texts = blocks.map((lines) => lines.filter((line) => line !== undefined).join('\n'))
  return { name, content: `${texts.join('\n\n')}\n` }
}

/** As the rest of a line that systemd does not part into words, where quotes would be a part of it. */
export function unitRest(text: string): string {
  return text.replaceAll('%', '%%')
}

/** As systemd reads one word of a list of paths (systemd.syntax(7)); specifiers begin with a percent sign. */
export function unitWord(text: string): string {
  const literal = unitRest(text)
  return /^[^\s"'\\;]+$/.test(literal) ? literal : `"${literal.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}

/** As one argument of `ExecStart=`, where variables would be expanded, too (systemd.service(5), "Command lines"). */
export function commandWord(text: string): string {
  return unitWord(text).replaceAll('$', '$$$$')
}

export function comment(text: string): string {
  return text === '' ? '#' : `# ${text}`
}

function sectionLines({ name, lines }: UnitSection): readonly UnitLine[] {
  return [`[${name}]`, ...lines]
}

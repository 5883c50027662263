/** A family of the Prometheus text format, its samples as they are written. */
export interface TextFamily {
  readonly name: string
  /** As it is written after the name, escapes included. */
  readonly help: string | undefined
  readonly type: string | undefined
  readonly samples: readonly TextSample[]
}

export interface TextSample {
  /** Name and sorted labels: two samples with the same one are the same series. */
  readonly series: string
  readonly line: string
}

export type TextFamilies = ReadonlyMap<string, TextFamily>

const comment = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) ?(.*)$/
const sample = /^([a-zA-Z_:][\w:]*)(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?\s+\S/
const label = /([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"/g
const partsOfHistograms = /_(?:bucket|sum|count)$/

/** The families of a text in their order. Lines that are none of the format are left out. */
export function parseFamilies(text: string): TextFamilies {
  const families = new Map<string, TextFamily>()
  const add = (name: string, change: (family: TextFamily) => TextFamily): void => {
    const known = families.get(name) ?? { name, help: undefined, type: undefined, samples: [] }
    families.set(name, change(known))
  }
  for (const line of text.split('\n')) {
    const [, keyword, described = '', rest = ''] = comment.exec(line) ?? []
    const [, name, labels = ''] = sample.exec(line) ?? []
    if (keyword === 'HELP') add(described, (family) => ({ ...family, help: rest }))
    else if (keyword === 'TYPE') add(described, (family) => ({ ...family, type: rest }))
    else if (name !== undefined) {
      const one = { series: `${name}{${sortedLabels(labels)}}`, line }
      add(familyOf(name, families), (family) => ({ ...family, samples: [...family.samples, one] }))
    }
  }
  return families
}

/** Families without a sample are left out whole. */
export function formatFamilies(families: Iterable<TextFamily>): string {
  return [...families]
    .filter(({ samples }) => samples.length > 0)
    .map(formatFamily)
    .join('\n')
}

function formatFamily({ name, help, type, samples }: TextFamily): string {
  const lines = [
    ...(help === undefined ? [] : [`# HELP ${name} ${help}`]),
    ...(type === undefined ? [] : [`# TYPE ${name} ${type}`]),
    ...samples.map(({ line }) => line),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

function familyOf(sampleName: string, families: TextFamilies): string {
  const base = sampleName.replace(partsOfHistograms, '')
  const type = families.get(base)?.type
  return type === 'histogram' || type === 'summary' ? base : sampleName
}

function sortedLabels(text: string): string {
  return [...text.matchAll(label)]
    .map(([, name, value]) => `${name}="${value}"`)
    .sort()
    .join(',')
}

import { Document, isMap, isScalar } from 'yaml'

type Path = readonly [string | number, ...(string | number)[]]

/** A YAML document, and what is to be said before some of its keys. */
export interface YamlDocument {
  readonly header?: readonly string[]
  readonly value: object
  readonly notes?: readonly (readonly [path: Path, text: string])[]
}

/** Documents one after the other, in one stream if there are several. */
export function yamlText(documents: readonly YamlDocument[]): string {
  return documents.map(documentText).join('---\n')
}

function documentText({ header = [], value, notes = [] }: YamlDocument): string {
  // kubectl reads YAML 1.1, where a bare `yes` is no text.
  const document = new Document(value, { aliasDuplicateObjects: false, compat: 'yaml-1.1' })
  for (const [path, text] of notes) noteBefore(document, path, text)
  const body = document.toString({ lineWidth: 0 })
  return `${header.map((line) => `# ${line}\n`).join('')}${body}`
}

function noteBefore(document: Document, path: Path, text: string): void {
  const parent = document.getIn(path.slice(0, -1))
  const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1)) : undefined
  if (!isScalar(pair?.key)) throw new Error(`nothing to note at ${path.join('.')}`)
  pair.key.commentBefore = ` ${text}`
}

import chalk from 'chalk'
import { printable } from '../../core/printable.ts'
import type { GeneratedFile } from '../../generate/generated-file.ts'
import type { WrittenFile } from '../../operations/write-generated-files.ts'

/** One file as it is; of several, each is led by its name, as `systemctl cat` has it. */
export function generatedText(files: readonly GeneratedFile[]): string {
  const [only, ...others] = files
  if (only !== undefined && others.length === 0) return only.content
  return files.map(({ name, content }) => `# ${name}\n${content}`).join('\n')
}

export function writtenText(files: readonly WrittenFile[]): string {
  const word = (isNew: boolean): string => (isNew ? chalk.green('written') : 'unchanged')
  return files.map(({ path, isNew }) => `${word(isNew)}  ${printable(path)}\n`).join('')
}

export function generatedDocument(
  files: readonly (GeneratedFile | WrittenFile)[],
  warnings: readonly string[],
): Record<string, unknown> {
  const shown = files.map((file) => ({
    name: file.name,
    content: file.content,
    ...('path' in file ? { path: file.path } : {}),
  }))
  return { schema: 1, files: shown, warnings }
}

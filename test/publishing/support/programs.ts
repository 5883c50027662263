import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

interface Programs {
  readonly publisher: string
  readonly reader: string
  remove(): Promise<void>
}

/** The publisher and the reader as scripts that node runs. */
export async function makePrograms(): Promise<Programs> {
  const outdir = await mkdtemp(join(tmpdir(), 'certctl-programs-'))
  const source = (name: string): string => fileURLToPath(new URL(`${name}.ts`, import.meta.url))
  await build({
    entryPoints: [source('publisher'), source('reader')],
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  })
  return {
    publisher: join(outdir, 'publisher.mjs'),
    reader: join(outdir, 'reader.mjs'),
    remove: () => rm(outdir, { recursive: true }),
  }
}

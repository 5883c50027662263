import { build, transform } from 'esbuild'

const target = { platform: 'node', target: 'node20.19', minifySyntax: true, minifyWhitespace: true }

/** What libraries load but certctl never uses; each costs start-up time, one of them a whole TypeScript compiler. */
const unused = new Set([
  // oclif: commands in TypeScript, plugins, WSL, spinners, theme files, version checks.
  ...['typescript', 'ts-node', 'tsx', 'get-package-type', 'tinyglobby', 'minimatch', 'lilconfig'],
  ...['cli-spinners', 'semver', 'wsl-utils'],
  // conf: validation by JSON schema.
  ...['ajv', 'ajv/dist/2020.js', 'ajv-formats'],
  // pino: transports in threads of their own.
  ...['thread-stream'],
])

/** What node-fetch's Blob puts in place on a Node without web streams. Looking whether they are there loads them. */
const polyfills = /\/fetch-blob\/streams\.cjs$/

/** The parts of a library that are used, where its own entry loads all of it. An import of another part fails the build. */
const narrowed = {
  'prom-client': ['Counter', 'Gauge', 'Histogram', 'Registry']
    .map((name) => `export { default as ${name} } from 'prom-client/lib/${name.toLowerCase()}.js'`)
    .join('\n'),
  '@oclif/core': `export * as Args from '@oclif/core/args'\nexport * as Flags from '@oclif/core/flags'`,
}

const leaner = {
  name: 'leaner-libraries',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[^./]/ }, ({ path, importer }) => {
      if (unused.has(path)) return { path, namespace: 'unused' }
      if (path in narrowed && !importer.includes('node_modules')) return { path, namespace: 'narrowed' }
      return undefined
    })
    onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'module.exports = {}' }))
    onLoad({ filter: /.*/, namespace: 'narrowed' }, ({ path }) => ({ contents: narrowed[path], resolveDir: 'node_modules' }))
    onLoad({ filter: polyfills }, () => ({ contents: '' }))
  },
}

/**
 * Bundles the program in parts, of which a command loads those it needs: { parts, metafile }, a part being { id, code,
 * imports, isEntry }. Its code is CommonJS; it requires other parts as `./ID`.
 */
export async function bundle(root) {
  const { outputFiles, metafile } = await build({
    ...target,
    absWorkingDir: root,
    entryPoints: { main: 'src/main.ts' },
    outdir: 'dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    write: false,
    metafile: true,
    legalComments: 'none',
    entryNames: '[name]',
    chunkNames: '[name]-[hash]',
    logLevel: 'warning',
    plugins: [leaner],
  })
  return { parts: await Promise.all(outputFiles.map((file) => toPart(file, metafile))), metafile }
}

async function toPart({ path, text }, { outputs }) {
  const { imports, entryPoint } = outputs[`dist/${fileName(path)}`]
  // A dynamic import that stays one would start the ESM loader.
  const { code } = await transform(text, { ...target, format: 'cjs', supported: { 'dynamic-import': false } })
  return {
    id: partId(path),
    code,
    isEntry: entryPoint !== undefined,
    imports: imports.filter(({ external }) => !external).map(({ path: imported, kind }) => ({ id: partId(imported), isLazy: kind === 'dynamic-import' })),
  }
}

function partId(path) {
  return fileName(path).replace(/\.js$/, '')
}

function fileName(path) {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
}
